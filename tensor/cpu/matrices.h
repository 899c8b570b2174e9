#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <mutex>

#include "tensor/base/error.h"
#include "tensor/cpu/rows.h"

/// Batches of matrices, (…, m, n), as Eigen's decompositions take them: one dense copy at a time.
namespace cadena::cpu {

template <class T>
using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

/// A copy of matrix `index` of x, (…, m, n).
template <class T>
Dense<T> load(const View& x, i64 index) {
  const int r = x.rank - 2, c = x.rank - 1;
  Dense<T> a(x.shape[r], x.shape[c]);
  const T* data = x.as<T>() + matrix_offset(x, index);
  for (i64 j = 0; j < a.cols(); ++j) {
    for (i64 i = 0; i < a.rows(); ++i) a(i, j) = data[i * x.strides[r] + j * x.strides[c]];
  }
  return a;
}

/// Matrix `index` of y, (…, m, n), set to `a`.
template <class T, class Matrix>
void store(const View& y, i64 index, const Matrix& a) {
  const int r = y.rank - 2, c = y.rank - 1;
  T* data = y.as<T>() + matrix_offset(y, index);
  for (i64 i = 0; i < a.rows(); ++i) {
    for (i64 j = 0; j < a.cols(); ++j) data[i * y.strides[r] + j * y.strides[c]] = static_cast<T>(a(i, j));
  }
}

/// Row `index` of y, (…, n), set to the vector `v`.
template <class T, class Vector>
void store_vector(const View& y, i64 index, const Vector& v) {
  T* data = y.as<T>() + row_offset(y, index);
  for (i64 i = 0; i < v.size(); ++i) data[i * y.strides[y.rank - 1]] = static_cast<T>(v(i));
}

/// Number of matrices in a batch.
inline i64 batch_count(const View& x) {
  i64 count = 1;
  for (int axis = 0; axis + 2 < x.rank; ++axis) count *= x.shape[axis];
  return count;
}

/// "the matrix" where there is one alone, "matrix (2, 0) of the batch" otherwise.
inline std::string matrix_name(const View& x, i64 index) {
  if (x.rank == 2) return "the matrix";
  Dims position = Dims::filled(x.rank - 2, 0);
  for (int axis = x.rank - 3; axis >= 0; --axis) {
    position[axis] = index % x.shape[axis];
    index /= x.shape[axis];
  }
  return concat("matrix ", to_string(position), " of the batch");
}

/// Calls `body(index)` for every matrix of the batch x, on all threads; `body` returns what is wrong with the matrix,
/// or null. Throws LinalgError for the first matrix, in row-major order, with which something is wrong.
template <class F>
void for_each_matrix(const char* op, const View& x, F body) {
  const i64 m = x.shape[x.rank - 2], n = x.shape[x.rank - 1];
  const i64 count = batch_count(x);
  i64 first = count;
  const char* what = nullptr;
  std::mutex mutex;
  parallel_for(count, kGrain / (16 * (m * n * std::min(m, n) + 1)) + 1, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      const char* complaint = body(i);
      if (complaint == nullptr) continue;
      const std::lock_guard lock(mutex);
      if (i < first) {
        first = i;
        what = complaint;
      }
      break;
    }
  });
  if (first < count) fail<LinalgError>(op, ": ", matrix_name(x, first), " ", what);
}

inline constexpr const char* kNotFinite = "contains NaN or infinity";
inline constexpr const char* kSingular = "is singular";

/// Calls `f.template operator()<T>()` with float or double, the types in which matrices are decomposed.
template <class F>
void by_real(Dtype dtype, F&& f) {
  if (dtype == Dtype::f64) f.template operator()<double>();
  else f.template operator()<float>();
}

}  // namespace cadena::cpu

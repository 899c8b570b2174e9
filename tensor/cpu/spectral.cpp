#include "tensor/cpu/spectral.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <limits>

#include "tensor/cpu/matrices.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

constexpr const char* kDiverged = "did not converge";

/// The sign of the component of largest magnitude of v, the first of several: the sign that makes it positive.
template <class Vector>
auto orientation(const Vector& v) {
  Eigen::Index at = 0;
  v.cwiseAbs().maxCoeff(&at);
  using T = typename Vector::Scalar;
  return v(at) < 0 ? T{-1} : T{1};
}

/// Decomposes the symmetric part of every matrix and hands the solver to `take(index, solver)`.
template <class T, class F>
void for_each_eigen(const char* op, const View& a, int options, F take) {
  for_each_matrix(op, a, [&](i64 i) -> const char* {
    const Dense<T> m = load<T>(a, i);
    if (!m.allFinite()) return kNotFinite;
    if (m.size() == 0) return nullptr;
    const Dense<T> symmetric = (m + m.transpose()) / 2;
    const Eigen::SelfAdjointEigenSolver<Dense<T>> solver(symmetric, options);
    if (solver.info() != Eigen::Success) return kDiverged;
    take(i, solver);
    return nullptr;
  });
}

/// The same for singular values.
template <class T, class F>
void for_each_svd(const char* op, const View& a, unsigned options, F take) {
  for_each_matrix(op, a, [&](i64 i) -> const char* {
    const Dense<T> m = load<T>(a, i);
    if (!m.allFinite()) return kNotFinite;
    if (m.size() == 0) return nullptr;
    const Eigen::BDCSVD<Dense<T>> solver(m, options);
    if (solver.info() != Eigen::Success) return kDiverged;
    take(i, solver);
    return nullptr;
  });
}

/// Row `index` of the values (…, n).
template <class T>
Row<T> row(const View& values, i64 index) {
  return {values.as<T>() + matrix_offset(values, index, 1), values.strides[values.rank - 1]};
}

/// The distance below which two values are equal to working precision.
template <class T>
T rounding_of(const Row<T>& values, i64 n) {
  T largest = 0;
  for (i64 i = 0; i < n; ++i) largest = std::max(largest, std::abs(values[i]));
  return static_cast<T>(n) * std::numeric_limits<T>::epsilon() * largest;
}

constexpr unsigned kThin = Eigen::ComputeThinU | Eigen::ComputeThinV;

}  // namespace

void eigh(const View& values, const View& v, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_eigen<T>("eigh", a, Eigen::ComputeEigenvectors, [&](i64 i, const auto& solver) {
      Dense<T> vectors = solver.eigenvectors();
      for (i64 j = 0; j < vectors.cols(); ++j) vectors.col(j) *= orientation(vectors.col(j));
      store_vector<T>(values, i, solver.eigenvalues());
      store<T>(v, i, vectors);
    });
  });
}

void eigvalsh(const View& values, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_eigen<T>("eigvalsh", a, Eigen::EigenvaluesOnly,
                      [&](i64 i, const auto& solver) { store_vector<T>(values, i, solver.eigenvalues()); });
  });
}

void svd(const View& u, const View& s, const View& vt, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("svd", a, kThin, [&](i64 i, const auto& solver) {
      Dense<T> left = solver.matrixU();
      Dense<T> right = solver.matrixV();
      for (i64 j = 0; j < left.cols(); ++j) {
        const T sign = orientation(left.col(j));
        left.col(j) *= sign;
        right.col(j) *= sign;
      }
      store<T>(u, i, left);
      store_vector<T>(s, i, solver.singularValues());
      store<T>(vt, i, right.transpose());
    });
  });
}

void svdvals(const View& s, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("svdvals", a, 0,
                    [&](i64 i, const auto& solver) { store_vector<T>(s, i, solver.singularValues()); });
  });
}

void pinv(const View& y, const View& a, double rcond) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("pinv", a, kThin, [&](i64 i, const auto& solver) {
      const auto& s = solver.singularValues();
      const T floor = static_cast<T>(rcond) * s(0);
      const Eigen::Matrix<T, Eigen::Dynamic, 1> inverse = s.unaryExpr([&](T v) { return v > floor ? 1 / v : T{0}; });
      store<T>(y, i, Dense<T>(solver.matrixV() * inverse.asDiagonal() * solver.matrixU().transpose()));
    });
  });
}

void repeated(const char* op, const View& mask, const View& values, const View& w) {
  by_real(values.dtype, [&]<class T>() {
    for_each_matrix(op, mask, [&](i64 index) -> const char* {
      const Row<T> v = row<T>(values, index);
      const i64 n = mask.shape[mask.rank - 1];
      const T rounding = rounding_of(v, n);
      const Dense<T> weight = load<T>(w, index);
      Dense<T> equal = Dense<T>::Identity(n, n);
      for (i64 i = 0; i < n; ++i) {
        for (i64 j = 0; j < n; ++j) {
          if (i == j || std::abs(v[i] - v[j]) > rounding) continue;
          if (weight(i, j) != 0) {
            return "has repeated eigenvalues or singular values, and a derivative of their vectors, which are not "
                   "unique, was asked for";
          }
          equal(i, j) = 1;
        }
      }
      store<T>(mask, index, equal);
      return nullptr;
    });
  });
}

void vanishing(const char* op, const View& mask, const View& values, const View& x) {
  by_real(values.dtype, [&]<class T>() {
    for_each_matrix(op, mask, [&](i64 index) -> const char* {
      const Row<T> v = row<T>(values, index);
      const i64 n = mask.shape[mask.rank - 1];
      const T rounding = rounding_of(v, n);
      const Dense<T> columns = load<T>(x, index);
      Dense<T> zero = Dense<T>::Zero(1, n);
      for (i64 j = 0; j < n; ++j) {
        if (v[j] > rounding) continue;
        if ((columns.col(j).array() != T{0}).any()) {
          return "has a singular value 0, and a derivative of its vectors, which are not unique, was asked for";
        }
        zero(0, j) = 1;
      }
      store<T>(mask, index, zero);
      return nullptr;
    });
  });
}

}  // namespace cadena::cpu

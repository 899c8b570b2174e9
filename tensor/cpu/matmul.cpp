#include "tensor/cpu/matmul.h"

#include <Eigen/Core>

#include "tensor/base/scalar.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

template <class T>
using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Calls `use(matrix)` with one matrix of a batch. Eigen multiplies it where it lies only if it knows, when it is
/// compiled, that rows or columns have their elements side by side; any other, and two-byte types, it gets as a copy in
/// the compute type.
template <class T, class F>
void with_matrix(const T* data, i64 rows, i64 columns, i64 row_stride, i64 column_stride, const F& use) {
  using Outer = Eigen::OuterStride<>;
  using Columns = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  if constexpr (std::is_same_v<T, compute_t<T>>) {
    if (column_stride == 1 && row_stride >= 0) {
      return use(Eigen::Map<const Dense<T>, Eigen::Unaligned, Outer>(data, rows, columns, Outer(row_stride)));
    }
    if (row_stride == 1 && column_stride >= 0) {
      return use(Eigen::Map<const Columns, Eigen::Unaligned, Outer>(data, rows, columns, Outer(column_stride)));
    }
  }
  const Eigen::Map<const Dense<T>, Eigen::Unaligned, Strides> strided(data, rows, columns,
                                                                      Strides(row_stride, column_stride));
  const Dense<compute_t<T>> copy = strided.unaryExpr([](T v) { return static_cast<compute_t<T>>(v); });
  use(Eigen::Map<const Dense<compute_t<T>>, Eigen::Unaligned, Outer>(copy.data(), rows, columns, Outer(columns)));
}

constexpr i64 kRows = 128, kColumns = 256;  // of y that one task computes

}  // namespace

void matmul(const View& y, const View& a, const View& b) {
  const int r = y.rank - 2, c = y.rank - 1;
  const i64 m = y.shape[r], n = y.shape[c], k = a.shape[c];
  if (y.numel() == 0) return;
  const i64 down = (m + kRows - 1) / kRows, across = (n + kColumns - 1) / kColumns;
  const i64 tasks = y.numel() / (m * n) * down * across;
  by_number("matmul", y.dtype, [&]<class Stored>() {
    using T = scalar::wrapping_t<Stored>;
    const i64 grain = kGrain * 4 / (std::min(m, kRows) * std::min(n, kColumns) * (k + 1)) + 1;
    parallel_for(tasks, grain, [&](i64 begin, i64 end) {
      for (i64 task = begin; task < end; ++task) {
        const i64 batch = task / across / down, row = task / across % down * kRows, column = task % across * kColumns;
        const i64 rows = std::min(kRows, m - row), columns = std::min(kColumns, n - column);
        const T* left = a.as<T>() + matrix_offset(a, batch) + row * a.strides[r];
        const T* right = b.as<T>() + matrix_offset(b, batch) + column * b.strides[c];
        Eigen::Map<Dense<T>, Eigen::Unaligned, Eigen::OuterStride<>> out(y.as<T>() + (batch * m + row) * n + column,
                                                                         rows, columns, Eigen::OuterStride<>(n));
        with_matrix(left, rows, k, a.strides[r], a.strides[c], [&](const auto& x) {
          with_matrix(right, k, columns, b.strides[r], b.strides[c], [&](const auto& z) {
            if constexpr (std::is_same_v<T, compute_t<T>>) out.noalias() = x * z;
            else out = Dense<compute_t<T>>(x * z).unaryExpr([](auto v) { return static_cast<T>(v); });  // round once
          });
        });
      }
    });
  });
}

}  // namespace cadena::cpu

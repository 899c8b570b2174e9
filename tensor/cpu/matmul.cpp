#include "tensor/cpu/matmul.h"

#include <Eigen/Core>

#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

using Eigen::Dynamic;
using Stride = Eigen::Stride<Dynamic, Dynamic>;

/// One matrix of a batch, read through its strides.
template <class T>
auto matrix(const T* data, i64 rows, i64 columns, i64 row_stride, i64 column_stride) {
  using Matrix = Eigen::Matrix<T, Dynamic, Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const Matrix, Eigen::Unaligned, Stride>(data, rows, columns, Stride(row_stride, column_stride));
}

template <class T>
using Dense = Eigen::Matrix<T, Dynamic, Dynamic, Eigen::RowMajor>;

constexpr i64 kRows = 64;  // rows of y that one thread computes at a time

/// The offset of matrix `index` of a batch.
i64 batch_offset(const View& x, i64 index) {
  i64 offset = 0;
  for (int axis = x.rank - 3; axis >= 0; --axis) {
    offset += index % x.shape[axis] * x.strides[axis];
    index /= x.shape[axis];
  }
  return offset;
}

}  // namespace

void matmul(const View& y, const View& a, const View& b) {
  const int r = y.rank - 2, c = y.rank - 1;
  const i64 m = y.shape[r], n = y.shape[c], k = a.shape[c];
  if (y.numel() == 0) return;
  const i64 batches = y.numel() / (m * n);
  const i64 blocks = (m + kRows - 1) / kRows;
  by_number("matmul", y.dtype, [&]<class T>() {
    using C = compute_t<T>;
    parallel_for(batches * blocks, std::max<i64>(1, kGrain * 4 / (kRows * n * (k + 1))), [&](i64 begin, i64 end) {
      for (i64 task = begin; task < end; ++task) {
        const i64 batch = task / blocks, row = task % blocks * kRows;
        const i64 rows = std::min(kRows, m - row);
        const auto left =
            matrix(a.as<T>() + batch_offset(a, batch) + row * a.strides[r], rows, k, a.strides[r], a.strides[c]);
        const auto right = matrix(b.as<T>() + batch_offset(b, batch), k, n, b.strides[r], b.strides[c]);
        Eigen::Map<Dense<T>> out(y.as<T>() + batch * m * n + row * n, rows, n);
        if constexpr (std::is_same_v<T, C>) {
          out.noalias() = left * right;
        } else {  // two-byte types: widen, multiply in f32, round once
          const Dense<C> wide_left = left.unaryExpr([](T v) { return static_cast<C>(v); });
          const Dense<C> wide_right = right.unaryExpr([](T v) { return static_cast<C>(v); });
          const Dense<C> product = wide_left * wide_right;
          out = product.unaryExpr([](C v) { return static_cast<T>(v); });
        }
      }
    });
  });
}

}  // namespace cadena::cpu

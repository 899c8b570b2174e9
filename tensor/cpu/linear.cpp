#include "tensor/cpu/linear.h"

#include <Eigen/Core>
#include <algorithm>

#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows [begin, begin + count) of the row-major matrix x, widened to the compute type.
template <class T>
auto rows_of(const View& x, i64 begin, i64 count) {
  const Eigen::Map<const RowMajor<T>> rows(x.as<T>() + begin * x.shape[1], count, x.shape[1]);
  if constexpr (std::is_same_v<T, compute_t<T>>) return rows;
  else return RowMajor<float>(rows.unaryExpr([](T v) { return static_cast<float>(v); }));
}

constexpr i64 kBlock = 128;  // rows and columns of y that one task works out

}  // namespace

void linear(const View& y, const View& x, const View& w, const View& b) {
  const i64 m = y.shape[0], n = y.shape[1], k = x.shape[1];
  const i64 down = (m + kBlock - 1) / kBlock, across = (n + kBlock - 1) / kBlock;
  by_float("linear", y.dtype, [&]<class T>() {
    using C = compute_t<T>;
    parallel_for(down * across, 4 * kGrain / (kBlock * kBlock * (k + 1)) + 1, [&](i64 begin, i64 end) {
      RowMajor<C> product;
      for (i64 task = begin; task < end; ++task) {
        const i64 row = task / across * kBlock, column = task % across * kBlock;
        const i64 rows = std::min(kBlock, m - row), columns = std::min(kBlock, n - column);
        product.noalias() = rows_of<T>(x, row, rows) * rows_of<T>(w, column, columns).transpose();
        for (i64 i = 0; i < rows; ++i) {
          T* out = y.as<T>() + (row + i) * n + column;
          if (b.data == nullptr) {
            for (i64 j = 0; j < columns; ++j) out[j] = static_cast<T>(product(i, j));
          } else {
            const T* bias = b.as<T>() + column;
            for (i64 j = 0; j < columns; ++j) out[j] = static_cast<T>(product(i, j) + static_cast<C>(bias[j]));
          }
        }
      }
    });
  });
}

}  // namespace cadena::cpu

#include "tensor/cpu/linear.h"

#include <Eigen/Core>
#include <algorithm>

#include "tensor/base/scalar_activation.h"
#include "tensor/base/scalar_math.h"
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

struct Unchanged {
  template <class T>
  T operator()(T z) const {
    return z;
  }
};

/// Calls `use(f)` with the formula of an activation.
template <class F>
void with_formula(LinearActivation activation, F use) {
  switch (activation) {
    case LinearActivation::none: return use(Unchanged{});
    case LinearActivation::relu: return use(scalar::Relu{});
    case LinearActivation::gelu: return use(scalar::Gelu{});
    case LinearActivation::gelu_tanh: return use(scalar::GeluTanh{});
    case LinearActivation::silu: return use(scalar::Silu{});
    case LinearActivation::sigmoid: return use(scalar::Sigmoid{});
    case LinearActivation::tanh: return use(scalar::Tanh{});
  }
}

/// What becomes of one row of a block of the product, while it is in cache: z = product + b, y = f(z).
template <class T>
void finish(T* y, T* z, const compute_t<T>* product, const T* b, i64 n, LinearActivation activation) {
  using C = compute_t<T>;
  with_formula(activation, [&](auto f) {
    for (i64 j = 0; j < n; ++j) {
      const C sum = b == nullptr ? product[j] : product[j] + static_cast<C>(b[j]);
      if (z != nullptr) z[j] = static_cast<T>(sum);
      y[j] = static_cast<T>(f(sum));
    }
  });
}

constexpr i64 kBlock = 128;  // rows and columns of y that one task works out

}  // namespace

void linear(const View& y, const View& z, const View& x, const View& w, const View& b, LinearActivation f) {
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
          const i64 at = (row + i) * n + column;
          finish<T>(y.as<T>() + at, z.data == nullptr ? nullptr : z.as<T>() + at, product.data() + i * columns,
                    b.data == nullptr ? nullptr : b.as<T>() + column, columns, f);
        }
      }
    });
  });
}

}  // namespace cadena::cpu

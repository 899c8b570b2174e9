#include "cuda/kernels/reduce.h"

#include "cuda/kernels/fold.cuh"
#include "tensor/base/scalar.h"

namespace cadena::cuda {
namespace {

/// The sum, divided by `divisor`.
template <class T>
struct Sum {
  using C = compute_t<T>;
  using Acc = C;
  T* y;
  C divisor;
  __device__ Acc identity() const { return 0; }
  __device__ Acc step(Acc total, C x, const Place&) const { return combine(total, x); }
  __device__ Acc combine(Acc a, Acc b) const { return scalar::Add{}(a, b); }
  __device__ void store(i64 i, Acc total) const { y[i] = static_cast<T>(divisor == 1 ? total : total / divisor); }
};

template <class T>
struct Product {
  using C = compute_t<T>;
  using Acc = C;
  T* y;
  __device__ Acc identity() const { return 1; }
  __device__ Acc step(Acc total, C x, const Place&) const { return combine(total, x); }
  __device__ Acc combine(Acc a, Acc b) const { return scalar::Mul{}(a, b); }
  __device__ void store(i64 i, Acc total) const { y[i] = static_cast<T>(total); }
};

/// Whether some element is `wanted`: true where it differs from 0 (NaN does). All are true where none is false.
template <class T>
struct Truth {
  using Acc = unsigned;
  bool* y;
  bool wanted;
  __device__ Acc identity() const { return 0; }
  __device__ Acc step(Acc found, compute_t<T> x, const Place&) const { return found | ((x != 0) == wanted ? 1U : 0U); }
  __device__ Acc combine(Acc a, Acc b) const { return a | b; }
  __device__ void store(i64 i, Acc found) const { y[i] = (found != 0) == wanted; }
};

}  // namespace

void sum(const View& y, const View& x, int reduced) {
  by_number("sum", x.dtype, [&]<class T>() { fold<T>(x, reduced, Sum<T>{y.as<T>(), 1}); });
}

void mean(const View& y, const View& x, int reduced) {
  const i64 n = Walk(x, x.rank - reduced, x.rank).numel;
  by_float("mean", x.dtype, [&]<class T>() { fold<T>(x, reduced, Sum<T>{y.as<T>(), static_cast<compute_t<T>>(n)}); });
}

void prod(const View& y, const View& x, int reduced) {
  by_number("prod", x.dtype, [&]<class T>() { fold<T>(x, reduced, Product<T>{y.as<T>()}); });
}

void any(const View& y, const View& x, int reduced) {
  by_dtype("any", x.dtype, [&]<class T>() { fold<T>(x, reduced, Truth<T>{y.as<bool>(), true}); });
}

void all(const View& y, const View& x, int reduced) {
  by_dtype("all", x.dtype, [&]<class T>() { fold<T>(x, reduced, Truth<T>{y.as<bool>(), false}); });
}

}  // namespace cadena::cuda

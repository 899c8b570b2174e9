#include "cuda/kernels/moments.h"

#include <cmath>

#include "cuda/kernels/mean.cuh"

namespace cadena::cuda {
namespace {

/// The variance, or its square root.
template <class T>
struct StoreVariance : SquaredDistance<compute_t<T>> {
  using C = compute_t<T>;
  T* y;
  C divisor;
  bool root;
  __device__ void store(i64 i, C total) const {
    const C variance = total / divisor;
    y[i] = static_cast<T>(root ? std::sqrt(variance) : variance);
  }
};

void variance(const char* op, const View& y, const View& x, int reduced, double correction, bool root) {
  const auto n = static_cast<double>(Walk(x, x.rank - reduced, x.rank).numel);
  by_float(op, x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const Scratch<C> mean(y.numel());
    fold<T>(x, reduced, Mean<C>{mean.data(), static_cast<C>(n)});
    const C divisor = static_cast<C>(std::max(0.0, n - correction));
    fold<T>(x, reduced, StoreVariance<T>{{mean.data()}, y.as<T>(), divisor, root});
  });
}

}  // namespace

void var(const View& y, const View& x, int reduced, double correction) {
  variance("var", y, x, reduced, correction, false);
}

void stddev(const View& y, const View& x, int reduced, double correction) {
  variance("stddev", y, x, reduced, correction, true);
}

}  // namespace cadena::cuda

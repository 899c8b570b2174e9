#include "cuda/kernels/moments.h"

#include "cuda/kernels/log_sum_exp.cuh"
#include "cuda/kernels/mean.cuh"
#include "cuda/kernels/norm.cuh"

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

template <class T>
struct StoreLogSumExp : LogSumExp<compute_t<T>> {
  T* y;
  __device__ void store(i64 i, const Shifted<compute_t<T>>& sum) const { y[i] = static_cast<T>(sum.log()); }
};

template <class T>
struct StoreNorm : Norm {
  T* y;
  __device__ void store(i64 i, double total) const { y[i] = static_cast<T>(static_cast<compute_t<T>>(root(total))); }
};

}  // namespace

void var(const View& y, const View& x, int reduced, double correction) {
  variance("var", y, x, reduced, correction, false);
}

void stddev(const View& y, const View& x, int reduced, double correction) {
  variance("stddev", y, x, reduced, correction, true);
}

void logsumexp(const View& y, const View& x, int reduced) {
  by_float("logsumexp", x.dtype, [&]<class T>() { fold<T>(x, reduced, StoreLogSumExp<T>{{}, y.as<T>()}); });
}

void norm(const View& y, const View& x, int reduced, double p) {
  by_float("norm", x.dtype, [&]<class T>() { fold<T>(x, reduced, StoreNorm<T>{{p}, y.as<T>()}); });
}

}  // namespace cadena::cuda

#include "cuda/kernels/logsumexp.h"

#include "cuda/kernels/logsumexp.cuh"

namespace cadena::cuda {
namespace {

template <class T>
struct StoreLogSumExp : LogSumExp<compute_t<T>> {
  T* y;
  __device__ void store(i64 i, const Shifted<compute_t<T>>& sum) const { y[i] = static_cast<T>(sum.log()); }
};

}  // namespace

void logsumexp(const View& y, const View& x, int reduced) {
  by_float("logsumexp", x.dtype, [&]<class T>() { fold<T>(x, reduced, StoreLogSumExp<T>{{}, y.as<T>()}); });
}

}  // namespace cadena::cuda

#include "cuda/kernels/norm.h"

#include "cuda/kernels/norm.cuh"

namespace cadena::cuda {
namespace {

template <class T>
struct StoreNorm : Norm {
  T* y;
  __device__ void store(i64 i, double total) const { y[i] = static_cast<T>(static_cast<compute_t<T>>(root(total))); }
};

}  // namespace

void norm(const View& y, const View& x, int reduced, double p) {
  by_float("norm", x.dtype, [&]<class T>() { fold<T>(x, reduced, StoreNorm<T>{{p}, y.as<T>()}); });
}

}  // namespace cadena::cuda

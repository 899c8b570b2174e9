#include "cuda/kernels/norm.h"

#include "cuda/kernels/norm.cuh"

namespace cadena::cuda {
namespace {

struct NormOfAll : Norm {
  double* y;
  __device__ void store(i64, double total) const { *y = root(total); }
};

}  // namespace

double vector_norm(const View& x, double p) {
  const Scratch<double> y(1);
  by_float("vector_norm", x.dtype, [&]<class T>() { fold<T>(x, x.rank, NormOfAll{{p}, y.data()}); });
  double value = 0;
  copy_to_host(&value, y.data(), sizeof(value));
  return value;
}

}  // namespace cadena::cuda

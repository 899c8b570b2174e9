#include "cuda/kernels/clip.h"

#include "cuda/kernels/map.cuh"
#include "cuda/kernels/norm.cuh"
#include "cuda/kernels/recording.h"
#include "tensor/base/scalar_update.h"

namespace cadena::cuda {
namespace {

struct NormOfAll : Norm {
  double* y;
  __device__ void store(i64, double total) const { *y = root(total); }
};

/// One thread: the norm of a vector from the norms of its parts, in the order of the parts.
__global__ void join_norms(const double* parts, i64 count, double p, double* norm) {
  double total = 0;
  for (i64 i = 0; i < count; ++i) {
    const double part = parts[i];
    if (std::isinf(p)) total = total >= part || std::isnan(total) ? total : part;
    else total += std::pow(part, p);
  }
  *norm = std::isinf(p) ? total : std::pow(total, 1 / p);
}

/// x scaled by what brings `*norm` down to max_norm; x itself where that is not larger.
struct ScaleTo {
  const double* norm;
  double max_norm;
  template <class C>
  __device__ C operator()(C x) const {
    const double factor = max_norm / (*norm + 1e-6);
    return factor >= 1 ? x : scalar::Scale{factor}(x);
  }
};

}  // namespace

void joint_norm(const View& norm, std::span<const View> vectors, double p) {
  const Scratch<double> parts(static_cast<i64>(vectors.size()));
  double* part = parts.data();
  for (const View& x : vectors) {
    by_float("joint_norm", x.dtype, [&]<class T>() { fold<T>(x, x.rank, NormOfAll{{p}, part}); });
    ++part;
  }
  enqueue(join_norms, 1, 1, parts.data(), static_cast<i64>(vectors.size()), p, norm.as<double>());
}

void scale_to_norm(std::span<const View> vectors, const View& norm, double max_norm) {
  for (const View& x : vectors) {
    by_float("scale_to_norm", x.dtype, [&]<class T>() { map<T, T>(x, x, ScaleTo{norm.as<double>(), max_norm}); });
  }
}

double vector_norm(const View& x, double p) {
  Recording::refuse("vector_norm");
  const Scratch<double> y(1);
  by_float("vector_norm", x.dtype, [&]<class T>() { fold<T>(x, x.rank, NormOfAll{{p}, y.data()}); });
  double value = 0;
  copy_to_host(&value, y.data(), sizeof(value));
  return value;
}

}  // namespace cadena::cuda

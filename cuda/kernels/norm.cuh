#pragma once

#include <cmath>

#include "cuda/kernels/fold.cuh"

namespace cadena::cuda {

/// Sums of |x|^p, or the extremes of |x|, in f64: squares of f32 neither overflow nor vanish.
struct Norm {
  using Acc = double;
  double p;

  __device__ __forceinline__ double identity() const { return p < 0 && std::isinf(p) ? -p : 0; }

  template <class C>
  __device__ __forceinline__ double step(double total, C x, const Place&) const {
    const double v = std::fabs(static_cast<double>(x));
    if (p == 2) return total + v * v;
    if (std::isinf(p)) return combine(total, v);
    if (p == 1) return total + v;
    if (p == 0) return total + (v != 0 ? 1 : 0);
    return total + std::pow(v, p);
  }

  /// NaN wins and stays.
  __device__ __forceinline__ double combine(double a, double b) const {
    if (!std::isinf(p)) return a + b;
    return (p > 0 ? b > a : b < a) || std::isnan(b) ? b : a;
  }

  /// The norm from what was folded.
  __device__ __forceinline__ double root(double total) const {
    if (p == 2) return std::sqrt(total);
    return std::isinf(p) || p == 1 || p == 0 ? total : std::pow(total, 1 / p);
  }
};

}  // namespace cadena::cuda

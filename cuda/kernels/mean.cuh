#pragma once

#include "cuda/kernels/fold.cuh"

namespace cadena::cuda {

/// The mean, in the compute type: what a second pass sums up distances from.
template <class C>
struct Mean {
  using Acc = C;
  C* mean;
  C n;
  __device__ Acc identity() const { return 0; }
  __device__ Acc step(Acc total, C x, const Place&) const { return total + x; }
  __device__ Acc combine(Acc a, Acc b) const { return a + b; }
  __device__ void store(i64 i, Acc total) const { mean[i] = total / n; }
};

/// The sum of (x - mean)² for each result.
template <class C>
struct SquaredDistance {
  using Acc = C;
  const C* mean;
  __device__ Acc identity() const { return 0; }
  __device__ Acc step(Acc total, C x, const Place& place) const {
    const C distance = x - mean[place.output];
    return total + distance * distance;
  }
  __device__ Acc combine(Acc a, Acc b) const { return a + b; }
};

}  // namespace cadena::cuda

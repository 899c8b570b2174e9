#pragma once

#include <cuda_runtime.h>

/// Sums and maxima over a warp (32 threads that run in step) and over a block.
namespace cadena::cuda {

/// All 32 lanes of a warp.
inline constexpr unsigned kFullWarp = 0xffffffffu;

/// The rank of this thread in its block, x fastest.
__device__ __forceinline__ int thread_rank() {
  return static_cast<int>(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z));
}
/// The threads of a block.
__device__ __forceinline__ int thread_count() { return static_cast<int>(blockDim.x * blockDim.y * blockDim.z); }
/// The lane of this thread in its warp, 0 to 31.
__device__ __forceinline__ int lane_index() { return thread_rank() % 32; }
/// The warp of this thread in its block.
__device__ __forceinline__ int warp_index() { return thread_rank() / 32; }
/// The warps of a block.
__device__ __forceinline__ int warp_count() { return (thread_count() + 31) / 32; }

/// Folds the values of all 32 lanes; every lane gets the result. Five shuffles: lanes 16, 8, 4, 2, 1 apart.
template <class T, class Fold>
__device__ __forceinline__ T warp_fold(T value, Fold fold) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = fold(value, __shfl_xor_sync(kFullWarp, value, distance));
  }
  return value;
}

/// Adds, as a function object.
struct Sum {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};

/// The larger, as a function object; NaN where either is NaN.
struct Maximum {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};

/// The sum over the warp, in every lane. All 32 lanes call.
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
  return warp_fold(value, Sum());
}

/// The maximum over the warp, in every lane. All 32 lanes call.
template <class T>
__device__ __forceinline__ T warp_max(T value) {
  return warp_fold(value, Maximum());
}

/// Folds over the block; every thread gets the result. All threads call; their number is a multiple of 32. `partial` is
/// shared memory for one value a warp; it may be used again at once.
template <class T, class Fold>
__device__ __forceinline__ T block_fold(T value, T (&partial)[32], Fold fold) {
  value = warp_fold(value, fold);
  if (lane_index() == 0) partial[warp_index()] = value;
  __syncthreads();
  value = partial[0];
  for (int warp = 1; warp < warp_count(); ++warp) value = fold(value, partial[warp]);
  __syncthreads();  // nobody writes the next partial values while somebody reads these
  return value;
}

/// The sum over the block, in every thread; see block_fold.
template <class T>
__device__ __forceinline__ T block_sum(T value, T (&partial)[32]) {
  return block_fold(value, partial, Sum());
}

/// The maximum over the block, in every thread; see block_fold.
template <class T>
__device__ __forceinline__ T block_max(T value, T (&partial)[32]) {
  return block_fold(value, partial, Maximum());
}

}  // namespace cadena::cuda

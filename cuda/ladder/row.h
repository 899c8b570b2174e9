// Walks along rows by all threads of a one-dimensional block: neighbouring threads take neighbours. If `wide`, a thread
// takes four at a time; then arrays are aligned to 16 bytes where the walk begins, and its length is a multiple of
// four.
#pragma once

#include <cuda_runtime.h>

#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {

/// Calls f(x[c]…) for begin <= c < end, where x are one or more arrays.
template <bool wide, class F, class... X>
__device__ __forceinline__ void for_each_in_row(int begin, int end, F f, const X*... x) {
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  if constexpr (wide) {
    const auto each = [&](const auto&... v) { f(v.x...), f(v.y...), f(v.z...), f(v.w...); };
    for (int c = begin + 4 * thread; c < end; c += 4 * threads) each(load_float4(&x[c])...);
  } else {
    for (int c = begin + thread; c < end; c += threads) f(x[c]...);
  }
}

/// y[c] = f(x[c]…) in the same way.
template <bool wide, class F, class... X>
__device__ __forceinline__ void map_row(int begin, int end, float* y, F f, const X*... x) {
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  if constexpr (wide) {
    const auto map = [&](const auto&... v) { return make_float4(f(v.x...), f(v.y...), f(v.z...), f(v.w...)); };
    for (int c = begin + 4 * thread; c < end; c += 4 * threads) store_float4(&y[c], map(load_float4(&x[c])...));
  } else {
    for (int c = begin + thread; c < end; c += threads) y[c] = f(x[c]...);
  }
}

/// What a thread keeps of a row in registers: up to `kEach` elements, zeros beyond the end of the row. The block covers
/// kEach times its threads; loops over the elements must be unrolled, for registers have no index.
template <bool wide, int kEach>
struct RowShare {
  float v[kEach];

  /// The column of element i of this thread.
  static __device__ __forceinline__ int column(int i) {
    constexpr int kWidth = wide ? 4 : 1;
    return (i / kWidth * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * kWidth + i % kWidth;
  }

  __device__ __forceinline__ void load(const float* x, int columns) {
    if constexpr (wide) {
#pragma unroll
      for (int i = 0; i < kEach; i += 4) {
        const float4 four = column(i) < columns ? load_float4(&x[column(i)]) : make_float4(0, 0, 0, 0);
        v[i] = four.x, v[i + 1] = four.y, v[i + 2] = four.z, v[i + 3] = four.w;
      }
    } else {
#pragma unroll
      for (int i = 0; i < kEach; ++i) v[i] = column(i) < columns ? x[column(i)] : 0;
    }
  }

  __device__ __forceinline__ void store(float* y, int columns) const {
    if constexpr (wide) {
#pragma unroll
      for (int i = 0; i < kEach; i += 4) {
        if (column(i) < columns) store_float4(&y[column(i)], make_float4(v[i], v[i + 1], v[i + 2], v[i + 3]));
      }
    } else {
#pragma unroll
      for (int i = 0; i < kEach; ++i) {
        if (column(i) < columns) y[column(i)] = v[i];
      }
    }
  }
};

}  // namespace cadena::cuda::ladder

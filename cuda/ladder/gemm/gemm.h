// The few lines that all kernels of the GEMM ladder share: the last step of the formula.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "cuda/ladder/gemm/problem.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// c = alpha sum + beta c, where c is read only if beta is not 0.
__device__ __forceinline__ void update(float* c, float alpha, float sum, float beta) {
  *c = beta == 0 ? alpha * sum : alpha * sum + beta * *c;
}

/// c = alpha sum + beta c for four neighbours of a row of C; `wide` as in load4.
template <bool wide>
__device__ __forceinline__ void update4(float* C, int row, int column, int M, int N, float alpha, const float* sum,
                                        float beta) {
  if constexpr (wide) {
    if (row >= M || column >= N) return;
    float* c = &C[at(row, column, N)];
    float4 value = make_float4(alpha * sum[0], alpha * sum[1], alpha * sum[2], alpha * sum[3]);
    if (beta != 0) {
      const float4 old = load_float4(c);
      value.x += beta * old.x;
      value.y += beta * old.y;
      value.z += beta * old.z;
      value.w += beta * old.w;
    }
    store_float4(c, value);
  } else {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (row < M && column + j < N) update(&C[at(row, column + j, N)], alpha, sum[j], beta);
    }
  }
}

}  // namespace cadena::cuda::ladder

// What the kernels of the GEMM ladder in bf16 share: eight neighbours loaded at once, sums stored as bf16.
#pragma once

#include <cuda_bf16.h>

#include "cuda/ladder/gemm/gemm.h"

namespace cadena::cuda::ladder {

/// Eight neighbours of a row of bf16 from (row, column) on, zeros where the matrix ends; `wide` as in load4.
template <bool wide>
__device__ __forceinline__ Vector<__nv_bfloat16, 8> load8(const __nv_bfloat16* matrix, int row, int column, int rows,
                                                          int columns) {
  if constexpr (wide) {
    if (row < rows && column < columns) return load_vector<8>(&matrix[at(row, column, columns)]);
  }
  Vector<__nv_bfloat16, 8> values;
#pragma unroll
  for (int j = 0; j < 8; ++j) {
    const bool inside = !wide && row < rows && column + j < columns;
    values[j] = inside ? matrix[at(row, column + j, columns)] : __float2bfloat16(0.0f);
  }
  return values;
}

/// c = alpha sum + beta c for an element in bf16; the sum stays f32 until it is stored.
__device__ __forceinline__ void update(__nv_bfloat16* c, float alpha, float sum, float beta) {
  *c = __float2bfloat16(beta == 0 ? alpha * sum : alpha * sum + beta * __bfloat162float(*c));
}

/// c = alpha sum + beta c for two neighbours of a row of C in bf16, starting at an even column; `wide` as in load4.
template <bool wide>
__device__ __forceinline__ void update2(__nv_bfloat16* C, int row, int column, int M, int N, float alpha, float sum0,
                                        float sum1, float beta) {
  if (row >= M || column >= N) return;
  __nv_bfloat16* c = &C[at(row, column, N)];
  if constexpr (wide) {
    Vector<__nv_bfloat16, 2> pair;
    if (beta != 0) pair = load_vector<2>(c);
    update(&pair[0], alpha, sum0, beta);
    update(&pair[1], alpha, sum1, beta);
    store_vector(c, pair);
  } else {
    update(c, alpha, sum0, beta);
    if (column + 1 < N) update(c + 1, alpha, sum1, beta);
  }
}

}  // namespace cadena::cuda::ladder

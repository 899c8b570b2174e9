// The few lines that all kernels of the GEMM ladder share: the last step of the formula, and how a problem is cut.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
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

/// True if a GEMM kernel may load and store `count` neighbours of T at a time: all rows of A, B and C start at
/// multiples.
template <int count, class T>
bool loads_aligned(const Gemm<T>& p) {
  return loads_aligned<count>(p.A, p.K) && loads_aligned<count>(p.B, p.N) && loads_aligned<count>(p.C, p.N);
}

/// Calls `run` for slabs of rows of C, because a grid is at most 65,535 blocks high and `tile` rows are a block's.
template <class T, class Run>
void for_each_slab(const Gemm<T>& problem, int tile, Run run) {
  if (problem.N == 0) return;
  const int most = 65535 * tile;
  for (int row = 0, rows = 0; row < problem.M; row += rows) {
    rows = std::min(most, problem.M - row);
    Gemm<T> slab = problem;
    slab.M = rows;
    slab.A += at(row, 0, problem.K);
    slab.C += at(row, 0, problem.N);
    run(slab);
  }
}

}  // namespace cadena::cuda::ladder

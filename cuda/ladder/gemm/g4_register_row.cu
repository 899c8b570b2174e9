// G4, 1D register tile: a thread owns eight elements of a column of C.
//
// New: the block owns 64 x 64 of C with 512 threads; each thread sums eight rows of one column in registers. The tiles
//   are 8 wide along the sum, so that every thread loads one element of each.
// Why: in G3 each FMA loads both of its factors from shared memory. Here an element of B, once in a register, serves
//   eight FMAs; and the eight sums do not wait for each other (instruction-level parallelism).
// Metric: shared loads per FMA: from 2 to (8 + 1) / 8 = 1.125.
// Expect: 35 % of cuBLAS.
// Next: own a square instead of a column, and an element of A serves eight FMAs as well (G5).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 64, kTileN = 64, kTileK = 8;
constexpr int kThreadM = 8;
constexpr int kThreads = kTileM / kThreadM * kTileN;

// Each block owns a 64 x 64 tile of C, each thread 8 x 1 of it; the lanes of a warp own 32 columns of the same rows.
__global__ void __launch_bounds__(kThreads)
    gemm_register_row(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ float tile_a[kTileM][kTileK];  // rows of C x the sum
  __shared__ float tile_b[kTileK][kTileN];  // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int thread_row = threadIdx.x / kTileN * kThreadM, thread_column = threadIdx.x % kTileN;

  float sum[kThreadM] = {};
  for (int k = 0; k < K; k += kTileK) {
    // Load the tiles: each thread one element of each.
    for (int e = threadIdx.x; e < kTileM * kTileK; e += kThreads) {
      const int i = e / kTileK, l = e % kTileK;
      tile_a[i][l] = row + i < M && k + l < K ? A[at(row + i, k + l, K)] : 0.0f;
    }
    for (int e = threadIdx.x; e < kTileK * kTileN; e += kThreads) {
      const int l = e / kTileN, j = e % kTileN;
      tile_b[l][j] = k + l < K && column + j < N ? B[at(k + l, column + j, N)] : 0.0f;
    }
    __syncthreads();

    // Multiply: an element of B by eight of A.
#pragma unroll
    for (int l = 0; l < kTileK; ++l) {
      const float b = tile_b[l][thread_column];
#pragma unroll
      for (int i = 0; i < kThreadM; ++i) sum[i] += tile_a[thread_row + i][l] * b;
    }
    __syncthreads();
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < kThreadM; ++i) {
    const int r = row + thread_row + i, c = column + thread_column;
    if (r < M && c < N) update(&C[at(r, c, N)], alpha, sum[i], beta);
  }
}

}  // namespace

void gemm_g4(const Gemm<float>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(gemm_register_row, {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

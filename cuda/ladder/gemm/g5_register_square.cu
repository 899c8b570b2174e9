// G5, 2D register tile: a thread owns an 8 x 8 square of C.
//
// New: the block owns 128 x 128 of C with 256 threads. For each step along the sum a thread loads eight elements of A
//   and eight of B into registers and adds their outer product to 64 sums.
// Why: 16 loads serve 64 FMAs. The price is registers: 64 sums and 16 factors, so fewer threads fit a multiprocessor.
// Metric: shared loads per FMA: from 1.125 to (8 + 8) / 64 = 0.25.
// Expect: 65 % of cuBLAS.
// Next: the loads that are left move four bytes each; make them move sixteen (G6).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 8;
constexpr int kThreadM = 8, kThreadN = 8;
constexpr int kThreads = (kTileM / kThreadM) * (kTileN / kThreadN);

// Each block owns a 128 x 128 tile of C, each thread 8 x 8 of it; a warp owns 16 rows and all 128 columns.
__global__ void __launch_bounds__(kThreads)
    gemm_register_square(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ float tile_a[kTileM][kTileK];  // rows of C x the sum
  __shared__ float tile_b[kTileK][kTileN];  // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int thread_row = threadIdx.x / (kTileN / kThreadN) * kThreadM;
  const int thread_column = threadIdx.x % (kTileN / kThreadN) * kThreadN;

  float sum[kThreadM][kThreadN] = {};
  for (int k = 0; k < K; k += kTileK) {
    // Load the tiles: each thread four elements of each.
#pragma unroll
    for (int e = threadIdx.x; e < kTileM * kTileK; e += kThreads) {
      const int i = e / kTileK, l = e % kTileK;
      tile_a[i][l] = row + i < M && k + l < K ? A[at(row + i, k + l, K)] : 0.0f;
    }
#pragma unroll
    for (int e = threadIdx.x; e < kTileK * kTileN; e += kThreads) {
      const int l = e / kTileN, j = e % kTileN;
      tile_b[l][j] = k + l < K && column + j < N ? B[at(k + l, column + j, N)] : 0.0f;
    }
    __syncthreads();

    // Multiply: eight elements of A by eight of B. (Unrolled, the loop takes 144 registers, and one block fits instead
    // of two.)
#pragma unroll 1
    for (int l = 0; l < kTileK; ++l) {
      float a[kThreadM], b[kThreadN];
#pragma unroll
      for (int i = 0; i < kThreadM; ++i) a[i] = tile_a[thread_row + i][l];
#pragma unroll
      for (int j = 0; j < kThreadN; ++j) b[j] = tile_b[l][thread_column + j];
#pragma unroll
      for (int i = 0; i < kThreadM; ++i) {
#pragma unroll
        for (int j = 0; j < kThreadN; ++j) sum[i][j] += a[i] * b[j];
      }
    }
    __syncthreads();
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < kThreadM; ++i) {
#pragma unroll
    for (int j = 0; j < kThreadN; ++j) {
      const int r = row + thread_row + i, c = column + thread_column + j;
      if (r < M && c < N) update(&C[at(r, c, N)], alpha, sum[i][j], beta);
    }
  }
}

}  // namespace

void gemm_g5(const Gemm<float>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(gemm_register_square, {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

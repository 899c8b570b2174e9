// G7, no bank conflicts: padding, and columns dealt out in two halves.
//
// New: each row of the transposed tile of A is four elements longer, and a thread owns columns 4 t … 4 t + 3 of each
//   half of the tile instead of columns 8 t … 8 t + 7.
// Why: shared memory has 32 banks of four bytes. In G6 the lanes that store rows l and l + 4 of the tile of A, 512
//   words apart, met in one bank: now 4 x 132 words lie 16 banks apart. Lanes that read float4s 32 bytes apart used
//   every other group of four banks: now neighbours read neighbours. The stores to C become whole sectors as well.
// Metric: wavefronts of a load of B, 1 for as many as it takes without conflicts: from 2 to 1; of a store of A as well.
// Expect: within 10 % of G6, either way: the conflicts were partly hidden behind the FMAs. Measure, do not assume.
// Next: the block still stops at each tile and waits for memory; fetch the next tiles meanwhile (G8).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 8;
constexpr int kThreadM = 8, kThreadN = 8;
constexpr int kPadding = 4;
constexpr int kThreads = (kTileM / kThreadM) * (kTileN / kThreadN);

// Each block owns a 128 x 128 tile of C, each thread 8 x 8 of it; a warp owns 16 rows and all 128 columns.
template <bool wide>
__global__ void __launch_bounds__(kThreads)
    gemm_bank_conflicts(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ __align__(16) float tile_a[kTileK][kTileM + kPadding];  // the sum x rows of C: transposed
  __shared__ __align__(16) float tile_b[kTileK][kTileN];             // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int thread_row = threadIdx.x / (kTileN / kThreadN) * kThreadM;
  const int thread_column = threadIdx.x % (kTileN / kThreadN) * 4;  // and as far into the second half

  float sum[kThreadM][kThreadN] = {};
  for (int k = 0; k < K; k += kTileK) {
    // Load the tiles: each thread one float4 of each.
#pragma unroll
    for (int e = threadIdx.x * 4; e < kTileM * kTileK; e += kThreads * 4) {
      const int i = e / kTileK, l = e % kTileK;
      const float4 a = load4<wide>(A, row + i, k + l, M, K);
      tile_a[l][i] = a.x;
      tile_a[l + 1][i] = a.y;
      tile_a[l + 2][i] = a.z;
      tile_a[l + 3][i] = a.w;
    }
#pragma unroll
    for (int e = threadIdx.x * 4; e < kTileK * kTileN; e += kThreads * 4) {
      const int l = e / kTileN, j = e % kTileN;
      store_float4(&tile_b[l][j], load4<wide>(B, k + l, column + j, K, N));
    }
    __syncthreads();

    // Multiply: eight elements of A by eight of B.
#pragma unroll
    for (int l = 0; l < kTileK; ++l) {
      __align__(16) float a[kThreadM];
      __align__(16) float b[kThreadN];
#pragma unroll
      for (int i = 0; i < kThreadM; i += 4) {
        store_float4(&a[i], load_float4(&tile_a[l][thread_row + i]));
      }
#pragma unroll
      for (int j = 0; j < kThreadN; j += 4) {
        store_float4(&b[j], load_float4(&tile_b[l][thread_column + j / 4 * (kTileN / 2)]));
      }
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
    for (int j = 0; j < kThreadN; j += 4) {
      update4<wide>(C, row + thread_row + i, column + thread_column + j / 4 * (kTileN / 2), M, N, alpha, &sum[i][j],
                    beta);
    }
  }
}

}  // namespace

void gemm_g7(const Gemm<float>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(loads_aligned<4>(p) ? gemm_bank_conflicts<true> : gemm_bank_conflicts<false>,
           {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

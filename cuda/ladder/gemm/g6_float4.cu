// G6, float4: every load and store moves 16 bytes.
//
// New: global and shared memory are read and written as float4. The tile of A is stored transposed, so that the eight
//   rows a thread multiplies are neighbours. Where rows do not start at multiples of 16 bytes (N or K odd, say), the
//   same kernel compiled with wide = false moves single elements across global memory.
// Why: an instruction moves four times the bytes; the load and store unit was the busiest after G5.
// Metric: load and store instructions per byte: a quarter. Shared loads per FMA: from 0.25 to 4 / 64 = 0.0625.
// Expect: 75 % of cuBLAS.
// Next: the transposed store of A and the loads of B meet in the same banks; keep them apart (G7).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 8;
constexpr int kThreadM = 8, kThreadN = 8;
constexpr int kThreads = (kTileM / kThreadM) * (kTileN / kThreadN);

// Each block owns a 128 x 128 tile of C, each thread 8 x 8 of it; a warp owns 16 rows and all 128 columns.
template <bool wide>
__global__ void __launch_bounds__(kThreads)
    gemm_float4(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ __align__(16) float tile_a[kTileK][kTileM];  // the sum x rows of C: transposed
  __shared__ __align__(16) float tile_b[kTileK][kTileN];  // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int thread_row = threadIdx.x / (kTileN / kThreadN) * kThreadM;
  const int thread_column = threadIdx.x % (kTileN / kThreadN) * kThreadN;

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
        store_float4(&b[j], load_float4(&tile_b[l][thread_column + j]));
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
      update4<wide>(C, row + thread_row + i, column + thread_column + j, M, N, alpha, &sum[i][j], beta);
    }
  }
}

}  // namespace

void gemm_g6(const Gemm<float>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(loads_aligned<4>(p) ? gemm_float4<true> : gemm_float4<false>,
           {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

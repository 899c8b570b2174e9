// T1, WMMA: a warp multiplies 16 x 16 matrices by one instruction of the tensor cores.
//
// New: A, B and C are bf16, the sums stay f32. The 32 lanes of a warp together hold fragments of 16 x 16 elements,
//   which CUDA's own interface (nvcuda::wmma) loads, multiplies and stores; which lane holds what it does not tell. So
//   the sums go through shared memory before alpha, beta and the edges are dealt with.
// Why: an FMA instruction of a warp does 32 multiplications, this one 4,096.
// Metric: FMAs per multiply instruction of a warp: from 32 to 4,096.
// Expect: 6 to 8 % of cuBLAS in bf16: the tensor cores starve, for nothing is fetched while they multiply.
// Next: say which lane holds what, and load fragments by one instruction as well (T2).
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"
#include "cuda/runtime/wmma.h"

namespace cadena::cuda::ladder {
namespace {

namespace wmma = nvcuda::wmma;

constexpr int kTileM = 64, kTileN = 64, kTileK = 32;
constexpr int kWarpM = 32, kWarpN = 32;
constexpr int kFragment = 16;
constexpr int kThreads = (kTileM / kWarpM) * (kTileN / kWarpN) * 32;

// Each block owns a 64 x 64 tile of C, each warp 32 x 32 of it, as 2 x 2 fragments; the lanes share the fragments.
template <bool wide>
__global__ void __launch_bounds__(kThreads) gemm_wmma(int M, int N, int K, float alpha, const __nv_bfloat16* A,
                                                      const __nv_bfloat16* B, float beta, __nv_bfloat16* C) {
  __shared__ __align__(32) __nv_bfloat16 tile_a[kTileM][kTileK];  // rows of C x the sum
  __shared__ __align__(32) __nv_bfloat16 tile_b[kTileK][kTileN];  // the sum x columns of C
  __shared__ __align__(32) float tile_c[kTileM][kTileN];
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int warp = threadIdx.x / 32;
  const int warp_row = warp / (kTileN / kWarpN) * kWarpM, warp_column = warp % (kTileN / kWarpN) * kWarpN;

  //! [kernel]
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum[kWarpM / kFragment][kWarpN / kFragment];
  for (auto& fragments : sum) {
    for (auto& fragment : fragments) wmma::fill_fragment(fragment, 0.0f);
  }
  for (int k = 0; k < K; k += kTileK) {
    // Load the tiles: each thread two times eight neighbours of each.
#pragma unroll
    for (int e = threadIdx.x * 8; e < kTileM * kTileK; e += kThreads * 8) {
      const int i = e / kTileK, l = e % kTileK;
      store_vector(&tile_a[i][l], load8<wide>(A, row + i, k + l, M, K));
    }
#pragma unroll
    for (int e = threadIdx.x * 8; e < kTileK * kTileN; e += kThreads * 8) {
      const int l = e / kTileN, j = e % kTileN;
      store_vector(&tile_b[l][j], load8<wide>(B, k + l, column + j, K, N));
    }
    __syncthreads();

    // Multiply: two fragments of A by two of B.
#pragma unroll
    for (int l = 0; l < kTileK; l += kFragment) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, WmmaBf16, wmma::row_major> a[kWarpM / kFragment];
      wmma::fragment<wmma::matrix_b, 16, 16, 16, WmmaBf16, wmma::row_major> b[kWarpN / kFragment];
#pragma unroll
      for (int i = 0; i < kWarpM / kFragment; ++i) {
        wmma::load_matrix_sync(a[i], reinterpret_cast<const WmmaBf16*>(&tile_a[warp_row + i * kFragment][l]), kTileK);
      }
#pragma unroll
      for (int j = 0; j < kWarpN / kFragment; ++j) {
        wmma::load_matrix_sync(b[j], reinterpret_cast<const WmmaBf16*>(&tile_b[l][warp_column + j * kFragment]),
                               kTileN);
      }
#pragma unroll
      for (int i = 0; i < kWarpM / kFragment; ++i) {
#pragma unroll
        for (int j = 0; j < kWarpN / kFragment; ++j) wmma::mma_sync(sum[i][j], a[i], b[j], sum[i][j]);
      }
    }
    __syncthreads();
  }
  //! [kernel]

  // Store: by way of shared memory, where every thread knows its elements.
#pragma unroll
  for (int i = 0; i < kWarpM / kFragment; ++i) {
#pragma unroll
    for (int j = 0; j < kWarpN / kFragment; ++j) {
      wmma::store_matrix_sync(&tile_c[warp_row + i * kFragment][warp_column + j * kFragment], sum[i][j], kTileN,
                              wmma::mem_row_major);
    }
  }
  __syncthreads();
  for (int e = threadIdx.x * 2; e < kTileM * kTileN; e += kThreads * 2) {
    const int i = e / kTileN, j = e % kTileN;
    update2<wide>(C, row + i, column + j, M, N, alpha, tile_c[i][j], tile_c[i][j + 1], beta);
  }
}

}  // namespace

void gemm_t1(const Gemm<__nv_bfloat16>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<__nv_bfloat16>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(loads_aligned<8>(p) ? gemm_wmma<true> : gemm_wmma<false>,
           {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

// T2, mma.sync and ldmatrix: fragments whose layout is known.
//
// New: the block owns 128 x 128 of C with eight warps, each 64 x 32 of it. ldmatrix gives each lane its part of four 8
//   x 8 matrices at once (transposed on the way for B, whose rows run along the sum), mma.sync multiplies 16 x 16 by 16
//   x 8. Each lane knows the elements of C it holds (matrix.h) and stores them itself.
// Why: a larger tile needs fewer bytes per FLOP, and the sums no longer pass through shared memory.
// Metric: FLOP per byte fetched: from 2 * 64 * 64 / (2 * (64 + 64)) = 32 to 2 * 128 * 128 / (2 * (128 + 128)) = 64.
// Expect: 15 % of cuBLAS in bf16.
// Next: the rows that ldmatrix reads together lie in the same banks, and memory still is waited for (T3).
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 32;
constexpr int kWarpM = 64, kWarpN = 32;
constexpr int kMmaM = 16, kMmaN = 8, kMmaK = 16;
constexpr int kThreads = (kTileM / kWarpM) * (kTileN / kWarpN) * 32;

// Each block owns a 128 x 128 tile of C, each warp 64 x 32 of it, as 4 x 4 products of 16 x 8; of each, a lane owns two
// neighbours in row lane / 4 and two in the row eight below.
template <bool wide>
__global__ void __launch_bounds__(kThreads) gemm_mma(int M, int N, int K, float alpha, const __nv_bfloat16* A,
                                                     const __nv_bfloat16* B, float beta, __nv_bfloat16* C) {
  __shared__ __align__(16) __nv_bfloat16 tile_a[kTileM][kTileK];  // rows of C x the sum
  __shared__ __align__(16) __nv_bfloat16 tile_b[kTileK][kTileN];  // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_row = warp / (kTileN / kWarpN) * kWarpM, warp_column = warp % (kTileN / kWarpN) * kWarpN;

  float sum[kWarpM / kMmaM][kWarpN / kMmaN][4] = {};
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

    // Multiply: four fragments of A by four of B. A lane names one row of one of the four 8 x 8 matrices.
#pragma unroll
    for (int l = 0; l < kTileK; l += kMmaK) {
      std::uint32_t a[kWarpM / kMmaM][4], b[kWarpN / kMmaN][2];
#pragma unroll
      for (int i = 0; i < kWarpM / kMmaM; ++i) {
        ldmatrix_x4(a[i], &tile_a[warp_row + i * kMmaM + lane % 16][l + lane / 16 * 8]);
      }
#pragma unroll
      for (int j = 0; j < kWarpN / kMmaN; j += 2) {
        std::uint32_t pair[4];
        ldmatrix_x4_trans(pair, &tile_b[l + lane % 16][warp_column + j * kMmaN + lane / 16 * 8]);
        b[j][0] = pair[0];
        b[j][1] = pair[1];
        b[j + 1][0] = pair[2];
        b[j + 1][1] = pair[3];
      }
#pragma unroll
      for (int i = 0; i < kWarpM / kMmaM; ++i) {
#pragma unroll
        for (int j = 0; j < kWarpN / kMmaN; ++j) mma_m16n8k16(sum[i][j], a[i], b[j], bf16_tag{});
      }
    }
    __syncthreads();
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < kWarpM / kMmaM; ++i) {
#pragma unroll
    for (int j = 0; j < kWarpN / kMmaN; ++j) {
      const int r = row + warp_row + i * kMmaM + lane / 4, c = column + warp_column + j * kMmaN + lane % 4 * 2;
      update2<wide>(C, r, c, M, N, alpha, sum[i][j][0], sum[i][j][1], beta);
      update2<wide>(C, r + 8, c, M, N, alpha, sum[i][j][2], sum[i][j][3], beta);
    }
  }
}

}  // namespace

void gemm_t2(const Gemm<__nv_bfloat16>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<__nv_bfloat16>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(loads_aligned<8>(p) ? gemm_mma<true> : gemm_mma<false>,
           {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

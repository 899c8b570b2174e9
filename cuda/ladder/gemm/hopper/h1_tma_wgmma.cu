// H1, TMA and wgmma: tiles are ordered by one thread and multiplied where they lie.
// Proved under the emulator; no GPU has run it.
//
// New: TMA copies a tile given only its corner, swizzles it on the way and fills zeros beyond the edge. wgmma
//   multiplies 64 x 16 by 16 x 128 from shared memory, for a warpgroup of four warps. Only the sums live in registers.
// Why: no thread computes addresses, no fragment passes through registers; the tensor cores of Hopper reach their speed
//   in no other way.
// Metric: FMAs per multiply instruction: from 16 * 8 * 16 = 2,048 a warp to 64 * 128 * 16 = 131,072 a warpgroup.
// Expect: 44 to 59 % of cuBLAS in bf16 (measured on an H100 for tiles of 64 x 64 and 128 x 128). The tiles are loaded,
//   then multiplied: tensor cores and memory take turns.
// Next: let one warpgroup load while two others multiply (H2).
// Sizes: TMA wants rows that start at multiples of 16 bytes; other problems go to T3.
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/hopper/tma.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/tensor_map.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 64;
constexpr int kWarpgroups = 2;
constexpr int kThreads = kWarpgroups * 128;
constexpr int kSlabs = kTileN / 64;

struct Stage {
  __nv_bfloat16 a[kTileM][kTileK];      // rows of C x the sum
  __nv_bfloat16 b[kSlabs][kTileK][64];  // slabs of 64 columns of C: the sum x columns
};

struct Shared {
  Stage stage;
  Barrier full;
};
constexpr std::size_t kSharedBytes = sizeof(Shared) + 1024;  // room to start at a multiple of 1,024

// Each block owns a 128 x 128 tile of C, each warpgroup 64 x 128 of it, each thread the 64 sums of wgmma.h.
__global__ void __launch_bounds__(kThreads)
    gemm_tma_wgmma(int M, int N, int K, float alpha, const __grid_constant__ CUtensorMap A,
                   const __grid_constant__ CUtensorMap B, float beta, __nv_bfloat16* C) {
  auto& [stage, full] = *aligned_shared<Shared>();
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int warpgroup = threadIdx.x / 128, warp = threadIdx.x % 128 / 32, lane = threadIdx.x % 32;
  if (threadIdx.x == 0) {
    barrier_init(&full, 1);
    barriers_ready();
  }
  __syncthreads();

  float sum[kTileN / 2] = {};
  for (int k = 0, parity = 0; k < K; k += kTileK, parity ^= 1) {
    // Load the tiles: one thread orders them, all wait.
    if (threadIdx.x == 0) {
      barrier_expect(&full, sizeof(Stage));
      tma_load(stage.a, A, row, k, &full);
      for (int slab = 0; slab < kSlabs; ++slab) tma_load(stage.b[slab], B, k, column + slab * 64, &full);
    }
    barrier_wait(&full, parity);

    // Multiply: four steps of 16 along the sum.
    wgmma_fence();
#pragma unroll
    for (int l = 0; l < kTileK; l += 16) {
      wgmma<Rows::along, Rows::across>(sum, k_major_descriptor(&stage.a[warpgroup * 64][l]),
                                       mn_major_descriptor(&stage.b[0][l][0], sizeof(stage.b[0])));
    }
    wgmma_commit();
    wgmma_wait<0>(sum);
    __syncthreads();
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int j = 0; j < kTileN / 8; ++j) {
    const int r = row + warpgroup * 64 + warp * 16 + lane / 4, c = column + j * 8 + lane % 4 * 2;
    update2<true>(C, r, c, M, N, alpha, sum[j * 4], sum[j * 4 + 1], beta);
    update2<true>(C, r + 8, c, M, N, alpha, sum[j * 4 + 2], sum[j * 4 + 3], beta);
  }
}

}  // namespace

void gemm_h1(const Gemm<__nv_bfloat16>& problem) {
  if (problem.K == 0 || !loads_aligned<8>(problem)) return gemm_t3(problem);
  for_each_slab(problem, kTileM, [](const Gemm<__nv_bfloat16>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(gemm_tma_wgmma,
           {.grid = grid, .block = dim3(kThreads), .shared_bytes = kSharedBytes, .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, tile_map(p.A, p.M, p.K, kTileM), tile_map(p.B, p.K, p.N, kTileK), p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

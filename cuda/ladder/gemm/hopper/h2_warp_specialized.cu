// H2, warp-specialized: one warpgroup loads, two multiply.
// Proved under the emulator; no GPU has run it.
//
// New: the block owns 128 x 256 of C. Warpgroup 0, the producer, keeps four stages in flight; warpgroups 1 and 2, the
//   consumers, multiply. Each stage has two barriers: `full` ends a phase when its bytes are there, `empty` when all
//   consumer warps have left it. The producer gives back registers, so that each consumer holds 128 sums a thread and
//   more.
// Why: nobody waits for everybody: loads run ahead as far as the ring allows, and the tensor cores see tile after tile.
// Metric: FLOP per byte fetched: from 2 * 128 * 128 / (2 * (128 + 128)) = 64 to 2 * 128 * 256 / (2 * (128 + 256)) = 85.
//   Tiles in flight: from 0 to 3.
// Expect: 85 % of cuBLAS in bf16.
// Next: at the end of a tile the tensor cores wait for the store, and at the end of the grid for the last tiles (H3).
// Sizes: TMA wants rows that start at multiples of 16 bytes; other problems go to T3.
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/hopper/tma.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/tensor_map.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 256, kTileK = 64;
constexpr int kConsumers = 2;
constexpr int kThreads = (1 + kConsumers) * 128;
constexpr int kSlabs = kTileN / 64;
constexpr int kStages = 4;
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
static_assert(kProducerRegisters + kConsumers * kConsumerRegisters <= (1 + kConsumers) * registers_at_launch(kThreads));

struct Stage {
  __nv_bfloat16 a[kTileM][kTileK];      // rows of C x the sum
  __nv_bfloat16 b[kSlabs][kTileK][64];  // slabs of 64 columns of C: the sum x columns
};

struct Shared {
  Stage stage[kStages];
  Barrier full[kStages], empty[kStages];
};
constexpr std::size_t kSharedBytes = sizeof(Shared) + 1024;  // room to start at a multiple of 1,024

//! [ring]
// The ring: which stage is next, and the parity of its phase.
struct Ring {
  int stage = 0;
  int parity = 0;
  __device__ __forceinline__ void advance() {
    if (++stage == kStages) {
      stage = 0;
      parity ^= 1;
    }
  }
};
//! [ring]

// Each block owns a 128 x 256 tile of C, each consumer warpgroup 64 x 256 of it, each thread the 128 sums of wgmma.h;
// one thread of the producer owns the loads.
__global__ void __launch_bounds__(kThreads, 1)
    gemm_warp_specialized(int M, int N, int K, float alpha, const __grid_constant__ CUtensorMap A,
                          const __grid_constant__ CUtensorMap B, float beta, __nv_bfloat16* C) {
  Shared& shared = *aligned_shared<Shared>();
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int warpgroup = threadIdx.x / 128, warp = threadIdx.x % 128 / 32, lane = threadIdx.x % 32;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(&shared.full[stage], 1);
      barrier_init(&shared.empty[stage], kConsumers * 4);
    }
    barriers_ready();
  }
  __syncthreads();

  Ring ring;
  if (warpgroup == 0) {
    // Producer: load the tiles as stages fall empty.
    give_registers<kProducerRegisters>();
    if (threadIdx.x == 0) {
      for (int k = 0; k < K; k += kTileK, ring.advance()) {
        Stage& stage = shared.stage[ring.stage];
        Barrier* full = &shared.full[ring.stage];
        barrier_wait(&shared.empty[ring.stage], ring.parity ^ 1);
        barrier_expect(full, sizeof(Stage));
        tma_load(stage.a, A, row, k, full);
        for (int slab = 0; slab < kSlabs; ++slab) tma_load(stage.b[slab], B, k, column + slab * 64, full);
      }
    }
  } else {
    // Consumers: multiply full stages, four steps of 16 along the sum each.
    take_registers<kConsumerRegisters>();
    const int consumer = warpgroup - 1;
    float sum[kTileN / 2] = {};
    for (int k = 0; k < K; k += kTileK, ring.advance()) {
      const Stage& stage = shared.stage[ring.stage];
      barrier_wait(&shared.full[ring.stage], ring.parity);
      wgmma_fence();
#pragma unroll
      for (int l = 0; l < kTileK; l += 16) {
        wgmma<Rows::along, Rows::across>(sum, k_major_descriptor(&stage.a[consumer * 64][l]),
                                         mn_major_descriptor(&stage.b[0][l][0], sizeof(stage.b[0])));
      }
      wgmma_commit();
      wgmma_wait<0>(sum);
      if (lane == 0) barrier_arrive(&shared.empty[ring.stage]);
    }
    //! [kernel]

    // Store.
#pragma unroll
    for (int j = 0; j < kTileN / 8; ++j) {
      const int r = row + consumer * 64 + warp * 16 + lane / 4, c = column + j * 8 + lane % 4 * 2;
      update2<true>(C, r, c, M, N, alpha, sum[j * 4], sum[j * 4 + 1], beta);
      update2<true>(C, r + 8, c, M, N, alpha, sum[j * 4 + 2], sum[j * 4 + 3], beta);
    }
  }
}

}  // namespace

void gemm_h2(const Gemm<__nv_bfloat16>& problem) {
  if (problem.K == 0 || !loads_aligned<8>(problem)) return gemm_t3(problem);
  for_each_slab(problem, kTileM, [](const Gemm<__nv_bfloat16>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(gemm_warp_specialized,
           {.grid = grid, .block = dim3(kThreads), .shared_bytes = kSharedBytes, .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, tile_map(p.A, p.M, p.K, kTileM), tile_map(p.B, p.K, p.N, kTileK), p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

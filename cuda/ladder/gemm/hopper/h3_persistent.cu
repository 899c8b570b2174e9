// H3, persistent: as many blocks as multiprocessors, each walking over tiles.
// Proved under the emulator; no GPU has run it.
//
// New: the grid is one block for each multiprocessor; a block takes every grid-th tile of C. The producer runs on into
//   the next tile while the consumers store this one. Tiles are numbered so that blocks that run together own a nearly
//   square part of C: sixteen rows of tiles, column after column.
// Why: barriers and descriptors are set up once, the store hides behind loads, and neighbouring tiles find their rows
//   of A and columns of B in the L2 cache.
// Metric: bytes fetched into L2 for a wave of 132 tiles at K = 4096, with B of 16 columns of tiles (N = 4096): from 9
//   rows of tiles and 16 columns, 9 + 2 * 16 = 41 MiB, to 16 rows and 9 columns, 16 + 2 * 9 = 34 MiB.
// Expect: 92 % of cuBLAS in bf16.
// Next: two blocks fetch the same columns of B from L2; let them share (H4).
// Sizes: TMA wants rows that start at multiples of 16 bytes; other problems go to T3.
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/machine.h"
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
constexpr int kGroup = 16;
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

//! [schedule]
// The tiles of C in the order in which blocks take them: groups of kGroup rows of tiles, column after column.
struct Schedule {
  int rows, columns;  // of tiles
  __device__ __forceinline__ Schedule(int M, int N) : rows(tiles(M, kTileM)), columns(tiles(N, kTileN)) {}
  __device__ __forceinline__ int count() const { return rows * columns; }
  __device__ __forceinline__ int first_row(int tile) const { return tile / (kGroup * columns) * kGroup; }
  __device__ __forceinline__ int height(int tile) const { return min(rows - first_row(tile), kGroup); }
  __device__ __forceinline__ int row(int tile) const {
    return (first_row(tile) + tile % (kGroup * columns) % height(tile)) * kTileM;
  }
  __device__ __forceinline__ int column(int tile) const { return tile % (kGroup * columns) / height(tile) * kTileN; }
};
//! [schedule]

// Each block owns one 128 x 256 tile of C after the other, each consumer warpgroup 64 x 256 of it, each thread the 128
// sums of wgmma.h; one thread of the producer owns the loads.
__global__ void __launch_bounds__(kThreads, 1)
    gemm_persistent(int M, int N, int K, float alpha, const __grid_constant__ CUtensorMap A,
                    const __grid_constant__ CUtensorMap B, float beta, __nv_bfloat16* C) {
  Shared& shared = *aligned_shared<Shared>();
  //! [kernel]
  const Schedule schedule(M, N);
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
      for (int tile = blockIdx.x; tile < schedule.count(); tile += gridDim.x) {
        const int row = schedule.row(tile), column = schedule.column(tile);
        for (int k = 0; k < K; k += kTileK, ring.advance()) {
          Stage& stage = shared.stage[ring.stage];
          Barrier* full = &shared.full[ring.stage];
          barrier_wait(&shared.empty[ring.stage], ring.parity ^ 1);
          barrier_expect(full, sizeof(Stage));
          tma_load(stage.a, A, row, k, full);
          for (int slab = 0; slab < kSlabs; ++slab) tma_load(stage.b[slab], B, k, column + slab * 64, full);
        }
      }
    }
  } else {
    // Consumers: multiply full stages, four steps of 16 along the sum each.
    take_registers<kConsumerRegisters>();
    const int consumer = warpgroup - 1;
    for (int tile = blockIdx.x; tile < schedule.count(); tile += gridDim.x) {
      const int row = schedule.row(tile), column = schedule.column(tile);
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
}

}  // namespace

void gemm_h3(const Gemm<__nv_bfloat16>& problem) {
  if (problem.K == 0 || !loads_aligned<8>(problem)) return gemm_t3(problem);
  const Gemm<__nv_bfloat16>& p = problem;
  const int grid = std::min(tiles(p.M, kTileM) * tiles(p.N, kTileN), multiprocessors());
  if (grid == 0) return;
  launch(gemm_persistent,
         {.grid = dim3(grid), .block = dim3(kThreads), .shared_bytes = kSharedBytes, .stream = p.stream},  //
         p.M, p.N, p.K, p.alpha, tile_map(p.A, p.M, p.K, kTileM), tile_map(p.B, p.K, p.N, kTileK), p.beta, p.C);
}

}  // namespace cadena::cuda::ladder

// H4, cluster multicast and TMA store: two blocks share columns of B.
// Proved under the emulator; no GPU has run it.
//
// New: two neighbouring multiprocessors form a cluster and take two tiles of C, one below the other. Each fetches half
//   of the tile of B they have in common, and TMA writes it into both. A stage is empty when the consumers of both
//   blocks have left it. The results go through shared memory, 64 columns at a time, swizzled, and TMA stores them and
//   clips the edges.
// Why: every byte of B leaves L2 once for two blocks. The sums of a thread lie in pairs of four bytes in 64 rows; TMA
//   writes whole lines and needs no registers for addresses.
// Metric: FLOP per byte fetched from L2: from 85 to 2 * 128 * 256 / (2 * (128 + 256 / 2)) = 128.
// Expect: over 100 % of cuBLAS in bf16 (102 to 107 on an H100 for the public ladder's last steps).
// Next: stmatrix for the sums, a Hilbert curve for the schedule, two tiles in turn so that one stores while the other
//   multiplies (ping-pong).
// Sizes: TMA wants rows that start at multiples of 16 bytes; other problems go to T3.
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/error.h"
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
constexpr int kGroup = 8;  // of pairs of tiles
constexpr int kCluster = 2;
constexpr int kStoreColumns = 64;
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
static_assert(kProducerRegisters + kConsumers * kConsumerRegisters <= (1 + kConsumers) * registers_at_launch(kThreads));

struct Stage {
  __nv_bfloat16 a[kTileM][kTileK];      // rows of C x the sum
  __nv_bfloat16 b[kSlabs][kTileK][64];  // slabs of 64 columns of C: the sum x columns
};

struct Shared {
  Stage stage[kStages];
  __nv_bfloat16 c[kConsumers][2][64][kStoreColumns];  // what TMA stores, two pieces in turn
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
// The pairs of tiles of C in the order in which clusters take them: groups of kGroup rows of pairs, column after
// column.
struct Schedule {
  int rows, columns;  // of pairs
  __device__ __forceinline__ Schedule(int M, int N) : rows(tiles(M, kCluster * kTileM)), columns(tiles(N, kTileN)) {}
  __device__ __forceinline__ int count() const { return rows * columns; }
  __device__ __forceinline__ int first_row(int tile) const { return tile / (kGroup * columns) * kGroup; }
  __device__ __forceinline__ int height(int tile) const { return min(rows - first_row(tile), kGroup); }
  __device__ __forceinline__ int row(int tile) const {
    return (first_row(tile) + tile % (kGroup * columns) % height(tile)) * kCluster * kTileM;
  }
  __device__ __forceinline__ int column(int tile) const { return tile % (kGroup * columns) / height(tile) * kTileN; }
};
//! [schedule]

// Each cluster owns one pair of tiles of C after the other, each block 128 x 256 of it, each consumer warpgroup 64 x
// 256 of it, each thread the 128 sums of wgmma.h; one thread of the producer owns the loads.
__global__ void __launch_bounds__(kThreads, 1)
    gemm_cluster(int M, int N, int K, float alpha, const __grid_constant__ CUtensorMap A,
                 const __grid_constant__ CUtensorMap B, float beta, const __nv_bfloat16* C,
                 const __grid_constant__ CUtensorMap C_map) {
  Shared& shared = *aligned_shared<Shared>();
  //! [kernel]
  const Schedule schedule(M, N);
  const int rank = cluster_rank(), cluster = blockIdx.x / kCluster, clusters = gridDim.x / kCluster;
  const int warpgroup = threadIdx.x / 128, warp = threadIdx.x % 128 / 32, lane = threadIdx.x % 32;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(&shared.full[stage], 1);
      barrier_init(&shared.empty[stage], kCluster * kConsumers * 4);
    }
    barriers_ready();
  }
  cluster_sync();

  Ring ring;
  if (warpgroup == 0) {
    // Producer: load the tiles as stages fall empty.
    give_registers<kProducerRegisters>();
    if (threadIdx.x == 0) {
      for (int tile = cluster; tile < schedule.count(); tile += clusters) {
        const int row = schedule.row(tile) + rank * kTileM, column = schedule.column(tile);
        for (int k = 0; k < K; k += kTileK, ring.advance()) {
          Stage& stage = shared.stage[ring.stage];
          Barrier* full = &shared.full[ring.stage];
          barrier_wait_cluster(&shared.empty[ring.stage], ring.parity ^ 1);
          barrier_expect(full, sizeof(Stage));
          tma_load(stage.a, A, row, k, full);
          for (int i = 0; i < kSlabs / kCluster; ++i) {
            const int slab = rank * (kSlabs / kCluster) + i;
            tma_load_multicast(stage.b[slab], B, k, column + slab * 64, full, (1 << kCluster) - 1);
          }
        }
      }
    }
  } else {
    // Consumers: multiply full stages, four steps of 16 along the sum each.
    take_registers<kConsumerRegisters>();
    const int consumer = warpgroup - 1;
    const bool storer = threadIdx.x % 128 == 0;
    for (int tile = cluster; tile < schedule.count(); tile += clusters) {
      const int row = schedule.row(tile) + rank * kTileM, column = schedule.column(tile);
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
        if (lane < kCluster) barrier_arrive_at(&shared.empty[ring.stage], lane);
      }
      //! [kernel]

      //! [store]
      // Store: pieces of 64 x 64, one written while TMA reads the other.
#pragma unroll
      for (int piece = 0; piece < kTileN / kStoreColumns; ++piece) {
        auto& c = shared.c[consumer][piece % 2];
        if (storer) tma_store_wait_read<1>();
        warpgroup_sync(1 + consumer);
#pragma unroll
        for (int j = 0; j < kStoreColumns / 8; ++j) {
          const float* pair = &sum[(piece * kStoreColumns / 8 + j) * 4];
#pragma unroll
          for (int half = 0; half < 2; ++half) {
            const int r = warp * 16 + half * 8 + lane / 4, l = j * 8 + lane % 4 * 2;
            const int at_row = row + consumer * 64 + r, at_column = column + piece * kStoreColumns + l;
            const float keep = at_row < M && at_column < N ? beta : 0.0f;
            Vector<__nv_bfloat16, 2> value;
            if (keep != 0) value = load_vector<2>(&C[at(at_row, at_column, N)]);
            update(&value[0], alpha, pair[half * 2], keep);
            update(&value[1], alpha, pair[half * 2 + 1], keep);
            store_vector(&c[r][l ^ (r % 8 * 8)], value);
          }
        }
        shared_to_async();
        warpgroup_sync(1 + consumer);
        if (storer) {
          tma_store(C_map, c, row + consumer * 64, column + piece * kStoreColumns);
          tma_store_commit();
        }
      }
      //! [store]
    }
    if (storer) tma_store_wait_read<0>();
  }
  cluster_sync();  // no block ends while another writes into it
}

// As many clusters as run at once.
int clusters_at_once() {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(kCluster);
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kSharedBytes;
  cudaLaunchAttribute cluster = cluster_of(kCluster);
  config.attrs = &cluster;
  config.numAttrs = 1;
  check(cudaFuncSetAttribute(gemm_cluster, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes), "gemm_h4");
  int clusters = 0;
  check(cudaOccupancyMaxActiveClusters(&clusters, gemm_cluster, &config), "gemm_h4: clusters that run at once");
  return clusters;
}

}  // namespace

void gemm_h4(const Gemm<__nv_bfloat16>& problem) {
  if (problem.K == 0 || !loads_aligned<8>(problem)) return gemm_t3(problem);
  const Gemm<__nv_bfloat16>& p = problem;
  const int pairs = tiles(p.M, kCluster * kTileM) * tiles(p.N, kTileN);
  if (pairs == 0) return;
  const int grid = std::min(pairs, clusters_at_once()) * kCluster;
  launch(gemm_cluster,
         {.grid = dim3(grid),
          .block = dim3(kThreads),
          .cluster = kCluster,
          .shared_bytes = kSharedBytes,
          .stream = p.stream},  //
         p.M, p.N, p.K, p.alpha, tile_map(p.A, p.M, p.K, kTileM), tile_map(p.B, p.K, p.N, kTileK), p.beta, p.C,
         tile_map(p.C, p.M, p.N, 64));
}

}  // namespace cadena::cuda::ladder

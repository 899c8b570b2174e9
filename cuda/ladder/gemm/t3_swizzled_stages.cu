// T3, swizzle and stages: no bank conflicts, and memory in flight.
//
// New: four pairs of tiles form a ring that cp.async fills, as in G8. Within a row of a tile the 16-byte chunks change
//   places by an exclusive or with the row's number (a swizzle), which costs no memory, where padding would.
// Why: ldmatrix reads eight rows of 16 bytes at a time. In T2 those of B, 256 bytes apart, all lay in the same four
//   banks, and those of A, 64 bytes apart, in two groups of four. Now eight rows fall into eight groups of four banks.
// Metric: wavefronts per ldmatrix_x4: on B from 32 to 4, on A from 16 to 4. Tiles in flight: from 0 to 3.
// Expect: 60 % of cuBLAS in bf16 on Hopper, whose mma.sync reaches no more than 65 % of peak; 90 % on Ampere.
// Next: let one instruction multiply a tile straight from shared memory (H1); it takes a Hopper GPU.
#include "cuda/ladder/gemm/gemm_bf16.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 32;
constexpr int kWarpM = 64, kWarpN = 32;
constexpr int kMmaM = 16, kMmaN = 8, kMmaK = 16;
constexpr int kStages = 4;
constexpr int kThreads = (kTileM / kWarpM) * (kTileN / kWarpN) * 32;

struct Stage {
  __nv_bfloat16 a[kTileM][kTileK];  // rows of C x the sum
  __nv_bfloat16 b[kTileK][kTileN];  // the sum x columns of C
};

// Where element (row, column) of a tile lies in its row. A row of A is half of the 32 banks, so pairs of rows share a
// pattern.
__device__ __forceinline__ int swizzled_a(int row, int column) { return column ^ (row / 2 % 4 * 8); }
__device__ __forceinline__ int swizzled_b(int row, int column) { return column ^ (row % 8 * 8); }

// Starts to copy eight neighbours of a row; where rows start anywhere, copies them one by one at once.
template <bool wide>
__device__ __forceinline__ void copy8(__nv_bfloat16* to, const __nv_bfloat16* matrix, int row, int column, int rows,
                                      int columns) {
  if constexpr (wide) {
    const bool inside = row < rows && column < columns;
    async_copy_or_zero<16>(to, inside ? &matrix[at(row, column, columns)] : matrix, inside);
  } else {
    store_vector(to, load8<false>(matrix, row, column, rows, columns));
  }
}

// Each block owns a 128 x 128 tile of C, each warp 64 x 32 of it, as 4 x 4 products of 16 x 8; of each, a lane owns two
// neighbours in row lane / 4 and two in the row eight below.
template <bool wide>
__global__ void __launch_bounds__(kThreads, 2)
    gemm_swizzled_stages(int M, int N, int K, float alpha, const __nv_bfloat16* A, const __nv_bfloat16* B, float beta,
                         __nv_bfloat16* C) {
  Stage* stages = dynamic_shared<Stage>();
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_row = warp / (kTileN / kWarpN) * kWarpM, warp_column = warp % (kTileN / kWarpN) * kWarpN;

  // Starts the copies of the tiles at k: each thread two times eight neighbours of each.
  const auto load = [&](int stage, int k) {
    if (k < K) {
#pragma unroll
      for (int e = threadIdx.x * 8; e < kTileM * kTileK; e += kThreads * 8) {
        const int i = e / kTileK, l = e % kTileK;
        copy8<wide>(&stages[stage].a[i][swizzled_a(i, l)], A, row + i, k + l, M, K);
      }
#pragma unroll
      for (int e = threadIdx.x * 8; e < kTileK * kTileN; e += kThreads * 8) {
        const int l = e / kTileN, j = e % kTileN;
        copy8<wide>(&stages[stage].b[l][swizzled_b(l, j)], B, k + l, column + j, K, N);
      }
    }
    async_copy_commit();  // a group may be empty: the wait below counts groups
  };

  float sum[kWarpM / kMmaM][kWarpN / kMmaN][4] = {};
  for (int stage = 0; stage < kStages - 1; ++stage) load(stage, stage * kTileK);
  for (int k = 0, stage = 0; k < K; k += kTileK, stage = (stage + 1) % kStages) {
    // Wait for this stage; all threads have then also left the stage before it, which is filled anew.
    async_copy_wait<kStages - 2>();
    __syncthreads();
    load((stage + kStages - 1) % kStages, k + (kStages - 1) * kTileK);

    // Multiply: four fragments of A by four of B. A lane names one row of one of the four 8 x 8 matrices.
#pragma unroll
    for (int l = 0; l < kTileK; l += kMmaK) {
      std::uint32_t a[kWarpM / kMmaM][4], b[kWarpN / kMmaN][2];
#pragma unroll
      for (int i = 0; i < kWarpM / kMmaM; ++i) {
        const int r = warp_row + i * kMmaM + lane % 16;
        ldmatrix_x4(a[i], &stages[stage].a[r][swizzled_a(r, l + lane / 16 * 8)]);
      }
#pragma unroll
      for (int j = 0; j < kWarpN / kMmaN; j += 2) {
        const int r = l + lane % 16;
        std::uint32_t pair[4];
        ldmatrix_x4_trans(pair, &stages[stage].b[r][swizzled_b(r, warp_column + j * kMmaN + lane / 16 * 8)]);
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

void gemm_t3(const Gemm<__nv_bfloat16>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<__nv_bfloat16>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    const Launch how{
        .grid = grid, .block = dim3(kThreads), .shared_bytes = kStages * sizeof(Stage), .stream = p.stream};
    launch(loads_aligned<8>(p) ? gemm_swizzled_stages<true> : gemm_swizzled_stages<false>, how,  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

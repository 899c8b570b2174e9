// G8, cp.async: the next tiles are on their way while this one is multiplied.
//
// New: three pairs of tiles, called stages, form a ring. Copies go from global to shared memory by themselves
//   (cp.async, no register in between) and two stages are always in flight. The tiles are 16 along the sum; A is no
//   longer transposed, because cp.async moves rows as they are, so a thread reads four steps of the sum at a time from
//   each of its rows. It owns rows t, t + 16, …, so that the two rows a warp reads together lie in different banks.
// Why: in G7 all warps of a block wait, tile after tile, for a memory that answers after 500 cycles and more.
// Metric: FMAs a thread does between two barriers: from 64 * 8 / 2 = 256 to 64 * 16 = 1,024, for a tile is twice as
//   deep and has one __syncthreads instead of two. On a GPU the stalls "long scoreboard" all but go away: tiles in
//   flight while one is multiplied rise from 0 to 2. Shared loads per FMA stay: (8 + 8) float4 for four steps of 64
//   FMAs.
// Expect: 75 to 85 % of cuBLAS. (In the public ladder on an A6000 double buffering came out slower: 74 after 78 %.)
// Next: a warp reads 16 rows and 128 columns for 2,048 FMAs; a squarer warp tile reads less (G9).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileM = 128, kTileN = 128, kTileK = 16;
constexpr int kThreadM = 8, kThreadN = 8;
constexpr int kStages = 3;
constexpr int kThreads = (kTileM / kThreadM) * (kTileN / kThreadN);

using TileA = float[kTileM][kTileK];  // rows of C x the sum
using TileB = float[kTileK][kTileN];  // the sum x columns of C

// Starts the copy of the rows x columns tile of `matrix` that begins at (row, column); zeros where the matrix ends.
template <bool wide, int rows, int columns>
__device__ __forceinline__ void load_tile(float (&tile)[rows][columns], const float* matrix, int row, int column,
                                          int matrix_rows, int matrix_columns) {
  constexpr int width = wide ? 4 : 1;  // elements a copy: 16 bytes, or 4 where rows start anywhere
#pragma unroll 1                       // the addresses of unrolled copies would crowd out sums
  for (int e = threadIdx.x * width; e < rows * columns; e += kThreads * width) {
    const int r = row + e / columns, c = column + e % columns;
    const bool inside = r < matrix_rows && c < matrix_columns;
    async_copy_or_zero<width * sizeof(float)>(&tile[e / columns][e % columns],
                                              inside ? &matrix[at(r, c, matrix_columns)] : matrix, inside);
  }
}

// Each block owns a 128 x 128 tile of C, each thread 8 x 8 of it; a warp owns 16 rows and all 128 columns.
template <bool wide>
__global__ void __launch_bounds__(kThreads, wide ? 2 : 1)
    gemm_async_stages(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ __align__(16) TileA tile_a[kStages];
  __shared__ __align__(16) TileB tile_b[kStages];
  //! [kernel]
  const int row = blockIdx.y * kTileM, column = blockIdx.x * kTileN;
  const int thread_row = threadIdx.x / (kTileN / kThreadN);         // and every 16th below
  const int thread_column = threadIdx.x % (kTileN / kThreadN) * 4;  // and as far into the second half

  // Starts the copies of the tiles at k: each thread two float4s of each.
  const auto load = [&](int stage, int k) {
    if (k < K) {
      load_tile<wide>(tile_a[stage], A, row, k, M, K);
      load_tile<wide>(tile_b[stage], B, k, column, K, N);
    }
    async_copy_commit();  // a group may be empty: the wait below counts groups
  };

  float sum[kThreadM][kThreadN] = {};
  for (int stage = 0; stage < kStages - 1; ++stage) load(stage, stage * kTileK);
  for (int k = 0, stage = 0; k < K; k += kTileK, stage = (stage + 1) % kStages) {
    // Wait for this stage; all threads have then also left the stage before it, which is filled anew.
    async_copy_wait<kStages - 2>();
    __syncthreads();
    load((stage + kStages - 1) % kStages, k + (kStages - 1) * kTileK);

    // Multiply: eight elements of A by eight of B, for four steps of the sum at a time.
#pragma unroll
    for (int l = 0; l < kTileK; l += 4) {
      __align__(16) float a[kThreadM][4];
      __align__(16) float b[kThreadN];
#pragma unroll
      for (int i = 0; i < kThreadM; ++i) {
        store_float4(a[i], load_float4(&tile_a[stage][thread_row + i * (kTileM / kThreadM)][l]));
      }
#pragma unroll
      for (int step = 0; step < 4; ++step) {
#pragma unroll
        for (int j = 0; j < kThreadN; j += 4) {
          store_float4(&b[j], load_float4(&tile_b[stage][l + step][thread_column + j / 4 * (kTileN / 2)]));
        }
#pragma unroll
        for (int i = 0; i < kThreadM; ++i) {
#pragma unroll
          for (int j = 0; j < kThreadN; ++j) sum[i][j] += a[i][step] * b[j];
        }
      }
    }
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < kThreadM; ++i) {
#pragma unroll
    for (int j = 0; j < kThreadN; j += 4) {
      update4<wide>(C, row + thread_row + i * (kTileM / kThreadM), column + thread_column + j / 4 * (kTileN / 2), M, N,
                    alpha, &sum[i][j], beta);
    }
  }
}

}  // namespace

void gemm_g8(const Gemm<float>& problem) {
  for_each_slab(problem, kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTileN), tiles(p.M, kTileM));
    launch(loads_aligned<4>(p) ? gemm_async_stages<true> : gemm_async_stages<false>,
           {.grid = grid, .block = dim3(kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

// G9, warp tile: block, warp and thread tiles, their shapes chosen by the size of the product.
//
// New: the 32 lanes of a warp form 4 rows of 8 and own a rectangle of C of their own, 32 x 64, where G8 gave them
//   16 x 128. Lanes two rows apart would meet in a bank, so the float4s of every second pair of rows of the tile of A
//   change places (a swizzle: no padding, and copies of 16 bytes still). All shapes are template parameters.
// Why: what a warp reads from shared memory for 2,048 FMAs is its rows plus its columns: the squarer, the less. And one
//   shape does not fit all: a product with few tiles of 128 x 128 leaves most multiprocessors without work.
// Metric: shared bytes a warp reads per FMA: from (16 + 128) * 4 / 2048 = 0.28 to (32 + 64) * 4 / 2048 = 0.19.
// Expect: 95 % of cuBLAS and more.
// Next: the CUDA cores are busy now; other cores multiply whole fragments at a time (T1).
#include <iterator>

#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/machine.h"
#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTileK = 16;
constexpr int kLaneRows = 4, kLaneColumns = 8;

// The shape of the work: the block's tile of C, the warp's part of it, and how many tiles are in the ring.
template <int tile_m, int tile_n, int warp_m, int warp_n, int stages>
struct Shape {
  static constexpr int kTileM = tile_m, kTileN = tile_n;
  static constexpr int kWarpM = warp_m, kWarpN = warp_n;
  static constexpr int kThreadM = warp_m / kLaneRows, kThreadN = warp_n / kLaneColumns;
  static constexpr int kStages = stages;
  static constexpr int kThreads = (tile_m / warp_m) * (tile_n / warp_n) * 32;
  // Up to 64 sums a thread fit 128 registers, so that 512 threads fit a multiprocessor.
  static constexpr int kBlocks = kThreadM * kThreadN <= 64 ? 512 / kThreads : 1;
  static_assert(kThreadN % 4 == 0 && tile_m % warp_m == 0 && tile_n % warp_n == 0);
};

// Where element (row, column) of the tile of A lies in its row: float4s change places so that four rows, 64 bytes each,
// read at one column fall into four different groups of banks.
__device__ __forceinline__ int swizzled(int row, int column) { return column ^ (row / 2 % 4 * 4); }

// Starts the copy of the rows x columns tile of `matrix` that begins at (row, column); zeros where the matrix ends.
template <bool wide, bool swizzle, int threads, int rows, int columns>
__device__ __forceinline__ void load_tile(float (&tile)[rows][columns], const float* matrix, int row, int column,
                                          int matrix_rows, int matrix_columns) {
  constexpr int width = wide ? 4 : 1;  // elements a copy: 16 bytes, or 4 where rows start anywhere
#pragma unroll 1                       // the addresses of unrolled copies would crowd out sums
  for (int e = threadIdx.x * width; e < rows * columns; e += threads * width) {
    const int i = e / columns, j = e % columns;
    const int r = row + i, c = column + j;
    const bool inside = r < matrix_rows && c < matrix_columns;
    async_copy_or_zero<width * sizeof(float)>(&tile[i][swizzle ? swizzled(i, j) : j],
                                              inside ? &matrix[at(r, c, matrix_columns)] : matrix, inside);
  }
}

// Each block owns a tile of C, each warp a rectangle of it, each lane every fourth row of the rectangle and, of every
// 32 columns, four.
template <class S, bool wide>
__global__ void __launch_bounds__(S::kThreads, wide ? S::kBlocks : 1)
    gemm_warp_tile(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  __shared__ __align__(16) float tile_a[S::kStages][S::kTileM][kTileK];  // rows of C x the sum, swizzled
  __shared__ __align__(16) float tile_b[S::kStages][kTileK][S::kTileN];  // the sum x columns of C
  constexpr int kWarpColumns = S::kTileN / S::kWarpN;
  //! [kernel]
  const int row = blockIdx.y * S::kTileM, column = blockIdx.x * S::kTileN;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int thread_row = warp / kWarpColumns * S::kWarpM + lane / kLaneColumns;         // and every 4th below
  const int thread_column = warp % kWarpColumns * S::kWarpN + lane % kLaneColumns * 4;  // and every 32nd group of four

  // Starts the copies of the tiles at k.
  const auto load = [&](int stage, int k) {
    if (k < K) {
      load_tile<wide, true, S::kThreads>(tile_a[stage], A, row, k, M, K);
      load_tile<wide, false, S::kThreads>(tile_b[stage], B, k, column, K, N);
    }
    async_copy_commit();  // a group may be empty: the wait below counts groups
  };

  float sum[S::kThreadM][S::kThreadN] = {};
  for (int stage = 0; stage < S::kStages - 1; ++stage) load(stage, stage * kTileK);
  for (int k = 0, stage = 0; k < K; k += kTileK, stage = (stage + 1) % S::kStages) {
    // Wait for this stage; all threads have then also left the stage before it, which is filled anew.
    async_copy_wait<S::kStages - 2>();
    __syncthreads();
    load((stage + S::kStages - 1) % S::kStages, k + (S::kStages - 1) * kTileK);

    // Multiply: the thread's elements of A by those of B, for four steps of the sum at a time.
#pragma unroll
    for (int l = 0; l < kTileK; l += 4) {
      __align__(16) float a[S::kThreadM][4];
      __align__(16) float b[S::kThreadN];
#pragma unroll
      for (int i = 0; i < S::kThreadM; ++i) {
        const int r = thread_row + i * kLaneRows;
        store_float4(a[i], load_float4(&tile_a[stage][r][swizzled(r, l)]));
      }
#pragma unroll
      for (int step = 0; step < 4; ++step) {
#pragma unroll
        for (int j = 0; j < S::kThreadN; j += 4) {
          store_float4(&b[j], load_float4(&tile_b[stage][l + step][thread_column + j * kLaneColumns]));
        }
#pragma unroll
        for (int i = 0; i < S::kThreadM; ++i) {
#pragma unroll
          for (int j = 0; j < S::kThreadN; ++j) sum[i][j] += a[i][step] * b[j];
        }
      }
    }
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < S::kThreadM; ++i) {
#pragma unroll
    for (int j = 0; j < S::kThreadN; j += 4) {
      update4<wide>(C, row + thread_row + i * kLaneRows, column + thread_column + j * kLaneColumns, M, N, alpha,
                    &sum[i][j], beta);
    }
  }
}

template <class S>
void run(const Gemm<float>& problem) {
  for_each_slab(problem, S::kTileM, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, S::kTileN), tiles(p.M, S::kTileM));
    launch(loads_aligned<4>(p) ? gemm_warp_tile<S, true> : gemm_warp_tile<S, false>,
           {.grid = grid, .block = dim3(S::kThreads), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

struct Configuration {
  int tile_m, tile_n;
  void (*run)(const Gemm<float>&);
};

template <class S>
constexpr Configuration configuration() {
  return {S::kTileM, S::kTileN, run<S>};
}

// Largest first: the larger the tile, the more often each byte fetched is used.
constexpr Configuration kConfigurations[] = {
    configuration<Shape<128, 256, 64, 64, 2>>(),  // 16 x 8 a thread: 0.125 bytes of shared memory per FMA
    configuration<Shape<128, 128, 32, 64, 3>>(),  // 8 x 8: 0.19
    configuration<Shape<64, 128, 32, 64, 3>>(),   // 8 x 8
    configuration<Shape<64, 64, 32, 32, 3>>(),    // 8 x 4: 0.25
    configuration<Shape<32, 32, 16, 32, 4>>(),    // 4 x 4: 0.38
};

}  // namespace

int gemm_g9_configurations() { return static_cast<int>(std::size(kConfigurations)); }

void gemm_g9_with(int number, const Gemm<float>& problem) {
  if (number < 0 || number >= gemm_g9_configurations()) {
    throw std::out_of_range("gemm_g9: no configuration " + std::to_string(number) + ", there are " +
                            std::to_string(gemm_g9_configurations()));
  }
  kConfigurations[number].run(problem);
}

int gemm_g9_choice(int M, int N, int multiprocessors) {
  int number = 0;
  for (; number < gemm_g9_configurations() - 1; ++number) {
    const Configuration& c = kConfigurations[number];
    if (static_cast<long>(tiles(M, c.tile_m)) * tiles(N, c.tile_n) >= multiprocessors) break;
  }
  return number;
}

void gemm_g9(const Gemm<float>& problem) {
  gemm_g9_with(gemm_g9_choice(problem.M, problem.N, multiprocessors()), problem);
}

}  // namespace cadena::cuda::ladder

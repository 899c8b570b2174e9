// G3, shared tile: the block fetches a tile of A and a tile of B once, and all of its threads read them there.
//
// New: the sum runs over tiles of 32; the block copies 32 x 32 elements of A and of B to shared memory, waits,
//   multiplies, waits, and goes on. Elements beyond the edge are zeros, which add nothing.
// Why: every element fetched from memory is now used 32 times (by the 32 threads of its row or column of the tile).
// Metric: arithmetic intensity, FLOP per byte fetched: from 0.25 (two FLOP for two floats) to 32 / 4 = 8.
// Expect: 13 to 20 % of cuBLAS; each FMA still needs two loads from shared memory, and those are the limit now.
// Next: let a thread own several elements of C and keep what it has loaded in registers (G4).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTile = 32;

// Each block owns a 32 x 32 tile of C, each thread one element of it; the lanes of a warp own 32 columns of one row.
__global__ void gemm_shared_tile(int M, int N, int K, float alpha, const float* A, const float* B, float beta,
                                 float* C) {
  __shared__ float tile_a[kTile][kTile];  // rows of C x the sum
  __shared__ float tile_b[kTile][kTile];  // the sum x columns of C
  //! [kernel]
  const int row = blockIdx.y * kTile + threadIdx.y;
  const int column = blockIdx.x * kTile + threadIdx.x;

  float sum = 0;
  for (int k = 0; k < K; k += kTile) {
    // Load the tiles: each thread one element of each.
    const int i = k + threadIdx.x, j = k + threadIdx.y;
    tile_a[threadIdx.y][threadIdx.x] = row < M && i < K ? A[at(row, i, K)] : 0.0f;
    tile_b[threadIdx.y][threadIdx.x] = j < K && column < N ? B[at(j, column, N)] : 0.0f;
    __syncthreads();

    // Multiply.
    for (int l = 0; l < kTile; ++l) sum += tile_a[threadIdx.y][l] * tile_b[l][threadIdx.x];
    __syncthreads();
  }
  //! [kernel]

  // Store.
  if (row < M && column < N) update(&C[at(row, column, N)], alpha, sum, beta);
}

}  // namespace

void gemm_g3(const Gemm<float>& problem) {
  for_each_slab(problem, kTile, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, kTile), tiles(p.M, kTile));
    launch(gemm_shared_tile, {.grid = grid, .block = dim3(kTile, kTile), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

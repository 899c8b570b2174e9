// X2, shared tile: rows in, rows out.
//
// New: the block writes its tile into shared memory row by row, waits, and reads it column by column, so that each warp
//   stores 32 neighbours of a row of the result.
// Why: shared memory has no sectors; its banks deliver any 32 words at once, as long as each lies in another bank.
// Metric: sectors per store request: from 32 to 4.
// Expect: 40 to 70 % of the bandwidth of a copy. The words of a column lie 128 bytes apart and so in one bank: a shared
//   load takes 32 wavefronts.
// Next: shift each row by one bank (X3).
#include "cuda/ladder/transpose/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTile = 32;

// Each block owns a 32 x 32 tile, each thread one element of it on the way in and another on the way out.
// The tiles are counted row by row, for only the first dimension of a grid goes beyond 65,535.
__global__ void transpose_shared_tile(int rows, int columns, const float* in, float* out) {
  __shared__ float tile[kTile][kTile];
  const int tiles_across = tiles(columns, kTile);
  const int row = blockIdx.x / tiles_across * kTile, column = blockIdx.x % tiles_across * kTile;

  // Load: a row of the tile for each warp.
  const int r = row + threadIdx.y, c = column + threadIdx.x;
  if (r < rows && c < columns) tile[threadIdx.y][threadIdx.x] = in[at(r, c, columns)];
  __syncthreads();

  // Store: a column of the tile for each warp, a row of the result.
  const int out_row = column + threadIdx.y, out_column = row + threadIdx.x;
  if (out_row < columns && out_column < rows) out[at(out_row, out_column, rows)] = tile[threadIdx.x][threadIdx.y];
}

}  // namespace

void transpose_x2(const Transpose& p) {
  if (p.rows == 0 || p.columns == 0) return;
  const unsigned blocks = static_cast<unsigned>(tiles(p.rows, kTile)) * tiles(p.columns, kTile);
  launch(transpose_shared_tile, {.grid = dim3(blocks), .block = dim3(kTile, kTile), .stream = p.stream},  //
         p.rows, p.columns, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

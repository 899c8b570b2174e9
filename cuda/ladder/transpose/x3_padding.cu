// X3, padding: no bank conflicts.
//
// New: a row of the tile is 33 words long, one more than there are banks; nothing else.
// Why: word (r, c) now lies in bank (33 r + c) mod 32 = (r + c) mod 32. The 32 words of a column fall into 32 banks,
//   and so do those of a row.
// Metric: wavefronts per shared load: from 32 to 1.
// Expect: 75 to 95 % of the bandwidth of a copy.
// Next: move 16 bytes an instruction, and keep the banks apart without padding (X4).
#include "cuda/ladder/transpose/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTile = 32;

// Each block owns a 32 x 32 tile, each thread one element of it on the way in and another on the way out.
// The tiles are counted row by row, for only the first dimension of a grid goes beyond 65,535.
__global__ void transpose_padding(int rows, int columns, const float* in, float* out) {
  __shared__ float tile[kTile][kTile + 1];
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

void transpose_x3(const Transpose& p) {
  if (p.rows == 0 || p.columns == 0) return;
  const unsigned blocks = static_cast<unsigned>(tiles(p.rows, kTile)) * tiles(p.columns, kTile);
  launch(transpose_padding, {.grid = dim3(blocks), .block = dim3(kTile, kTile), .stream = p.stream},  //
         p.rows, p.columns, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

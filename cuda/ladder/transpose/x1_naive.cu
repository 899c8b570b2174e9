// X1, naive: a thread for each element.
//
// New: out(column, row) = in(row, column), one thread for one element.
// Why it is slow: the lanes of a warp read 32 neighbours of a row and write them into 32 different rows of the result.
//   The store touches 32 sectors of 32 bytes for 128 bytes of data.
// Metric: sectors per request: loads 4, the ideal; stores 32, where 4 would carry the same bytes.
// Expect: 10 to 35 % of the bandwidth of a copy; the L2 cache collects some of the sectors before they reach memory.
// Next: turn the tile around in shared memory, where single words cost no more than rows (X2).
#include "cuda/ladder/transpose/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTile = 32;

// Each block owns a 32 x 32 tile, each thread one element of it; the lanes of a warp own 32 columns of one row. The
// tiles are counted row by row, for only the first dimension of a grid goes beyond 65,535.
__global__ void transpose_naive(int rows, int columns, const float* in, float* out) {
  const int tiles_across = tiles(columns, kTile);
  const int row = blockIdx.x / tiles_across * kTile, column = blockIdx.x % tiles_across * kTile;

  const int r = row + threadIdx.y, c = column + threadIdx.x;
  if (r < rows && c < columns) out[at(c, r, rows)] = in[at(r, c, columns)];
}

}  // namespace

void transpose_x1(const Transpose& p) {
  if (p.rows == 0 || p.columns == 0) return;
  const unsigned blocks = static_cast<unsigned>(tiles(p.rows, kTile)) * tiles(p.columns, kTile);
  launch(transpose_naive, {.grid = dim3(blocks), .block = dim3(kTile, kTile), .stream = p.stream},  //
         p.rows, p.columns, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

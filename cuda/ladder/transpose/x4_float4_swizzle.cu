// X4, float4 and a swizzle: 16 bytes an instruction.
//
// New: a thread loads four neighbours of a row, and stores four neighbours of a row of the result, which it gathers
//   from four rows of the tile. Padding would break the float4s; instead those of row r change places by an exclusive
//   or with r / 4.
// Why: a quarter of the requests. Gathering, the eight lanes of a row of the result read rows 4 g + i (g = 0 … 7) of
//   the tile; r / 4 differs among them, so they fall into eight different groups of four banks.
// Metric: bytes per global request: from 128 to 512, 16 sectors. Wavefronts per shared load stay 1, per float4 store 4.
// Expect: 85 to 100 % of the bandwidth of a copy.
// Next: the end of this ladder. The same swizzle keeps the tiles of a matrix product apart (G9, T3).
#include "cuda/ladder/transpose/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kTile = 32;
constexpr int kThreads = kTile * kTile / 4;

// Where element (r, c) of the tile lies in its row.
__device__ __forceinline__ int swizzled(int r, int c) { return c ^ (r / 4 * 4); }

// Each block owns a 32 x 32 tile, each thread four neighbours of a row of it on the way in and four neighbours of a row
// of the result on the way out. The tiles are counted row by row, for only the first dimension of a grid goes beyond
// 65,535.
template <bool wide>
__global__ void __launch_bounds__(kThreads) transpose_float4(int rows, int columns, const float* in, float* out) {
  __shared__ __align__(16) float tile[kTile][kTile];
  const int tiles_across = tiles(columns, kTile);
  const int row = blockIdx.x / tiles_across * kTile, column = blockIdx.x % tiles_across * kTile;
  const int r = threadIdx.x / (kTile / 4), c = threadIdx.x % (kTile / 4) * 4;

  // Load: four rows of the tile for each warp.
  store_float4(&tile[r][swizzled(r, c)], load4<wide>(in, row + r, column + c, rows, columns));
  __syncthreads();

  // Store: four columns of the tile for each warp, rows of the result.
  float value[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) value[i] = tile[c + i][swizzled(c + i, r)];
  const int out_row = column + r, out_column = row + c;
  if constexpr (wide) {
    if (out_row < columns && out_column < rows) {
      store_float4(&out[at(out_row, out_column, rows)], make_float4(value[0], value[1], value[2], value[3]));
    }
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (out_row < columns && out_column + i < rows) out[at(out_row, out_column + i, rows)] = value[i];
    }
  }
}

}  // namespace

void transpose_x4(const Transpose& p) {
  if (p.rows == 0 || p.columns == 0) return;
  const unsigned blocks = static_cast<unsigned>(tiles(p.rows, kTile)) * tiles(p.columns, kTile);
  const bool wide = loads_aligned<4>(p.in, p.columns) && loads_aligned<4>(p.out, p.rows);
  launch(wide ? transpose_float4<true> : transpose_float4<false>,
         {.grid = dim3(blocks), .block = dim3(kThreads), .stream = p.stream},  //
         p.rows, p.columns, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

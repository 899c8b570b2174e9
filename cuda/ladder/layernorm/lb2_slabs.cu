// LB2, slabs: partial sums, then their sum; the same digits each time.
//
// New: for dw and db, the matrix is cut into slabs of rows. A block adds up 32 columns of a slab, a warp every eighth
//   row; the sums of the eight warps meet in shared memory, and each slab stores its sums in a place of its own. A last
//   kernel adds the slabs. dx is as before.
// Why: an addition to a register replaces an atomic to memory. Which number is added to which depends on the size
//   alone, so the result is the same, to the bit, in every run.
// Metric: atomics per element: from 2 to 0.
// Expect: 40 to 60 % of the bandwidth of a copy.
// Next: dy and x are read three times; once is enough (LB3).
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/ladder/row.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kSlabRows = 64;  // of a slab, where that does not make too many

// Each block owns a row of dx, each thread every 256th group of four neighbours of it.
template <bool wide>
__global__ void __launch_bounds__(kThreads) layer_norm_dx(LayerNormGradient p) {
  __shared__ float partial[32];
  const int row = blockIdx.x;
  const float* dy = p.dy + at(row, 0, p.columns);
  const float* x = p.x + at(row, 0, p.columns);
  const float n = static_cast<float>(p.columns), mean = p.mean[row], rstd = p.rstd[row];

  // The means of g and g x̂.
  float sum_g = 0, sum_gx = 0;
  const auto add = [&](float d, float v, float w) {
    sum_g += d * w;
    sum_gx += d * w * ((v - mean) * rstd);
  };
  for_each_in_row<wide>(0, p.columns, add, dy, x, p.weight);
  const float mean_g = block_sum(sum_g, partial) / n, mean_gx = block_sum(sum_gx, partial) / n;

  // The result.
  const auto slope = [&](float d, float v, float w) { return rstd * (d * w - mean_g - (v - mean) * rstd * mean_gx); };
  map_row<wide>(0, p.columns, p.dx + at(row, 0, p.columns), slope, dy, x, p.weight);
}

// Each block owns 32 columns of a slab, each warp every eighth row of it, each lane a column. Slab s stores its sums
// for dw in row 2 s of `slabs`, those for db in row 2 s + 1.
__global__ void __launch_bounds__(kThreads) layer_norm_parameters_of_slab(LayerNormGradient p, int slab_rows) {
  __shared__ float sum_w[kWarps][32], sum_b[kWarps][32];
  const int across = tiles(p.columns, 32), slab = blockIdx.x / across;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, c = blockIdx.x % across * 32 + lane;
  const int begin = slab * slab_rows, end = p.rows - begin < slab_rows ? p.rows : begin + slab_rows;

  //! [kernel]
  // The terms of this thread.
  float w = 0, b = 0;
  for (int row = begin + warp; row < end && c < p.columns; row += kWarps) {
    const float dy = p.dy[at(row, c, p.columns)];
    w += dy * ((p.x[at(row, c, p.columns)] - p.mean[row]) * p.rstd[row]);
    b += dy;
  }
  sum_w[warp][lane] = w;
  sum_b[warp][lane] = b;
  __syncthreads();

  // The first warp adds what the others have found.
  if (warp != 0 || c >= p.columns) return;
  for (int other = 1; other < kWarps; ++other) {
    w += sum_w[other][lane];
    b += sum_b[other][lane];
  }
  //! [kernel]
  p.slabs[at(2 * slab, c, p.columns)] = w;
  p.slabs[at(2 * slab + 1, c, p.columns)] = b;
}

// Each thread owns a column of dw and db.
__global__ void __launch_bounds__(kThreads) layer_norm_sum_of_slabs(LayerNormGradient p, int slabs) {
  const int c = blockIdx.x * kThreads + threadIdx.x;
  if (c >= p.columns) return;
  float w = 0, b = 0;
  for (int slab = 0; slab < slabs; ++slab) {
    w += p.slabs[at(2 * slab, c, p.columns)];
    b += p.slabs[at(2 * slab + 1, c, p.columns)];
  }
  p.dweight[c] = w;
  p.dbias[c] = b;
}

}  // namespace

void layer_norm_lb2(const LayerNormGradient& p) {
  if (p.columns == 0) return;
  const int slab_rows = layer_norm_slab_rows(p.rows, kSlabRows), slabs = tiles(p.rows, slab_rows);
  if (p.rows > 0) {
    const bool wide = loads_aligned<4>(p.dy, p.columns) && loads_aligned<4>(p.x, p.columns) &&
                      loads_aligned<4>(p.dx, p.columns) && is_aligned<4>(p.weight);
    launch(wide ? layer_norm_dx<true> : layer_norm_dx<false>,
           {.grid = dim3(p.rows), .block = dim3(kThreads), .stream = p.stream}, p);
    launch(layer_norm_parameters_of_slab,
           {.grid = dim3(static_cast<unsigned>(slabs) * tiles(p.columns, 32)),
            .block = dim3(kThreads),
            .stream = p.stream},
           p, slab_rows);
  }
  launch(layer_norm_sum_of_slabs,
         {.grid = dim3(tiles(p.columns, kThreads)), .block = dim3(kThreads), .stream = p.stream}, p, slabs);
}

}  // namespace cadena::cuda::ladder

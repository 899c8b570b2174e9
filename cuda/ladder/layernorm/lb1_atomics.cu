// LB1, atomics: dx by rows, the cotangents of weight and bias by two additions for each element.
//
// New: one kernel walks along each row twice: once for the means of g and g x̂ (g = dy w, x̂ = (x - mean) rstd), once
//   to write dx = rstd (g - mean(g) - x̂ mean(g x̂)). A second one adds dy x̂ to dw and dy to db of its column.
// Why it is slow: all rows add to the same n addresses, and additions to one address go one after the other. Their
//   order differs from run to run, and with it the last digits of dw and db.
// Metric: atomics per element: 2.
// Expect: 5 to 20 % of the bandwidth of a copy.
// Next: add up many rows before anything is stored (LB2).
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/ladder/row.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each block owns a row of dx, each thread every 256th group of four neighbours of it.
template <bool wide>
__global__ void __launch_bounds__(kThreads) layer_norm_dx(LayerNormGradient p) {
  __shared__ float partial[32];
  const int row = blockIdx.x;
  const float* dy = p.dy + at(row, 0, p.columns);
  const float* x = p.x + at(row, 0, p.columns);
  const float n = static_cast<float>(p.columns), mean = p.mean[row], rstd = p.rstd[row];

  //! [kernel]
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
  //! [kernel]
}

// Each block owns the terms of a row, each thread every 256th of them.
__global__ void __launch_bounds__(kThreads) layer_norm_parameters_atomic(LayerNormGradient p) {
  const int row = blockIdx.x;
  const float* dy = p.dy + at(row, 0, p.columns);
  const float* x = p.x + at(row, 0, p.columns);
  const float mean = p.mean[row], rstd = p.rstd[row];
  for (int c = threadIdx.x; c < p.columns; c += kThreads) {
    atomicAdd(&p.dweight[c], dy[c] * ((x[c] - mean) * rstd));
    atomicAdd(&p.dbias[c], dy[c]);
  }
}

}  // namespace

void layer_norm_lb1(const LayerNormGradient& p) {
  if (p.columns == 0) return;
  check(cudaMemsetAsync(p.dweight, 0, static_cast<std::size_t>(p.columns) * sizeof(float), p.stream),
        "layer norm: clearing a result");
  check(cudaMemsetAsync(p.dbias, 0, static_cast<std::size_t>(p.columns) * sizeof(float), p.stream),
        "layer norm: clearing a result");
  if (p.rows == 0) return;
  const bool wide = loads_aligned<4>(p.dy, p.columns) && loads_aligned<4>(p.x, p.columns) &&
                    loads_aligned<4>(p.dx, p.columns) && is_aligned<4>(p.weight);
  const Launch how{.grid = dim3(p.rows), .block = dim3(kThreads), .stream = p.stream};
  launch(wide ? layer_norm_dx<true> : layer_norm_dx<false>, how, p);
  launch(layer_norm_parameters_atomic, how, p);
}

}  // namespace cadena::cuda::ladder

// L4, one read: the row stays in registers.
//
// New: each thread keeps its share of the row, up to 32 elements, in registers; mean, variance and result are computed
//   from these. A row of up to 8,192 elements fits; longer ones take the way of L3.
// Why: x is read once instead of three times. The two passes over registers are as accurate as ever, which one pass
//   over memory by Welford's recurrence would be too, at the price of a division for each element.
// Metric: bytes moved per element: from 24 to 16. Of these 8 are w and b, which every row reads again from a cache; an
//   ideal layer norm moves 8.
// Expect: 80 to 95 % of the bandwidth of a copy.
// Next: the way back (LB1).
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/ladder/row.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each block owns a row, each thread kEach elements of it, in groups of four neighbours.
template <bool wide, int kEach>
__global__ void __launch_bounds__(kThreads) layer_norm_registers(LayerNorm p) {
  __shared__ float partial[32];
  const int row = blockIdx.x;
  const float n = static_cast<float>(p.columns);
  //! [kernel]
  RowShare<wide, kEach> x;
  x.load(p.x + at(row, 0, p.columns), p.columns);

  // The mean.
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kEach; ++i) sum += x.v[i];
  const float mean = block_sum(sum, partial) / n;

  // The variance around it. What lies beyond the end of the row has no distance.
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    x.v[i] = x.column(i) < p.columns ? x.v[i] - mean : 0;
    squares += x.v[i] * x.v[i];
  }
  const float rstd = 1 / sqrtf(block_sum(squares, partial) / n + p.eps);

  // The result.
  RowShare<wide, kEach> weight, bias;
  weight.load(p.weight, p.columns);
  bias.load(p.bias, p.columns);
#pragma unroll
  for (int i = 0; i < kEach; ++i) x.v[i] = x.v[i] * rstd * weight.v[i] + bias.v[i];
  x.store(p.y + at(row, 0, p.columns), p.columns);
  //! [kernel]
  if (threadIdx.x == 0) {
    p.mean[row] = mean;
    p.rstd[row] = rstd;
  }
}

}  // namespace

void layer_norm_l4(const LayerNorm& p) {
  if (p.rows == 0 || p.columns == 0) return;
  if (p.columns > 32 * kThreads) return layer_norm_l3(p);
  const bool wide = loads_aligned<4>(p.x, p.columns) && loads_aligned<4>(p.y, p.columns) && is_aligned<4>(p.weight) &&
                    is_aligned<4>(p.bias);
  const bool small = p.columns <= 8 * kThreads;
  launch(small  ? wide ? layer_norm_registers<true, 8> : layer_norm_registers<false, 8>
          : wide ? layer_norm_registers<true, 32>
                : layer_norm_registers<false, 32>,
         {.grid = dim3(p.rows), .block = dim3(kThreads), .stream = p.stream}, p);
}

}  // namespace cadena::cuda::ladder

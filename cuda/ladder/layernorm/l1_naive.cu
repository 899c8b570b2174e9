// L1, naive: a thread for each row.
//
// New: a thread adds up its row for the mean, adds up the squares of the distances from it for the variance, and writes
//   y = (x - mean) rstd w + b. The formula as it stands in cuda/ladder/layernorm/steps.h. The variance in one pass, as
//   the mean of x^2 less mean^2, would cancel where the mean is large.
// Why it is slow: the lanes of a warp read 32 rows at once, each 4 of the 32 bytes of a sector; neighbours come later,
//   when the sector may be gone. There are as many threads as rows: a GPU wants 200,000.
// Metric: sectors per request of the worst load: 32.
// Expect: 3 to 15 % of the bandwidth of a copy.
// Next: let neighbouring lanes read neighbours (L2).
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each thread owns a row.
__global__ void __launch_bounds__(kThreads) layer_norm_naive(LayerNorm p) {
  const unsigned row = blockIdx.x * kThreads + threadIdx.x;
  if (row >= static_cast<unsigned>(p.rows)) return;
  const float* x = p.x + at(row, 0, p.columns);
  float* y = p.y + at(row, 0, p.columns);
  const float n = static_cast<float>(p.columns);

  //! [kernel]
  // The mean.
  float sum = 0;
  for (int c = 0; c < p.columns; ++c) sum += x[c];
  const float mean = sum / n;

  // The variance around it.
  float squares = 0;
  for (int c = 0; c < p.columns; ++c) squares += (x[c] - mean) * (x[c] - mean);
  const float rstd = 1 / sqrtf(squares / n + p.eps);

  // The result.
  for (int c = 0; c < p.columns; ++c) y[c] = (x[c] - mean) * rstd * p.weight[c] + p.bias[c];
  //! [kernel]
  p.mean[row] = mean;
  p.rstd[row] = rstd;
}

}  // namespace

void layer_norm_l1(const LayerNorm& p) {
  if (p.rows == 0 || p.columns == 0) return;
  launch(layer_norm_naive, {.grid = dim3(tiles(p.rows, kThreads)), .block = dim3(kThreads), .stream = p.stream}, p);
}

}  // namespace cadena::cuda::ladder

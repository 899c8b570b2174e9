// P2, pairs: a thread for each pair.
//
// New: a lane loads a pair as one float2, turns it, and stores it as one; where pairs are not aligned to 8 bytes, as
//   two floats.
// Why: the angle is found once for both elements, and both are loaded once.
// Metric: special functions per element: from 2 to 1. Bytes moved per element: from 12 to 8.
// Expect: 20 to 50 % of the bandwidth of a copy.
// Next: the angles are the same in every sequence and every head; find them once (P3).
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kWarps = 8;

// Each warp owns the pairs at one position of one sequence, each lane every 32nd of them.
template <bool wide>
__global__ void __launch_bounds__(32 * kWarps) rotary_pairs(Rotary p, unsigned rows) {
  using Pair = Vector<float, 2>;
  const unsigned row = blockIdx.x * kWarps + threadIdx.y;
  if (row >= rows) return;
  const float* x = p.in + at(row, 0, 2 * p.pairs);
  float* y = p.out + at(row, 0, 2 * p.pairs);
  const auto position = static_cast<float>(row % p.positions);

  for (int i = threadIdx.x; i < p.pairs; i += 32) {
    const float angle = position * powf(p.base, -static_cast<float>(i) / static_cast<float>(p.pairs));
    float sine, cosine;
    sincosf(angle, &sine, &cosine);
    const Pair in = wide ? load_vector<2>(&x[2 * i]) : Pair{x[2 * i], x[2 * i + 1]};
    const Pair out{in[0] * cosine - in[1] * sine, in[0] * sine + in[1] * cosine};
    if constexpr (wide) {
      store_vector(&y[2 * i], out);
    } else {
      y[2 * i] = out[0];
      y[2 * i + 1] = out[1];
    }
  }
}

}  // namespace

void rotary_p2(const Rotary& p) {
  const auto rows = static_cast<unsigned>(at(p.sequences, 0, p.positions));
  if (rows == 0 || p.pairs == 0) return;
  const bool wide = is_aligned<2>(p.in) && is_aligned<2>(p.out);
  launch(wide ? rotary_pairs<true> : rotary_pairs<false>,
         {.grid = dim3((rows + kWarps - 1) / kWarps), .block = dim3(32, kWarps), .stream = p.stream}, p, rows);
}

}  // namespace cadena::cuda::ladder

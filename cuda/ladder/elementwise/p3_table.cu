// P3, table: cosines and sines once for all sequences.
//
// New: a first kernel writes cosine and sine of each position and pair; a second one turns two pairs a lane, one float4
//   of numbers by one of the table, where rows start at multiples of 16 bytes, else one pair. Heads count as sequences:
//   a batch has hundreds.
// Why: a load from a cache is cheaper than a power, a sine and a cosine. Found so rarely, the angles can be had in f64:
//   at position 100,000 an angle in f32 is off by 1/100, which P1 and P2 cannot help.
// Metric: special functions per element, for 8 sequences: from 1 to 1 / 8. Bytes moved per element grow from 8 to 12,
//   a third of them from the cache, and a little more for the table itself.
// Expect: 75 to 95 % of the bandwidth of a copy.
// Next: the end of this ladder. Attention can turn queries and keys while it loads them.
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kWarps = 8;

// Each warp owns a position, each lane every 32nd pair.
__global__ void __launch_bounds__(32 * kWarps) rotary_turns(Rotary p) {
  const unsigned position = blockIdx.x * kWarps + threadIdx.y;
  if (position >= static_cast<unsigned>(p.positions)) return;
  float* turns = p.turns + at(position, 0, 2 * p.pairs);
  for (int i = threadIdx.x; i < p.pairs; i += 32) {
    const double angle = position * pow(p.base, -static_cast<double>(i) / p.pairs);
    double sine, cosine;
    sincos(angle, &sine, &cosine);
    turns[2 * i] = static_cast<float>(cosine);
    turns[2 * i + 1] = static_cast<float>(sine);
  }
}

// Each warp owns the pairs at one position of one sequence, each lane every 32nd group of `width` numbers.
template <int width>
__global__ void __launch_bounds__(32 * kWarps) rotary_by_table(Rotary p, unsigned rows) {
  const unsigned row = blockIdx.x * kWarps + threadIdx.y;
  if (row >= rows) return;
  const float* x = p.in + at(row, 0, 2 * p.pairs);
  float* y = p.out + at(row, 0, 2 * p.pairs);
  const float* turns = p.turns + at(row % p.positions, 0, 2 * p.pairs);

  for (int c = width * threadIdx.x; c < 2 * p.pairs; c += width * 32) {
    if constexpr (width == 4) {
      const float4 in = load_float4(&x[c]), turn = load_float4(&turns[c]);
      store_float4(&y[c], make_float4(in.x * turn.x - in.y * turn.y, in.x * turn.y + in.y * turn.x,
                                      in.z * turn.z - in.w * turn.w, in.z * turn.w + in.w * turn.z));
    } else {
      const float a = x[c], b = x[c + 1], cosine = turns[c], sine = turns[c + 1];
      y[c] = a * cosine - b * sine;
      y[c + 1] = a * sine + b * cosine;
    }
  }
}

}  // namespace

void rotary_p3(const Rotary& p) {
  const auto rows = static_cast<unsigned>(at(p.sequences, 0, p.positions));
  if (rows == 0 || p.pairs == 0) return;
  const dim3 block(32, kWarps);
  launch(rotary_turns, {.grid = dim3(tiles(p.positions, kWarps)), .block = block, .stream = p.stream}, p);
  const bool wide =
      loads_aligned<4>(p.in, 2 * p.pairs) && loads_aligned<4>(p.out, 2 * p.pairs) && is_aligned<4>(p.turns);
  launch(wide ? rotary_by_table<4> : rotary_by_table<2>,
         {.grid = dim3((rows + kWarps - 1) / kWarps), .block = block, .stream = p.stream}, p, rows);
}

}  // namespace cadena::cuda::ladder

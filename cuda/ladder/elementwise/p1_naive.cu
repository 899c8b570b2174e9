// P1, naive: a thread for each element turns it by an angle of its own.
//
// New: an element of a pair needs the other one, a power for the frequency, and sine and cosine of the angle, which it
//   all finds by itself. A warp walks along one position of one sequence, so that its lanes read neighbours.
// Why it is slow: the two elements of a pair share the angle, but both compute it: two special functions an element,
//   some hundred instructions, for eight bytes. And both load both.
// Metric: special functions per element: 2.
// Expect: 10 to 30 % of the bandwidth of a copy.
// Next: one thread for a pair (P2).
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kWarps = 8;

// Each warp owns the elements at one position of one sequence, each lane every 32nd of them.
__global__ void __launch_bounds__(32 * kWarps) rotary_naive(Rotary p, unsigned rows) {
  const unsigned row = blockIdx.x * kWarps + threadIdx.y;
  if (row >= rows) return;
  const float* x = p.in + at(row, 0, 2 * p.pairs);
  float* y = p.out + at(row, 0, 2 * p.pairs);
  const auto position = static_cast<float>(row % p.positions);

  for (int c = threadIdx.x; c < 2 * p.pairs; c += 32) {
    const int pair = c / 2;
    const float angle = position * powf(p.base, -static_cast<float>(pair) / static_cast<float>(p.pairs));
    float sine, cosine;
    sincosf(angle, &sine, &cosine);
    const float a = x[c - c % 2], b = x[c - c % 2 + 1];
    y[c] = c % 2 == 0 ? a * cosine - b * sine : a * sine + b * cosine;
  }
}

}  // namespace

void rotary_p1(const Rotary& p) {
  const auto rows = static_cast<unsigned>(at(p.sequences, 0, p.positions));
  if (rows == 0 || p.pairs == 0) return;
  launch(rotary_naive, {.grid = dim3((rows + kWarps - 1) / kWarps), .block = dim3(32, kWarps), .stream = p.stream},  //
         p, rows);
}

}  // namespace cadena::cuda::ladder

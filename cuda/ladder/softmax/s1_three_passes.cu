// S1, three passes: the largest logit, the sum of exponentials, the quotients.
//
// New: a block for each row. It reads the row once for the maximum m, once for the sum s of e^(x - m), and once to
//   write e^(x - m) / s. Subtracting m keeps e^x from overflowing; the quotient is the same. What 256 threads found is
//   folded in shared memory by halves.
// Why it is slow: a fold costs ten barriers, and at each of them the whole block waits while most threads have nothing
//   to fold. The row is read three times; only a row that stays in a cache costs memory one read.
// Metric: barriers per block: 20.
// Expect: 30 to 60 % of the bandwidth of a copy.
// Next: let lanes fold in registers (S2).
#include "cuda/ladder/softmax/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Folds one value a thread; every thread of the block gets the result. In each round half of the threads own two
// values.
template <class Fold>
__device__ __forceinline__ float tree_fold(float value, Fold fold) {
  __shared__ float values[kThreads];
  values[threadIdx.x] = value;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    const int i = static_cast<int>(threadIdx.x);
    if (i < half) values[i] = fold(values[i], values[i + half]);
    __syncthreads();
  }
  const float result = values[0];
  __syncthreads();  // nobody writes the next values while somebody reads this one
  return result;
}

// Each block owns a row, each thread every 256th element of it.
__global__ void __launch_bounds__(kThreads) softmax_three_passes(int columns, const float* in, float* out) {
  const float* x = in + at(blockIdx.x, 0, columns);
  float* y = out + at(blockIdx.x, 0, columns);
  const int first = threadIdx.x;

  //! [kernel]
  // The largest logit.
  float m = -INFINITY;
  for (int c = first; c < columns; c += kThreads) m = fmaxf(m, x[c]);
  m = tree_fold(m, [](float a, float b) { return fmaxf(a, b); });

  // The sum of exponentials.
  float s = 0;
  for (int c = first; c < columns; c += kThreads) s += expf(x[c] - m);
  s = tree_fold(s, [](float a, float b) { return a + b; });

  // The quotients.
  for (int c = first; c < columns; c += kThreads) y[c] = expf(x[c] - m) / s;
  //! [kernel]
}

}  // namespace

void softmax_s1(const Softmax& p) {
  if (p.rows == 0 || p.columns == 0) return;
  launch(softmax_three_passes, {.grid = dim3(p.rows), .block = dim3(kThreads), .stream = p.stream},  //
         p.columns, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

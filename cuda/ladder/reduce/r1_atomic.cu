// R1, atomic: every element adds itself to the sum.
//
// New: one thread for each element, one atomicAdd for each thread.
// Why it is slow: all additions go to one address, and the memory system does them one after another. Their order
//   differs from run to run, and with it the last digits of the sum.
// Metric: atomics per element: 1.
// Expect: 1 to 5 % of the bandwidth of reading the numbers.
// Next: add within the block first (R2).
#include "cuda/ladder/reduce/steps.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each block owns 256 numbers, each thread one of them.
__global__ void __launch_bounds__(kThreads) sum_atomic(std::size_t count, const float* in, float* out) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < count) atomicAdd(out, in[i]);
}

}  // namespace

void sum_r1(const Sum& p) {
  check(cudaMemsetAsync(p.out, 0, sizeof(float), p.stream), "sum: clearing the result");
  if (p.count == 0) return;
  const auto blocks = static_cast<unsigned>((p.count + kThreads - 1) / kThreads);
  launch(sum_atomic, {.grid = dim3(blocks), .block = dim3(kThreads), .stream = p.stream}, p.count, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

// R2, shared tree: the block adds its 256 numbers, then one thread adds the block's sum.
//
// New: the numbers go to shared memory; 128 threads add the upper half to the lower, then 64, and so on: eight rounds.
// Why: 255 of 256 additions never leave the multiprocessor.
// Metric: atomics per element: from 1 to 1 / 256.
// Expect: 25 to 50 % of the bandwidth of reading the numbers: nine barriers for 1 KiB.
// Next: within a warp no barrier is needed (R3).
#include "cuda/ladder/reduce/steps.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each block owns 256 numbers, each thread one of them; in each round half of the threads own a sum of two.
__global__ void __launch_bounds__(kThreads) sum_shared_tree(std::size_t count, const float* in, float* out) {
  __shared__ float sum[kThreads];
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
  sum[threadIdx.x] = i < count ? in[i] : 0.0f;
  __syncthreads();

  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (static_cast<int>(threadIdx.x) < half) sum[threadIdx.x] += sum[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) atomicAdd(out, sum[0]);
}

}  // namespace

void sum_r2(const Sum& p) {
  check(cudaMemsetAsync(p.out, 0, sizeof(float), p.stream), "sum: clearing the result");
  if (p.count == 0) return;
  const auto blocks = static_cast<unsigned>((p.count + kThreads - 1) / kThreads);
  launch(sum_shared_tree, {.grid = dim3(blocks), .block = dim3(kThreads), .stream = p.stream}, p.count, p.in, p.out);
}

}  // namespace cadena::cuda::ladder

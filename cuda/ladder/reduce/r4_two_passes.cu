// R4, two passes: float4, grid stride, and the same sum each time.
//
// New: at most 1,024 blocks walk over all numbers, 16 bytes a thread and step; each block stores its sum in a place of
//   its own, and a second kernel of one block adds these. No atomics are left.
// Why: a thread has loads in flight instead of a start and an end to pay for, and a request moves 512 bytes. Which
//   number is added to which depends on the count alone: the sum is the same, to the bit, in every run and on every
//   GPU.
// Metric: bytes per load request: from 128 to 512. Atomics per element: from 1 / 256 to 0.
// Expect: 85 to 100 % of the bandwidth of reading the numbers.
// Next: the end of this ladder; softmax and layer norm begin here.
#include <algorithm>

#include "cuda/ladder/reduce/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// The sum over the lanes of a warp, in every lane: lane l adds lane l xor 16, then l xor 8, and so on.
__device__ __forceinline__ float warp_total(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

// The sum over the threads of a block, in the lanes of its first warp.
__device__ __forceinline__ float block_total(float value) {
  __shared__ float sum[kThreads / 32];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  value = warp_total(value);
  if (lane == 0) sum[warp] = value;
  __syncthreads();
  return warp == 0 ? warp_total(lane < kThreads / 32 ? sum[lane] : 0.0f) : 0.0f;
}

// Each block owns the numbers that its walk meets and, in the end, one partial sum; each thread every 4 * 256 *
// blocks-th group of four. `head` numbers, a multiple of four, are walked over by fours, the rest, at most three, one
// by one.
template <bool wide>
__global__ void __launch_bounds__(kThreads) sum_two_passes(std::size_t count, const float* in, float* partial) {
  const std::size_t thread = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
  const std::size_t threads = static_cast<std::size_t>(gridDim.x) * kThreads;
  const std::size_t head = wide ? count / 4 * 4 : 0;

  float sum = 0;
  if constexpr (wide) {
    for (std::size_t i = thread * 4; i < head; i += threads * 4) {
      const float4 x = load_float4(&in[i]);
      sum += (x.x + x.y) + (x.z + x.w);
    }
  }
  for (std::size_t i = head + thread; i < count; i += threads) sum += in[i];
  sum = block_total(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

}  // namespace

void sum_r4(const Sum& p) {
  const std::size_t needed = (p.count + 4 * kThreads - 1) / (4 * kThreads);
  const auto blocks = static_cast<unsigned>(std::clamp<std::size_t>(needed, 1, kPartialSums));
  const bool wide = is_aligned<4>(p.in);
  launch(wide ? sum_two_passes<true> : sum_two_passes<false>,
         {.grid = dim3(blocks), .block = dim3(kThreads), .stream = p.stream}, p.count, p.in, p.partial);
  launch(sum_two_passes<false>, {.grid = dim3(1), .block = dim3(kThreads), .stream = p.stream},  //
         std::size_t{blocks}, p.partial, p.out);
}

}  // namespace cadena::cuda::ladder

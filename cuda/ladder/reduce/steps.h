// The reduction ladder: one number from many threads.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "cuda/ladder/ladder.h"

namespace cadena::cuda::ladder {

/// How many partial sums a step may keep between two kernels.
inline constexpr int kPartialSums = 1024;

/// *out = sum of the `count` numbers at `in`, in f32, on the device; any count, 0 for none.
struct Sum {
  std::size_t count = 0;
  const float* in = nullptr;
  float* out = nullptr;
  float* partial = nullptr;  ///< room for kPartialSums numbers, used by R4
  cudaStream_t stream = nullptr;
};

/// The ladder, lowest step first.
Steps<Sum> sum_steps();

// Each step enqueues its kernels on the problem's stream; its file explains it.
void sum_r1(const Sum& problem);
void sum_r2(const Sum& problem);
void sum_r3(const Sum& problem);
void sum_r4(const Sum& problem);

}  // namespace cadena::cuda::ladder

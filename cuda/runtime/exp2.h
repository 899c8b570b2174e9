#pragma once

#include <cuda_runtime.h>

namespace cadena::cuda {

/// 2^x by the special function unit, one instruction: relative error at most 2^-22, and 0 below 2^-126. (PTX ISA
/// 9.7.3.21, ex2.approx.ftz)
__device__ __forceinline__ float exp2_fast(float x) {
#ifdef __CUDA_ARCH__
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  return exp2f(x);
#endif
}

}  // namespace cadena::cuda

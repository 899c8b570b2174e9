#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>

namespace cadena::cuda {

/// The element of WMMA fragments of bfloat16. They exist from compute capability 8.0 on; before, half stands in, so
/// that a kernel compiles which no such GPU is given to run.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
using WmmaBf16 = __half;
#else
using WmmaBf16 = __nv_bfloat16;
#endif

}  // namespace cadena::cuda

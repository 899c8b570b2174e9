// The library that the GEMM ladder is measured against.
#pragma once

#include <cuda_bf16.h>

#include "cuda/ladder/gemm/problem.h"

namespace cadena::cuda::ladder {

/// Whether this machine has the vendor's library: a build for GPUs has cuBLAS, the emulator has none.
bool has_vendor_gemm();

/// The same problem by cuBLAS, sums in f32 (without TF32). Throws CudaError where it fails or is not there.
void vendor_gemm(const Gemm<float>& problem);
void vendor_gemm(const Gemm<__nv_bfloat16>& problem);

}  // namespace cadena::cuda::ladder

#pragma once

#include <cublas_v2.h>

#include <cstddef>

#include "cuda/kernels/vendor.h"
#include "tensor/base/error.h"

/// How cuBLAS and cuBLASLt name what we multiply.
namespace cadena::cuda {

/// Room for intermediate results: what cuBLAS takes on Hopper, and recommends.
inline constexpr std::size_t kWorkspaceBytes = 32 << 20;

/// Throws CudaError for anything but success; `what` was called.
inline void expect(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail<CudaError>(what, ": ", cublasGetStatusString(status));
}

inline cudaDataType_t data_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return CUDA_R_64F;
    case Dtype::f16: return CUDA_R_16F;
    case Dtype::bf16: return CUDA_R_16BF;
    default: return CUDA_R_32F;
  }
}

/// Sums are in f32, or f64; factors in f32 are rounded to TF32 where that is allowed.
inline cublasComputeType_t compute_type(Dtype dtype) {
  if (dtype == Dtype::f64) return CUBLAS_COMPUTE_64F;
  if (dtype == Dtype::f32 && is_tf32_allowed()) return CUBLAS_COMPUTE_32F_FAST_TF32;
  return CUBLAS_COMPUTE_32F;
}

}  // namespace cadena::cuda

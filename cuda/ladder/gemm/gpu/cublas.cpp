#include <cublas_v2.h>

#include <algorithm>
#include <string>

#include "cuda/ladder/gemm/vendor.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

void check_cublas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw CudaError(cudaErrorUnknown, std::string(what) + ": " + cublasGetStatusString(status), Location::here());
}

cublasHandle_t handle() {
  static const cublasHandle_t the_handle = [] {
    cublasHandle_t created = nullptr;
    check_cublas(cublasCreate(&created), "cublasCreate");
    return created;
  }();
  return the_handle;
}

// cuBLAS counts columns first: the row-major C = A B is its C^T = B^T A^T.
template <class T>
void multiply(const Gemm<T>& p, cudaDataType_t type) {
  if (p.M == 0 || p.N == 0) return;
  check_cublas(cublasSetStream(handle(), p.stream), "cublasSetStream");
  check_cublas(cublasGemmEx(handle(), CUBLAS_OP_N, CUBLAS_OP_N, p.N, p.M, p.K, &p.alpha, p.B, type, p.N, p.A, type,
                            std::max(p.K, 1), &p.beta, p.C, type, p.N, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
               "cublasGemmEx");
}

}  // namespace

bool has_vendor_gemm() { return true; }
void vendor_gemm(const Gemm<float>& problem) { multiply(problem, CUDA_R_32F); }
void vendor_gemm(const Gemm<__nv_bfloat16>& problem) { multiply(problem, CUDA_R_16BF); }

}  // namespace cadena::cuda::ladder

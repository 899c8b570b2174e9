// The problem that every step of the GEMM ladder solves.
#pragma once

#include <cuda_runtime.h>

namespace cadena::cuda::ladder {

/// \f$ C = \alpha A B + \beta C \f$ on row-major device matrices without gaps: A is M x K, B is K x N, C is M x N.
/// Every step of the ladder supports every size, alpha and beta; where beta is 0, C is written and never read (as in
/// BLAS).
template <class T>
struct Gemm {
  int M = 0;
  int N = 0;
  int K = 0;
  float alpha = 1;
  const T* A = nullptr;
  const T* B = nullptr;
  float beta = 0;
  T* C = nullptr;
  cudaStream_t stream = nullptr;
};

}  // namespace cadena::cuda::ladder

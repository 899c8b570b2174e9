// The problem that every step of the GEMM ladder solves, and how it is cut.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>

#include "cuda/ladder/tile.h"

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

/// True if a GEMM kernel may load and store `count` neighbours of T at a time: all rows of A, B and C start at
/// multiples.
template <int count, class T>
bool loads_aligned(const Gemm<T>& p) {
  return loads_aligned<count>(p.A, p.K) && loads_aligned<count>(p.B, p.N) && loads_aligned<count>(p.C, p.N);
}

/// Calls `run` for slabs of rows of C, because a grid is at most 65,535 blocks high and `tile` rows are a block's.
template <class T, class Run>
void for_each_slab(const Gemm<T>& problem, int tile, Run run) {
  if (problem.N == 0) return;
  const int most = 65535 * tile;
  for (int row = 0, rows = 0; row < problem.M; row += rows) {
    rows = std::min(most, problem.M - row);
    Gemm<T> slab = problem;
    slab.M = rows;
    slab.A += at(row, 0, problem.K);
    slab.C += at(row, 0, problem.N);
    run(slab);
  }
}

}  // namespace cadena::cuda::ladder

// G1, naive: a thread for each element of C.
//
// New: the formula itself, c(row, column) = sum over i of a(row, i) b(i, column), one thread for one sum.
// Why it is slow: the lanes of a warp run down a column. Their 32 loads of A lie K apart, so one request touches 32
//   sectors of 32 bytes and uses four bytes of each; the 32 stores to C do the same.
// Metric: sectors per request on A: 32, where 4 would carry the same bytes. B: 1 (all lanes read one address). C: 32.
// Expect: 1 to 2 % of cuBLAS.
// Next: let the lanes run along a row (G2); it exchanges two letters.
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

// Each block owns a 32 x 32 tile of C, each thread one element of it; the lanes of a warp own 32 rows of one column.
__global__ void gemm_naive(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  //! [kernel]
  const int row = blockIdx.y * 32 + threadIdx.x;
  const int column = blockIdx.x * 32 + threadIdx.y;
  if (row >= M || column >= N) return;

  float sum = 0;
  for (int i = 0; i < K; ++i) sum += A[at(row, i, K)] * B[at(i, column, N)];
  //! [kernel]
  update(&C[at(row, column, N)], alpha, sum, beta);
}

}  // namespace

void gemm_g1(const Gemm<float>& problem) {
  for_each_slab(problem, 32, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, 32), tiles(p.M, 32));
    launch(gemm_naive, {.grid = grid, .block = dim3(32, 32), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

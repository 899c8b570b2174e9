// G2, coalesced: the lanes of a warp run along a row.
//
// New: threadIdx.x and threadIdx.y have changed places; nothing else.
// Why: the memory system moves sectors of 32 bytes. Neighbouring lanes now read neighbouring elements of B and write
//   neighbouring elements of C, so that every byte of a sector is used; A is one address for the whole warp.
// Metric: sectors per request: A from 32 to 1, C from 32 to 4. (B goes from 1 to 4, the price; it is the ideal.)
// Expect: 9 to 12 % of cuBLAS.
// Next: each element of A and B is still read from memory N and M times; keep tiles of them close by (G3).
#include "cuda/ladder/gemm/gemm.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

// Each block owns a 32 x 32 tile of C, each thread one element of it; the lanes of a warp own 32 columns of one row.
__global__ void gemm_coalesced(int M, int N, int K, float alpha, const float* A, const float* B, float beta, float* C) {
  //! [kernel]
  const int row = blockIdx.y * 32 + threadIdx.y;
  const int column = blockIdx.x * 32 + threadIdx.x;
  if (row >= M || column >= N) return;

  float sum = 0;
  for (int i = 0; i < K; ++i) sum += A[at(row, i, K)] * B[at(i, column, N)];
  //! [kernel]
  update(&C[at(row, column, N)], alpha, sum, beta);
}

}  // namespace

void gemm_g2(const Gemm<float>& problem) {
  for_each_slab(problem, 32, [](const Gemm<float>& p) {
    const dim3 grid(tiles(p.N, 32), tiles(p.M, 32));
    launch(gemm_coalesced, {.grid = grid, .block = dim3(32, 32), .stream = p.stream},  //
           p.M, p.N, p.K, p.alpha, p.A, p.B, p.beta, p.C);
  });
}

}  // namespace cadena::cuda::ladder

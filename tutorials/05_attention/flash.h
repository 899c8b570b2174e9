// Attention twice: with the matrix of weights, and in blocks without it. Both count the numbers they move between slow
// and fast memory, where a block of rows fits into the fast one.
#pragma once

#include "tensor/tensor.h"

namespace cadena::tutorials {

/// Output (N, e) and log-sum-exp (N, 1) of each query; numbers moved between slow and fast memory.
struct FlashForward {
  Tensor out, lse;
  double moved = 0;
};

/// \f$ \mathrm{softmax}(Q K^\top / \sqrt d)\, V \f$ for q (N, d), k (T, d), v (T, e), in blocks of `rows` queries and
/// keys with the online softmax. Dao et al., "FlashAttention", 2022, algorithm 1, with the loops of Dao 2024.
FlashForward flash_forward(const Tensor& q, const Tensor& k, const Tensor& v, i64 rows);

/// Cotangents of q, k and v.
struct FlashBackward {
  Tensor q, k, v;
  double moved = 0;
};

/// The derivative of the same, from the output and the log-sum-exp alone.
FlashBackward flash_backward(const Tensor& dout, const Tensor& q, const Tensor& k, const Tensor& v,
                             const FlashForward& forward, i64 rows);

/// Output (N, e), and numbers moved between slow and fast memory.
struct ThreeKernels {
  Tensor out;
  double moved = 0;
};

/// The same with the matrix of weights, by three kernels: scores, softmax, product. Each reads its operands from slow
/// memory and writes its result there.
ThreeKernels three_kernels(const Tensor& q, const Tensor& k, const Tensor& v);

}  // namespace cadena::tutorials

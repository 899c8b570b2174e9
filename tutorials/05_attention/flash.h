// Attention twice: with the matrix of weights, and in blocks without it. Both count the numbers they move between slow
// and fast memory, where a block of rows fits into the fast one.
#pragma once

#include "tensor/tensor.h"

namespace cadena::tutorials {

/// Output (S, e) and log-sum-exp (S, 1) of each query; numbers moved between slow and fast memory.
struct FlashForward {
  Tensor out, lse;
  double moved = 0;
};

/// \f$ \mathrm{softmax}(Q K^\top / \sqrt d)\, V \f$ for q (S, d), k (T, d), v (T, e), in blocks of `rows` queries and
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

/// Numbers that three kernels move: scores, softmax, product, each reading its operands and writing its result.
double moved_by_three_kernels(i64 s, i64 t, i64 d, i64 e);

}  // namespace cadena::tutorials

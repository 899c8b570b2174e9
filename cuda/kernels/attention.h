#pragma once

#include "tensor/base/view.h"

/// All views are row-major but the mask, which has the shape (…, S, T) of the scores and any strides.
namespace cadena::cuda {

/// Blockwise attention with a running softmax: out (…, S, E) and lse (…, S) from q (…, S, D), k (…, T, D), v (…, T, E).
void attention(const View& out, const View& lse, const View& q, const View& k, const View& v, const View& mask,
               bool causal, double scale);

/// The cotangents of q, k and v, with the scores computed again block by block. No atomics: each sum has one owner, so
/// a result is the same each time.
void attention_backward(const View& dq, const View& dk, const View& dv, const View& dout, const View& q, const View& k,
                        const View& v, const View& mask, const View& out, const View& lse, bool causal, double scale);

}  // namespace cadena::cuda

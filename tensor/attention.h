#pragma once

#include <optional>

#include "tensor/tensor.h"

namespace cadena {

/// Options of `scaled_dot_product_attention`.
struct AttentionOptions {
  bool causal = false;  ///< query i of S sees key j of T only where j - T <= i - S: the last query sees all keys
  std::optional<double> scale = std::nullopt;  ///< factor of the scores; \f$ 1 / \sqrt D \f$ if not given
};

/// The output of attention, and for each query the logarithm of the sum of exponentials of its scores, which the
/// derivative needs, in the dtype of the computation (f32 where q is f16 or bf16).
struct Attended {
  Tensor out;  ///< o, (…, S, E)
  Tensor lse;  ///< \f$ \ln \sum_j e^{s_j} \f$, (…, S)
};

/// \f$ o = \mathrm{softmax}(s)\, v \f$ with scores \f$ s = \alpha\, q k^T + m \f$: each query averages the values whose
/// keys resemble it. q is (…, S, D), k (…, T, D), v (…, T, E), the result (…, S, E), lse (…, S); leading axes are equal
/// (batch, heads). `mask`, if defined, broadcasts to (…, S, T): bool keeps a key where true, floating values are added
/// to the scores. A query that sees no key gives 0 (and lse minus infinity). Computed in blocks, without the (S, T)
/// matrix (Dao et al. 2022, FlashAttention). Throws ShapeError unless the shapes fit, DtypeError unless q, k and v have
/// one floating dtype and the mask is bool or floating.
Attended scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = {},
                                      const AttentionOptions& options = {});

/// The cotangents of q, k and v.
struct AttentionGradients {
  Tensor q;  ///< \f$ \bar q \f$, (…, S, D)
  Tensor k;  ///< \f$ \bar k \f$, (…, T, D)
  Tensor v;  ///< \f$ \bar v \f$, (…, T, E)
};

/// The derivative of attention, in blocks: with \f$ p = e^{s - \mathrm{lse}} \f$ and
/// \f$ \bar s = p (\bar o\, v^T - \sum \bar o\, o) \f$,
/// \f$ \bar v = p^T \bar o \f$, \f$ \bar q = \alpha\, \bar s k \f$ and \f$ \bar k = \alpha\, \bar s^T q \f$. Queries
/// that see no key contribute 0. Trusts that the arguments are those of the forward pass and what it returned.
AttentionGradients attention_backward(const Tensor& dout, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Tensor& mask, const Tensor& out, const Tensor& lse,
                                      const AttentionOptions& options = {});

/// What attention adds to the scores, in `dtype`: a bool mask becomes 0 where true and minus infinity elsewhere, an
/// undefined one the scalar 0 on `device`. Throws DtypeError for integers.
Tensor additive_mask(const Tensor& mask, Dtype dtype, Device device = Device::cpu());

}  // namespace cadena

#pragma once

#include "nn/activation.h"
#include "nn/attention.h"
#include "nn/norm.h"

namespace cadena::nn {

/// Attention and a two-layer network, each normalized first and added to its input:
/// \f$ x \leftarrow x + A(N_1(x)),\; x \leftarrow x + F(N_2(x)) \f$ with \f$ F(x) = W_2\, \mathrm{gelu}(W_1 x + b_1) +
/// b_2 \f$ four times as wide. x (n, t, width). Radford et al., 2019 (pre-norm form).
class TransformerBlock : public Layer {
 public:
  /// Throws ValueError unless `heads` divides `width`.
  TransformerBlock(i64 width, i64 heads, Generator& generator, const MultiHeadAttentionOptions& options = {});

  Variable forward(const Variable& x) override;
  /// The same where attention must not look at everything.
  Variable forward(const Variable& x, const AttentionMasks& masks);
  /// The same for the positions that follow those in the cache.
  Variable forward(const Variable& x, KeyValueCache& cache);

  /// A, for a look at its weights.
  MultiHeadAttention& attention() { return attention_; }
  /// What attention sees of x: \f$ N_1(x) \f$.
  Variable attention_input(const Variable& x) { return norm1_(x); }
  std::string description() const override { return "TransformerBlock"; }

 private:
  Variable feed_forward(const Variable& x);

  LayerNorm norm1_;
  MultiHeadAttention attention_;
  LayerNorm norm2_;
  Linear up_, down_;
  GELU gelu_;
  Dropout dropout_;
};

}  // namespace cadena::nn

#pragma once

#include "nn/dropout.h"
#include "nn/linear.h"

namespace cadena::nn {

/// Keys and values of the positions that a generating network has seen, (n, heads, t, width / heads) each; undefined at
/// the start.
struct KeyValueCache {
  Variable keys;    ///< joined along axis 2 as positions are added
  Variable values;  ///< joined along axis 2 as positions are added

  /// Positions seen so far.
  i64 length() const { return keys.defined() ? keys.size(2) : 0; }
};

/// Options of `MultiHeadAttention` and `TransformerBlock`.
struct MultiHeadAttentionOptions {
  bool causal = false;  ///< a position sees itself and what stands before it
  double dropout = 0;   ///< on the output
  bool bias = true;     ///< in both projections
};

/// What attention must not look at, as PyTorch's layers take it: bool hides where true (whereas in
/// `scaled_dot_product_attention`, there as here, it keeps where true), floating values are added to the scores. An
/// undefined mask hides nothing.
struct AttentionMasks {
  Tensor scores = {};  ///< broadcasts to (n, heads, t, s), so (t, s) will do: query i of t must not see key j of s
  Tensor keys = {};    ///< (n, s): the padding of each sequence, which no query of it must see
};

/// Attention with several heads. Queries (n, t, width), keys and values (n, s, width), each projected by its third of
/// "qkv"; for each head \f$ \mathrm{softmax}(Q K^T / \sqrt d + M)\, V \f$ with d = width / heads, the heads side by
/// side, projected by "out". A query that sees no key gets 0 from every head, where PyTorch gives NaN, and no gradient.
/// Vaswani et al., "Attention is all you need", 2017.
class MultiHeadAttention : public Layer {
 public:
  /// Throws ValueError unless `heads` divides `width`.
  MultiHeadAttention(i64 width, i64 heads, Generator& generator, const MultiHeadAttentionOptions& options = {});

  /// Self-attention: queries, keys and values are x. Throws ShapeError unless x is (n, t, width).
  Variable forward(const Variable& x) override;

  /// Attention of `query` (n, t, width) to `key` and `value` (n, s, width), which may be one variable, as may all
  /// three. Where attention is causal the last query sees all keys. Throws ShapeError unless the shapes fit, DtypeError
  /// for a mask of integers, DeviceError for one on another device.
  Variable forward(const Variable& query, const Variable& key, const Variable& value, const AttentionMasks& masks = {});

  /// Self-attention of the positions that follow those in the cache, which is extended. Throws ValueError unless
  /// attention is causal.
  Variable forward(const Variable& x, KeyValueCache& cache);

  /// The matrices \f$ \mathrm{softmax}(Q K^T / \sqrt d + M) \f$ that `forward` applies, (n, heads, t, s): to look at.
  /// Throws what that throws.
  Tensor weights(const Variable& query, const Variable& key, const AttentionMasks& masks = {});
  /// Those of self-attention, (n, heads, t, t).
  Tensor weights(const Variable& x) { return weights(x, x); }

  std::string description() const override;
  /// Number of heads.
  i64 heads() const { return heads_; }

 private:
  struct Projections {
    Variable q, k, v;  // (n, heads, t, d)
  };
  Projections project(const Variable& query, const Variable& key, const Variable& value);
  Variable parts(const Variable& x, i64 first, i64 count);
  Tensor added(const AttentionMasks& masks, const Variable& q, const Variable& k) const;
  Variable merge(const Variable& heads);

  i64 width_, heads_;
  bool causal_;
  Linear qkv_, out_;
  Dropout dropout_;
};

}  // namespace cadena::nn

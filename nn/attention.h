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

/// Self-attention with several heads over x (n, t, width): queries, keys and values by one projection "qkv", for each
/// head \f$ \mathrm{softmax}(Q K^T / \sqrt d)\, V \f$ with d = width / heads, the heads side by side, projected by
/// "out". Vaswani et al., "Attention is all you need", 2017.
class MultiHeadAttention : public Layer {
 public:
  /// Throws ValueError unless `heads` divides `width`.
  MultiHeadAttention(i64 width, i64 heads, Generator& generator, const MultiHeadAttentionOptions& options = {});

  /// Throws ShapeError unless x is (n, t, width).
  Variable forward(const Variable& x) override;

  /// The same for the positions that follow those in the cache, which is extended. Throws ValueError unless
  /// attention is causal.
  Variable forward(const Variable& x, KeyValueCache& cache);

  /// The matrices \f$ \mathrm{softmax}(Q K^T / \sqrt d) \f$ that `forward` applies, (n, heads, t, t): to look at.
  Tensor weights(const Variable& x);

  std::string description() const override;
  /// Number of heads.
  i64 heads() const { return heads_; }

 private:
  struct Projections {
    Variable q, k, v;  // (n, heads, t, d)
  };
  Projections project(const Variable& x);
  Variable merge(const Variable& heads);

  i64 width_, heads_;
  bool causal_;
  Linear qkv_, out_;
  Dropout dropout_;
};

}  // namespace cadena::nn

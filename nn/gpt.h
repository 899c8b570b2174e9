#pragma once

#include <deque>
#include <vector>

#include "nn/embedding.h"
#include "nn/transformer.h"

namespace cadena::nn {

/// The extents of a GPT.
struct GPTConfig {
  i64 vocabulary = 0;  ///< number of different tokens
  i64 context = 0;     ///< positions it can look at
  i64 layers = 2;      ///< transformer blocks
  i64 heads = 4;       ///< in each block
  i64 width = 64;      ///< of the residual stream
  double dropout = 0;  ///< on the embeddings and on what is added to the residual stream
};

/// How `GPT::generate` picks tokens.
struct GenerateOptions {
  double temperature = 1;  ///< logits are divided by it; 0 takes the most probable token
  i64 top_k = 0;           ///< only the k most probable tokens are drawn; 0 for all
  bool cache = true;       ///< keep keys and values; without, every step computes its whole window: the same, slower
};

/// A language model: token and position embeddings, transformer blocks with causal attention, a last normalization, and
/// logits by the transposed token embedding (weight tying, Press & Wolf 2017). Weights are normal with deviation 0.02,
/// those that write to the residual stream divided by \f$ \sqrt{2 \cdot \mathrm{layers}} \f$. Radford et al., "Language
/// models are unsupervised multitask learners", 2019.
class GPT : public Module {
 public:
  /// Throws ValueError for extents that are not positive.
  GPT(const GPTConfig& config, Generator& generator);

  /// Tokens (n, t), i64 -> logits of the next token at every position (n, t, vocabulary). Throws ShapeError if t
  /// exceeds the context, IndexError for a token outside the vocabulary.
  Variable operator()(const Tensor& tokens);

  /// `count` tokens after each prompt, (n, t) -> (n, t + count), drawn one after the other in evaluation mode. The
  /// window starts at the first token (or the last that fit the context); when it is full it moves on to its newer
  /// half. Throws ShapeError unless each prompt has a token, ValueError for a negative count, temperature or `top_k`,
  /// IndexError for a token outside the vocabulary.
  Tensor generate(const Tensor& prompt, i64 count, Generator& generator, const GenerateOptions& options = {});

  /// The attention matrices of every layer for tokens (n, t), in evaluation mode: (n, heads, t, t) each.
  std::vector<Tensor> attention_weights(const Tensor& tokens);

  /// The extents it was made with.
  const GPTConfig& config() const { return config_; }
  std::string description() const override { return "GPT"; }

 private:
  void check_tokens(const Tensor& tokens) const;
  Variable embed(const Tensor& tokens, i64 first_position);
  Variable logits(const Variable& x);
  Tensor next_logits(const Tensor& fresh, std::vector<KeyValueCache>& caches);

  GPTConfig config_;
  Embedding token_, position_;
  Dropout dropout_;
  std::deque<TransformerBlock> blocks_;  // never moves what it holds
  LayerNorm norm_;
};

}  // namespace cadena::nn

#include "nn/gpt.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/linear.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/join.h"
#include "tensor/random.h"
#include "tensor/softmax.h"
#include "tensor/sort.h"
#include "tensor/views.h"

namespace cadena::nn {
namespace {

constexpr double kDeviation = 0.02;

const GPTConfig& checked(const GPTConfig& c) {
  if (c.vocabulary < 1 || c.context < 1 || c.layers < 1 || c.heads < 1 || c.width < 1) {
    fail<ValueError>("GPT: expected positive extents, got vocabulary ", c.vocabulary, ", context ", c.context,
                     ", layers ", c.layers, ", heads ", c.heads, ", width ", c.width);
  }
  return c;
}

/// One token for each row of logits (n, vocabulary): (n, 1).
Tensor draw(const Tensor& logits, Generator& generator, const GenerateOptions& options) {
  if (options.temperature == 0) return argmax(logits, -1, true);
  const Tensor z = cast(logits, Dtype::f64);
  Tensor scores = div(sub(z, max(z, -1, true)), options.temperature);  // 0 for the best: nothing overflows
  if (options.top_k > 0 && options.top_k < scores.size(-1)) {
    const Sorted best = topk(scores, options.top_k);
    const Tensor none = full_like(scores, -std::numeric_limits<double>::infinity());
    scores = scatter(none, best.indices, best.values, -1);
  }
  return categorical(generator, softmax(scores, -1), 1);
}

}  // namespace

GPT::GPT(const GPTConfig& config, Generator& generator)
    : config_(checked(config)),
      token_(config.vocabulary, config.width, generator, {.deviation = kDeviation}),
      position_(config.context, config.width, generator, {.deviation = kDeviation}),
      dropout_(config.dropout, generator),
      norm_(config.width) {
  add("token", token_);
  add("position", position_);
  add("dropout", dropout_);
  const MultiHeadAttentionOptions options{.causal = true, .dropout = config.dropout};
  for (i64 i = 0; i < config.layers; ++i) {
    add(concat("block", i), blocks_.emplace_back(config.width, config.heads, generator, options));
  }
  add("norm", norm_);

  const double into_stream = kDeviation / std::sqrt(2 * static_cast<double>(config.layers));
  for (const auto& [name, value] : named_parameters()) {
    if (name.ends_with(".bias")) fill(value.value(), 0);
    if (!name.starts_with("block") || value.rank() != 2) continue;
    const bool writes_to_stream = name.ends_with(".out.weight") || name.ends_with(".down.weight");
    value.set_value(normal(generator, value.shape(), 0, writes_to_stream ? into_stream : kDeviation));
  }
}

void GPT::check_tokens(const Tensor& tokens) const {
  if (tokens.rank() != 2) fail<ShapeError>("GPT: expected tokens (n, t), got shape ", tokens.shape());
  check_rows("GPT: tokens", tokens, config_.vocabulary);
}

Variable GPT::embed(const Tensor& tokens, i64 first_position) {
  check_tokens(tokens);
  const i64 last = first_position + tokens.size(1);
  if (last > config_.context) {
    fail<ShapeError>("GPT: ", last, " positions exceed the context of ", config_.context, ", tokens have shape ",
                     tokens.shape());
  }
  const Tensor positions = arange(first_position, last, 1, Dtype::i64, tokens.device());
  return dropout_(token_(Variable(tokens)) + position_(Variable(positions)));
}

//! [forward]
Variable GPT::logits(const Variable& x) { return linear(norm_(x), token_.weight()); }

Variable GPT::operator()(const Tensor& tokens) {
  Variable x = embed(tokens, 0);
  for (TransformerBlock& block : blocks_) x = block.forward(x);
  return logits(x);
}
//! [forward]

Tensor GPT::next_logits(const Tensor& fresh, std::vector<KeyValueCache>& caches) {
  Variable x = embed(fresh, caches[0].length()).detach();
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    x = blocks_[b].forward(x, caches[b]).detach();
    caches[b] = {caches[b].keys.detach(), caches[b].values.detach()};
  }
  return select(logits(slice(x, 1, {.start = -1})).value(), 1, 0);
}

Tensor GPT::generate(const Tensor& prompt, i64 count, Generator& generator, const GenerateOptions& options) {
  if (prompt.rank() != 2 || prompt.size(1) == 0) {
    fail<ShapeError>("GPT: expected a prompt (n, t) with at least one token, got shape ", prompt.shape());
  }
  if (count < 0) fail<ValueError>("GPT: expected a number of tokens, got ", count);
  if (!(options.temperature >= 0)) {
    fail<ValueError>("GPT: expected a temperature of at least 0, got ", options.temperature);
  }
  if (options.top_k < 0) fail<ValueError>("GPT: expected top_k of at least 0, got ", options.top_k);
  check_tokens(prompt);
  const Evaluating evaluating(*this);
  Tensor tokens = prompt;
  std::vector<KeyValueCache> caches(blocks_.size());
  i64 start = std::max<i64>(0, tokens.size(1) - config_.context);  // first token of the window
  for (i64 i = 0; i < count; ++i) {
    const bool is_full = tokens.size(1) - start > config_.context;
    if (is_full) start = tokens.size(1) - std::max<i64>(1, config_.context / 2);
    if (is_full || !options.cache) caches.assign(blocks_.size(), {});
    const Tensor fresh = slice(tokens, 1, {.start = start + caches[0].length()});
    tokens = concat({tokens, draw(next_logits(fresh, caches), generator, options)}, 1);
  }
  return tokens;
}

std::vector<Tensor> GPT::attention_weights(const Tensor& tokens) {
  const Evaluating evaluating(*this);
  std::vector<Tensor> all;
  Variable x = embed(tokens, 0).detach();
  for (TransformerBlock& block : blocks_) {
    all.push_back(block.attention().weights(block.attention_input(x)));
    x = block.forward(x).detach();
  }
  return all;
}

}  // namespace cadena::nn

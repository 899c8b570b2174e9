#include "nn/transformer.h"

#include "autograd/arithmetic.h"

namespace cadena::nn {

TransformerBlock::TransformerBlock(i64 width, i64 heads, Generator& generator, const MultiHeadAttentionOptions& options)
    : norm1_(width),
      attention_(width, heads, generator, options),
      norm2_(width),
      up_(width, 4 * width, generator, options.bias),
      down_(4 * width, width, generator, options.bias),
      dropout_(options.dropout, generator) {
  add("norm1", norm1_);
  add("attention", attention_);
  add("norm2", norm2_);
  add("up", up_);
  add("gelu", gelu_);
  add("down", down_);
  add("dropout", dropout_);
}

Variable TransformerBlock::feed_forward(const Variable& x) { return dropout_(down_(gelu_(up_(norm2_(x))))); }

Variable TransformerBlock::forward(const Variable& x) { return forward(x, AttentionMasks{}); }

Variable TransformerBlock::forward(const Variable& x, const AttentionMasks& masks) {
  const Variable h = norm1_(x);
  const Variable y = x + attention_.forward(h, h, h, masks);
  return y + feed_forward(y);
}

Variable TransformerBlock::forward(const Variable& x, KeyValueCache& cache) {
  const Variable y = x + attention_.forward(norm1_(x), cache);
  return y + feed_forward(y);
}

}  // namespace cadena::nn

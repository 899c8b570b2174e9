#include "nn/attention.h"

#include <cmath>
#include <limits>

#include "autograd/attention.h"
#include "autograd/join.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/matmul.h"
#include "tensor/softmax.h"
#include "tensor/triangular.h"
#include "tensor/views.h"

namespace cadena::nn {

MultiHeadAttention::MultiHeadAttention(i64 width, i64 heads, Generator& generator,
                                       const MultiHeadAttentionOptions& options)
    : width_(width),
      heads_(heads),
      causal_(options.causal),
      qkv_(width, 3 * width, generator, options.bias),
      out_(width, width, generator, options.bias),
      dropout_(options.dropout, generator) {
  if (heads < 1 || width % heads != 0) {
    fail<ValueError>("MultiHeadAttention: ", heads, " heads do not divide the width ", width);
  }
  add("qkv", qkv_);
  add("out", out_);
  add("dropout", dropout_);
}

MultiHeadAttention::Projections MultiHeadAttention::project(const Variable& x) {
  if (x.rank() != 3 || x.size(2) != width_) {
    fail<ShapeError>(description(), ": expected (n, t, ", width_, "), got shape ", x.shape());
  }
  const i64 n = x.size(0), t = x.size(1);
  const Variable all = permute(reshape(qkv_(x), {n, t, 3, heads_, width_ / heads_}), {2, 0, 3, 1, 4});
  return {select(all, 0, 0), select(all, 0, 1), select(all, 0, 2)};
}

Variable MultiHeadAttention::merge(const Variable& heads) {
  const i64 n = heads.size(0), t = heads.size(2);
  return dropout_(out_(reshape(permute(heads, {0, 2, 1, 3}), {n, t, width_})));
}

Variable MultiHeadAttention::forward(const Variable& x) {
  const auto [q, k, v] = project(x);
  return merge(scaled_dot_product_attention(q, k, v, {}, {.causal = causal_}));
}

Variable MultiHeadAttention::forward(const Variable& x, KeyValueCache& cache) {
  if (!causal_) fail<ValueError>(description(), ": a cache needs causal attention");
  const auto [q, k, v] = project(x);
  cache.keys = cache.keys.defined() ? concat({cache.keys, k}, 2) : k;
  cache.values = cache.values.defined() ? concat({cache.values, v}, 2) : v;
  return merge(scaled_dot_product_attention(q, cache.keys, cache.values, {}, {.causal = true}));
}

Tensor MultiHeadAttention::weights(const Variable& x) {
  const auto [q, k, v] = project(x.detach());
  Tensor scores = div(matmul(q.value(), transpose(k.value())), std::sqrt(static_cast<double>(width_ / heads_)));
  if (causal_) {
    const i64 t = x.size(1);
    const Tensor later = triu(ones({t, t}, Dtype::boolean, scores.device()), 1);
    scores = masked_fill(scores, later, -std::numeric_limits<double>::infinity());
  }
  return softmax(scores, -1);
}

std::string MultiHeadAttention::description() const {
  return concat("MultiHeadAttention(", width_, ", ", heads_, " heads", causal_ ? ", causal)" : ")");
}

}  // namespace cadena::nn

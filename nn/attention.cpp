#include "nn/attention.h"

#include "autograd/attention.h"
#include "autograd/join.h"
#include "autograd/linear.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/factories.h"
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

/// Thirds `first` … of "qkv" applied to x (n, t, width), by head: (count, n, heads, t, d).
Variable MultiHeadAttention::parts(const Variable& x, i64 first, i64 count) {
  if (x.rank() != 3 || x.size(2) != width_) {
    fail<ShapeError>(description(), ": expected (n, t, ", width_, "), got shape ", x.shape());
  }
  const auto third = [&](const Variable& p) {
    return p.defined() ? slice(p, 0, {.start = first * width_, .stop = (first + count) * width_}) : p;
  };
  const Variable y = count == 3 ? qkv_(x) : linear(x, third(qkv_.weight()), third(qkv_.bias()), LinearActivation::none);
  return permute(reshape(y, {x.size(0), x.size(1), count, heads_, width_ / heads_}), {2, 0, 3, 1, 4});
}

/// One product for what is the same variable.
MultiHeadAttention::Projections MultiHeadAttention::project(const Variable& query, const Variable& key,
                                                            const Variable& value) {
  if (!key.is_same(value)) {
    return {select(parts(query, 0, 1), 0, 0), select(parts(key, 1, 1), 0, 0), select(parts(value, 2, 1), 0, 0)};
  }
  if (!query.is_same(key)) {
    const Variable both = parts(key, 1, 2);
    return {select(parts(query, 0, 1), 0, 0), select(both, 0, 0), select(both, 0, 1)};
  }
  const Variable all = parts(query, 0, 3);
  return {select(all, 0, 0), select(all, 0, 1), select(all, 0, 2)};
}

/// M, what is added to the scores of q (n, heads, t, d) and k (n, heads, s, d); undefined where nothing is.
Tensor MultiHeadAttention::added(const AttentionMasks& masks, const Variable& q, const Variable& k) const {
  const Shape scores{q.size(0), heads_, q.size(2), k.size(2)}, keys{q.size(0), k.size(2)};
  const auto addend = [&](const Tensor& mask) {  // additive_mask keeps where true
    return additive_mask(mask.dtype() == Dtype::boolean ? logical_not(mask) : mask, q.dtype(), q.device());
  };
  Tensor sum;
  if (masks.scores.defined()) {
    if (broadcast_shapes(description().c_str(), masks.scores.shape(), scores) != scores) {
      fail<ShapeError>(description(), ": a mask of shape ", masks.scores.shape(), " does not broadcast to the scores ",
                       scores);
    }
    sum = addend(masks.scores);
  }
  if (masks.keys.defined()) {
    if (masks.keys.shape() != keys) {
      fail<ShapeError>(description(), ": expected a mask of keys of shape ", keys, ", got ", masks.keys.shape());
    }
    const Tensor padding = reshape(addend(masks.keys), {keys[0], 1, 1, keys[1]});
    sum = sum.defined() ? cadena::add(sum, padding) : padding;
  }
  return sum;
}

Variable MultiHeadAttention::merge(const Variable& heads) {
  const i64 n = heads.size(0), t = heads.size(2);
  return dropout_(out_(reshape(permute(heads, {0, 2, 1, 3}), {n, t, width_})));
}

Variable MultiHeadAttention::forward(const Variable& x) { return forward(x, x, x); }

Variable MultiHeadAttention::forward(const Variable& query, const Variable& key, const Variable& value,
                                     const AttentionMasks& masks) {
  const auto [q, k, v] = project(query, key, value);
  return merge(scaled_dot_product_attention(q, k, v, added(masks, q, k), {.causal = causal_}));
}

Variable MultiHeadAttention::forward(const Variable& x, KeyValueCache& cache) {
  if (!causal_) fail<ValueError>(description(), ": a cache needs causal attention");
  const auto [q, k, v] = project(x, x, x);
  cache.keys = cache.keys.defined() ? concat({cache.keys, k}, 2) : k;
  cache.values = cache.values.defined() ? concat({cache.values, v}, 2) : v;
  return merge(scaled_dot_product_attention(q, cache.keys, cache.values, {}, {.causal = true}));
}

/// The weights of the values e_1, e_2 …: attention to the identity.
Tensor MultiHeadAttention::weights(const Variable& query, const Variable& key, const AttentionMasks& masks) {
  const Variable x = query.detach(), y = query.is_same(key) ? x : key.detach();
  const auto [q, k, v] = project(x, y, y);
  const i64 keys = k.size(2);
  const Tensor each = broadcast_to(eye(keys, keys, q.dtype(), q.device()), {q.size(0), heads_, keys, keys});
  return scaled_dot_product_attention(q.value(), k.value(), each, added(masks, q, k), {.causal = causal_}).out;
}

std::string MultiHeadAttention::description() const {
  return concat("MultiHeadAttention(", width_, ", ", heads_, " heads", causal_ ? ", causal)" : ")");
}

}  // namespace cadena::nn

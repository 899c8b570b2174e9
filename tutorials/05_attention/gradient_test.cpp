// The claims of chapter 5 on attention and its derivative.
#include <gtest/gtest.h>

#include <cmath>

#include "cadena.h"
#include "tutorials/05_attention/flash.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor random_matrix(std::uint64_t seed, i64 m, i64 n) {
  Generator g(seed);
  return randn(g, {m, n}, Dtype::f64);
}

// (5.1) as it stands, differentiable.
Variable attention(const Variable& q, const Variable& k, const Variable& v, double alpha) {
  return matmul(softmax(alpha * matmul(q, transpose(k)), 1), v);
}

double root(const Tensor& q) { return 1 / std::sqrt(static_cast<double>(q.size(1))); }

TEST(Attention, OneQueryByHand) {
  Claim claim("5.2");
  const Tensor q = tensor({{1, 0}}, Dtype::f64), k = tensor({{1, 0}, {0, 1}}, Dtype::f64);
  const Tensor v = unsqueeze(tensor({10, 20}, Dtype::f64), 1);
  const double computed = scaled_dot_product_attention(q, k, v).out.item();
  claim.identity(computed, 13.3024, 1e-5);
  claim.rejects("without-the-root", scaled_dot_product_attention(q, k, v, {}, {.scale = 1}).out.item(), 13.3024);
}

TEST(Attention, VarianceOfAScoreIsTheDimension) {
  Claim claim("5.3");
  // Entries that are +1 and -1 with equal probability: the mean over all 2^(2d) pairs is exact.
  for (const i64 d : {1, 3, 5}) {
    double second = 0;
    const std::uint64_t count = std::uint64_t{1} << (2 * d);
    for (std::uint64_t signs = 0; signs < count; ++signs) {
      double score = 0;
      for (i64 a = 0; a < d; ++a) score += ((signs >> a) & 1) == ((signs >> (d + a)) & 1) ? 1 : -1;
      second += score * score / static_cast<double>(count);
    }
    claim.identity(second, static_cast<double>(d), 1e-12);
    claim.identity(second * root(empty({1, d})) * root(empty({1, d})), 1.0, 1e-12);
    if (d == 5) claim.rejects("root-of-the-dimension", second, std::sqrt(5.0));
  }
}

TEST(Attention, SoftmaxJacobian) {
  Claim claim("5.4");
  Generator g(1);
  const Tensor s = randn(g, {6}, Dtype::f64), p = softmax(s, 0), u = randn(g, {6}, Dtype::f64);
  // Of a composition that does not use the rule of softmax.
  const Tensor computed = jacobian([](const Variable& x) { return exp(x) / sum(exp(x)); }, Variable(s)).value();
  const Tensor formula = diag_embed(p) - unsqueeze(p, 1) * p;
  claim.identity(computed, formula, 1e-12);
  claim.identity(computed, transpose(computed), 1e-12);
  claim.identity(matmul(computed, u), p * (u - sum(p * u)), 1e-12);
  claim.rejects("elementwise", computed, diag_embed(p * (1 - p)));
  claim.rejects("sum-for-the-mean", matmul(computed, u), p * (u - sum(u)));
}

TEST(Attention, SoftmaxIsHalfLipschitz) {
  Claim claim("5.5");
  Generator g(2);
  const auto largest = [](const Tensor& s) {
    const Tensor p = softmax(s, 0);
    return max(eigvalsh(diag_embed(p) - unsqueeze(p, 1) * p)).item();
  };
  for (const double scale : {0.1, 1.0, 5.0, 20.0}) claim.bound(largest(randn(g, {5}, Dtype::f64) * scale), 0.5);
  const double attained = largest(tensor({40, 40, 0, 0}, Dtype::f64));
  claim.bound(attained, 0.5);
  claim.rejects_bound("a-quarter", attained, 0.25);
}

TEST(Attention, RowSumsOfTheCotangentNeedNoWeights) {
  Claim claim("5.6");
  const Tensor q = random_matrix(3, 4, 3), k = random_matrix(4, 6, 3), v = random_matrix(5, 6, 2);
  const Tensor dout = random_matrix(6, 4, 2), p = softmax(root(q) * matmul(q, transpose(k)), 1);
  const Tensor by_weights = sum(p * matmul(dout, transpose(v)), {1});
  claim.identity(sum(dout * matmul(p, v), {1}), by_weights, 1e-12);
  claim.rejects("row-sums-of-the-cotangent", sum(matmul(dout, transpose(v)), {1}), by_weights);
}

TEST(Attention, VectorJacobianProduct) {
  Claim claim("5.7");
  for (const auto& [s, t, d, e] : {std::array<i64, 4>{4, 6, 3, 2}, {1, 1, 1, 1}, {33, 31, 8, 5}}) {
    const Variable q = parameter(random_matrix(7, s, d)), k = parameter(random_matrix(8, t, d)),
                   v = parameter(random_matrix(9, t, e));
    const Tensor dout = random_matrix(10, s, e);
    const double alpha = root(q.value());
    const std::vector<Variable> computed = grad(attention(q, k, v, alpha), {q, k, v}, {.cotangent = Variable(dout)});
    const Tensor p = softmax(alpha * matmul(q.value(), transpose(k.value())), 1), out = matmul(p, v.value());
    const Tensor ds = p * (matmul(dout, transpose(v.value())) - sum(dout * out, {1}, true));
    claim.identity(computed[0].value(), alpha * matmul(ds, k.value()), 1e-12);
    claim.identity(computed[1].value(), alpha * matmul(transpose(ds), q.value()), 1e-12);
    claim.identity(computed[2].value(), matmul(transpose(p), dout), 1e-12);
    if (s == 4) {
      claim.rejects("scale-forgotten", computed[0].value(), matmul(ds, k.value()));
      claim.rejects("row-sum-forgotten", computed[0].value(),
                    alpha * matmul(p * matmul(dout, transpose(v.value())), k.value()));
    }
  }
}

TEST(Attention, CausalOutputsIgnoreTheFuture) {
  Claim claim("5.8");
  const i64 n = 5;
  const Variable q(random_matrix(11, n, 3)), k = parameter(random_matrix(12, n, 3)),
                                             v = parameter(random_matrix(13, n, 2));
  const auto future = [&](bool causal) {
    double largest = 0;
    for (i64 i = 0; i < n; ++i) {
      const Variable out = select(scaled_dot_product_attention(q, k, v, {}, {.causal = causal}), 0, i);
      for (const Variable& g : grad(sum(out * Variable(tensor({1, -2}, Dtype::f64))), {k, v}))
        if (i + 1 < n) largest = std::max(largest, max(abs(slice(g.value(), 0, {.start = i + 1}))).item());
    }
    return largest;
  };
  claim.identity(future(true), 0.0, 1e-15);
  claim.rejects("no-mask", future(false), 0.0);
  // A query without any key gets 0 and gives no gradient; max(abs) of NaN would not be 0.
  const Variable seeks = parameter(q.value());
  const Variable nothing = scaled_dot_product_attention(seeks, k, v, zeros({n, n}, Dtype::boolean));
  EXPECT_EQ(max(abs(nothing.value())).item(), 0);
  for (const Variable& g : grad(sum(nothing), {seeks, k, v})) EXPECT_EQ(max(abs(g.value())).item(), 0);
}

TEST(Attention, HeadsAddUp) {
  Claim claim("5.10");
  Generator g(14);
  const i64 n = 5, width = 8, heads = 2, d = 4;
  nn::MultiHeadAttention layer(width, heads, g, {.bias = false});
  layer.to(Dtype::f64);
  const Tensor x = randn(g, {1, n, width}, Dtype::f64);
  const std::vector<Variable> weights = layer.parameters();  // qkv (3w, w), out (w, w)
  ASSERT_EQ(weights.size(), 2u);
  const Tensor qkv = matmul(select(x, 0, 0), transpose(weights[0].value())), out = weights[1].value();
  const auto part = [&](i64 which, i64 head) {
    return slice(qkv, 1, {.start = which * width + head * d, .stop = which * width + (head + 1) * d});
  };
  Tensor total = zeros({n, width}, Dtype::f64), one_head;
  for (i64 head = 0; head < heads; ++head) {
    const Tensor o = scaled_dot_product_attention(part(0, head), part(1, head), part(2, head)).out;
    one_head = matmul(o, transpose(slice(out, 1, {.start = head * d, .stop = (head + 1) * d})));
    total = total + one_head;
  }
  const Tensor computed = select(layer(Variable(x)).value(), 0, 0);
  claim.identity(computed, total, 1e-12);
  claim.rejects("last-head-alone", computed, one_head);
}

}  // namespace
}  // namespace cadena::tutorials

// The claims of chapter 5 on positions, the online softmax, and depth.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "cadena.h"
#include "tutorials/05_attention/flash.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor random_matrix(std::uint64_t seed, i64 m, i64 n) {
  Generator g(seed);
  return randn(g, {m, n}, Dtype::f64);
}

Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v) { return scaled_dot_product_attention(q, k, v).out; }

TEST(Attention, WithoutPositionsOrderIsInvisible) {
  Claim claim("5.11");
  const Tensor q = random_matrix(1, 4, 3), k = random_matrix(2, 6, 3), v = random_matrix(3, 6, 2);
  Generator g(4);
  const Tensor order = permutation(g, 6);
  const Tensor shuffled = index_select(v, order, 0);
  claim.identity(attend(q, index_select(k, order, 0), shuffled), attend(q, k, v), 1e-12);
  claim.rejects("keys-alone", attend(q, k, shuffled), attend(q, k, v));
}

TEST(Attention, SinusoidsSeeDistances) {
  Claim claim("5.13");
  const i64 width = 16;
  const auto encoding = [&](double t) {
    std::vector<double> values;
    for (i64 i = 0; i < width / 2; ++i) {
      const double angle = t * std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(width));
      values.push_back(std::sin(angle));
      values.push_back(std::cos(angle));
    }
    return from_values(values, {width}, Dtype::f64);
  };
  const auto formula = [&](double distance) {
    double total = 0;
    for (i64 i = 0; i < width / 2; ++i)
      total += std::cos(distance * std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(width)));
    return total;
  };
  for (const auto& [s, t] : {std::pair{3.0, 10.0}, {50.0, 57.0}, {20.0, 4.0}}) {
    claim.identity(sum(encoding(s) * encoding(t)).item(), formula(s - t), 1e-12);
    claim.rejects("sum-of-positions", sum(encoding(s) * encoding(t)).item(), formula(s + t));
  }
}

TEST(Attention, RotaryScoresDependOnDistances) {
  Claim claim("5.15");
  const Tensor q = random_matrix(5, 1, 8), k = random_matrix(6, 1, 8);
  const auto score = [&](i64 s, i64 t) { return sum(rotary_embedding(q, s) * rotary_embedding(k, t)).item(); };
  claim.identity(score(3, 11), score(0, 8), 1e-12);
  claim.identity(score(40, 48), sum(q * rotary_embedding(k, 8)).item(), 1e-12);
  claim.identity(norm(rotary_embedding(q, 7)).item(), norm(q).item(), 1e-12);
  claim.rejects("distance-of-the-other-sign", score(3, 11), score(8, 0));
  claim.rejects("keys-not-rotated", score(3, 11), sum(rotary_embedding(q, 3) * k).item());
}

// (5.16) over blocks of columns, with or without the factors that change the unit.
Tensor online(const Tensor& s, const Tensor& v, i64 width, bool rescaled) {
  Tensor m = full({s.size(0), 1}, -1e300, Dtype::f64), l = zeros({s.size(0), 1}, Dtype::f64);
  Tensor a = zeros({s.size(0), v.size(1)}, Dtype::f64);
  for (i64 j = 0; j < s.size(1); j += width) {
    const Tensor sj = slice(s, 1, {.start = j, .stop = j + width}), vj = slice(v, 0, {.start = j, .stop = j + width});
    const Tensor largest = maximum(m, max(sj, {1}, true)), p = exp(sj - largest);
    const Tensor factor = rescaled ? exp(m - largest) : ones_like(m);
    l = factor * l + sum(p, {1}, true);
    a = factor * a + matmul(p, vj);
    m = largest;
  }
  return a / l;
}

TEST(Attention, OnlineSoftmaxEqualsSoftmax) {
  Claim claim("5.16");
  const Tensor s = 30 * random_matrix(7, 5, 23), v = random_matrix(8, 23, 4), expected = matmul(softmax(s, 1), v);
  for (const i64 width : {1, 7, 8, 23, 50}) claim.identity(online(s, v, width, true), expected, 1e-12);
  claim.rejects("without-rescaling", online(s, v, 1, false), expected);
  const Tensor three = tensor({{1, 3, 2}}, Dtype::f64), tens = unsqueeze(tensor({10, 20, 30}, Dtype::f64), 1);
  EXPECT_NEAR(online(three, tens, 1, true).item(), 21.547, 5e-4) << "the example by hand";
  for (const i64 rows : {1, 5, 16}) {
    const Tensor q = random_matrix(9, 33, 6), k = random_matrix(10, 31, 6), w = random_matrix(11, 31, 3);
    claim.identity(flash_forward(q, k, w, rows).out, attend(q, k, w), 1e-12);
  }
}

TEST(Attention, WeightsFromTheLogSumExp) {
  Claim claim("5.17");
  const Tensor q = random_matrix(12, 33, 6), k = random_matrix(13, 31, 6), v = random_matrix(14, 31, 3);
  const Tensor s = matmul(q, transpose(k)) / std::sqrt(6.0);
  const FlashForward forward = flash_forward(q, k, v, 8);
  claim.identity(exp(s - forward.lse), softmax(s, 1), 1e-12);
  claim.rejects("largest-score-alone", exp(s - max(s, {1}, true)), softmax(s, 1));
  // The backward pass in blocks is the derivative.
  const Variable vq = parameter(q), vk = parameter(k), vv = parameter(v);
  const Tensor dout = random_matrix(15, 33, 3);
  const std::vector<Variable> expected =
      grad(scaled_dot_product_attention(vq, vk, vv), {vq, vk, vv}, {.cotangent = Variable(dout)});
  const FlashBackward computed = flash_backward(dout, q, k, v, forward, 8);
  claim.identity(computed.q, expected[0].value(), 1e-12);
  claim.identity(computed.k, expected[1].value(), 1e-12);
  claim.identity(computed.v, expected[2].value(), 1e-12);
}

TEST(Attention, NumbersMovedByBothAlgorithms) {
  Claim claim("5.18");
  for (const auto& [n, t, d, e, b] : {std::array<i64, 5>{33, 31, 6, 3, 8}, {16, 64, 4, 4, 16}, {5, 40, 2, 7, 64}}) {
    const Tensor q = random_matrix(17, n, d), k = random_matrix(18, t, d), v = random_matrix(19, t, e);
    const ThreeKernels whole = three_kernels(q, k, v);
    const FlashForward blocks = flash_forward(q, k, v, b);
    claim.identity(blocks.out, whole.out, 1e-12);
    const auto operands = static_cast<double>(n * d + t * d + t * e + n * e);
    claim.identity(whole.moved, operands + static_cast<double>(4 * n * t), 1e-12);
    const i64 passes = (n + b - 1) / b;  // over all keys and values
    claim.identity(blocks.moved, static_cast<double>(n * (d + e + 1) + passes * t * (d + e)), 1e-12);
    claim.rejects("scores-written-once", whole.moved, operands + static_cast<double>(n * t));
    if (passes > 1)
      claim.rejects("keys-and-values-read-once", blocks.moved, static_cast<double>(n * (d + e + 1) + t * (d + e)));
  }
}

double spread(const Tensor& x) { return (max(x) - min(x)).item(); }

TEST(Attention, AveragingContractsTheSpread) {
  Claim claim("5.20");
  for (std::uint64_t seed = 20; seed < 26; ++seed) {
    const Tensor p = softmax(0.7 * random_matrix(seed, 6, 6), 1), x = random_matrix(seed + 50, 6, 1);
    const double factor = 1 - 6 * min(p).item();
    claim.bound(spread(matmul(p, x)), factor * spread(x));
    if (seed == 20) claim.rejects_bound("contraction-without-skips-only", spread(x + matmul(p, x)), factor * spread(x));
  }
}

TEST(Attention, LargestSingularValueOfAveraging) {
  Claim claim("5.21");
  for (std::uint64_t seed = 30; seed < 36; ++seed) {
    for (const bool causal : {false, true}) {
      Tensor scores = 2 * random_matrix(seed, 7, 7);
      if (causal)
        scores = masked_fill(scores, triu(ones({7, 7}, Dtype::boolean), 1), -std::numeric_limits<double>::infinity());
      const Tensor p = softmax(scores, 1);
      const double largest = max(svdvals(p)).item();
      claim.bound(1, largest);
      claim.bound(largest, std::sqrt(max(sum(p, {0})).item()));
      if (causal) claim.rejects_bound("averages-shorten-every-vector", largest, 1);
    }
  }
  // Everyone looks at the same position: the upper bound is attained.
  const Tensor alike = matmul(ones({7, 1}, Dtype::f64), tensor({{0, 0, 1, 0, 0, 0, 0}}, Dtype::f64));
  claim.bound(max(svdvals(alike)).item(), std::sqrt(7.0));
  EXPECT_NEAR(max(svdvals(alike)).item(), std::sqrt(7.0), 1e-12);
}

TEST(Attention, ParametersOfAGpt) {
  Claim claim("5.24");
  Generator g(21);
  for (const auto& [v, c, layers, w] : {std::array<i64, 4>{12, 8, 2, 64}, {50, 16, 1, 32}, {7, 3, 3, 8}}) {
    const nn::GPT model({.vocabulary = v, .context = c, .layers = layers, .heads = 4, .width = w}, g);
    const auto computed = static_cast<double>(model.parameter_count());
    const auto formula = static_cast<double>((v + c) * w + layers * (12 * w * w + 13 * w) + 2 * w);
    claim.identity(computed, formula, 1e-12);
    claim.rejects("a-table-of-its-own-for-the-logits", computed, formula + static_cast<double>(v * w));
    claim.rejects("biases-and-gains-forgotten", computed, formula - static_cast<double>(layers * 13 * w));
  }
}

TEST(Attention, LossOfAModelThatKnowsNothing) {
  Claim claim("5.25");
  Generator g(16);
  const i64 vocabulary = 12;
  const Tensor targets = randint(g, {40}, 0, vocabulary);
  const Variable uniform(zeros({40, vocabulary}, Dtype::f64));
  claim.identity(nn::cross_entropy_loss(uniform, targets).item(), std::log(12.0), 1e-12);
  claim.rejects("log-base-two", nn::cross_entropy_loss(uniform, targets).item(), std::log2(12.0));
  nn::GPT model({.vocabulary = vocabulary, .context = 8, .layers = 2, .heads = 2, .width = 16}, g);
  const Variable logits = model(randint(g, {16, 8}, 0, vocabulary));
  const double start = nn::cross_entropy_loss(logits, randint(g, {16, 8}, 0, vocabulary)).item();
  EXPECT_NEAR(start, std::log(12.0), 0.05) << "a fresh GPT knows nothing";
}

}  // namespace
}  // namespace cadena::tutorials

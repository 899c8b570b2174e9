#include "tensor/attention.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/logsumexp.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tensor/reduce.h"
#include "tensor/softmax.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Example {
  Tensor q, k, v;

  Example(i64 queries, i64 keys, i64 depth, i64 width) {
    Generator generator(8);
    q = normal(generator, {2, 3, queries, depth}, 0, 1, Dtype::f64);
    k = normal(generator, {2, 3, keys, depth}, 0, 1, Dtype::f64);
    v = normal(generator, {2, 3, keys, width}, 0, 1, Dtype::f64);
  }
  Tensor scores() const { return div(matmul(q, transpose(k)), std::sqrt(static_cast<double>(q.size(-1)))); }
};

/// (S, T) with 0 where query i sees key j as a causal model does, minus infinity elsewhere.
Tensor causal_mask(i64 queries, i64 keys) {
  std::vector<double> values;
  for (i64 i = 0; i < queries; ++i) {
    for (i64 j = 0; j < keys; ++j) values.push_back(j - keys <= i - queries ? 0 : -kInf);
  }
  return from_values(values, {queries, keys}, Dtype::f64);
}

// q = sin, k = cos of 0 … 5 and v = 0 … 5 as (1, 1, 3, 2), computed by PyTorch 1.13.1 in f64.
TEST(Attention, AgreesWithPyTorch) {
  std::vector<double> s, c, n;
  for (int i = 0; i < 6; ++i) s.push_back(std::sin(i)), c.push_back(std::cos(i)), n.push_back(i);
  const Shape shape{1, 1, 3, 2};
  const Tensor q = from_values(s, shape, Dtype::f64), k = from_values(c, shape, Dtype::f64);
  const Tensor v = from_values(n, shape, Dtype::f64);
  const Attended y = scaled_dot_product_attention(q, k, v);
  expect_values(y.out, {1.8747146642721786, 2.8747146642721786, 1.2111499120277378, 2.2111499120277376,
                        2.38025539649666, 3.38025539649666});
  expect_values(y.lse, {1.1371557142198583, 1.2168310283825645, 1.3916070682116322});
  expect_values(scaled_dot_product_attention(q, k, v, {}, {.causal = true}).out,
                {0.0, 1.0, 0.513380073386311, 1.513380073386311, 2.38025539649666, 3.38025539649666});
}

// Sizes that cut blocks of queries and keys unevenly.
TEST(Attention, InBlocksEqualsSoftmaxOfAllScores) {
  for (const auto& [queries, keys] : {std::pair<i64, i64>{1, 1}, {33, 65}, {40, 200}, {70, 30}}) {
    const Example e(queries, keys, 5, 4);
    const Attended y = scaled_dot_product_attention(e.q, e.k, e.v);
    expect_values(y.out, matmul(softmax(e.scores()), e.v).to_vector(), 1e-12);
    expect_values(y.lse, logsumexp(e.scores(), -1).to_vector(), 1e-12);
    if (queries > keys) continue;
    const Tensor masked = add(e.scores(), causal_mask(queries, keys));
    const Tensor expected = matmul(softmax(masked), e.v);
    expect_values(scaled_dot_product_attention(e.q, e.k, e.v, {}, {.causal = true}).out, expected.to_vector(), 1e-12);
    const Tensor added = causal_mask(queries, keys);
    expect_values(scaled_dot_product_attention(e.q, e.k, e.v, added).out, expected.to_vector(), 1e-12);
  }
}

TEST(Attention, MasksBroadcastAndMayBeBool) {
  const Example e(4, 6, 3, 2);
  const Tensor keep = tensor({1, 1, 0, 1, 0, 1}, Dtype::boolean);
  const Tensor hidden = tensor({0, 0, -kInf, 0, -kInf, 0}, Dtype::f64);
  const Tensor expected = matmul(softmax(add(e.scores(), hidden)), e.v);
  expect_values(scaled_dot_product_attention(e.q, e.k, e.v, keep).out, expected.to_vector(), 1e-13);
  Generator generator(9);
  const Tensor per_batch = normal(generator, {2, 1, 4, 6}, 0, 1, Dtype::f64);
  expect_values(scaled_dot_product_attention(e.q, e.k, e.v, scattered(per_batch)).out,
                matmul(softmax(add(e.scores(), per_batch)), e.v).to_vector(), 1e-13);
}

TEST(Attention, QueriesThatSeeNoKeyGiveZeroAndNoGradient) {
  const Example e(70, 30, 5, 4);  // causal: the first 40 queries see nothing
  for (const AttentionOptions& options : {AttentionOptions{.causal = true}, AttentionOptions{}}) {
    const Tensor mask = options.causal ? Tensor() : causal_mask(70, 30);
    const Attended y = scaled_dot_product_attention(e.q, e.k, e.v, mask, options);
    const Tensor blind = slice(y.out, 2, {0, 40});
    EXPECT_EQ(sum(mul(blind, blind)).item(), 0);
    expect_values(slice(y.lse, 2, {0, 40}), std::vector<double>(2 * 3 * 40, -kInf));
    const AttentionGradients d = attention_backward(ones_like(y.out), e.q, e.k, e.v, mask, y.out, y.lse, options);
    const Tensor none = slice(d.q, 2, {0, 40});
    EXPECT_EQ(sum(mul(none, none)).item(), 0);
    for (double value : d.k.to_vector()) ASSERT_TRUE(std::isfinite(value));
    for (double value : d.v.to_vector()) ASSERT_TRUE(std::isfinite(value));
  }
  const Example nothing(3, 0, 2, 2);
  expect_values(scaled_dot_product_attention(nothing.q, nothing.k, nothing.v).out, std::vector<double>(36, 0.0));
}

TEST(Attention, WithoutDepthAveragesTheValues) {  // all scores are sums of nothing
  const Tensor v = tensor({{1, 2}, {4, 8}}, Dtype::f64);
  const Attended y = scaled_dot_product_attention(zeros({3, 0}, Dtype::f64), zeros({2, 0}, Dtype::f64), v);
  expect_values(y.out, {2.5, 5, 2.5, 5, 2.5, 5});
  expect_values(y.lse, std::vector<double>(3, std::log(2.0)));
}

TEST(Attention, SurvivesLargeScoresAndShowsNan) {
  const Example e(5, 7, 3, 2);
  const Tensor q = mul(e.q, 1e6);
  expect_values(scaled_dot_product_attention(q, e.k, e.v).out, matmul(softmax(mul(e.scores(), 1e6)), e.v).to_vector(),
                1e-9);
  const Tensor nan = full({5, 7}, std::nan(""), Dtype::f64);
  EXPECT_TRUE(std::isnan(scaled_dot_product_attention(e.q, e.k, e.v, nan).out.at({0, 0, 0, 0})));
  std::vector<double> one_seen(35, -kInf);
  one_seen[3] = std::nan("");  // of query 0, whose other keys are hidden
  const Attended y = scaled_dot_product_attention(e.q, e.k, e.v, from_values(one_seen, {5, 7}, Dtype::f64));
  EXPECT_TRUE(std::isnan(y.out.at({0, 0, 0, 0})));
  EXPECT_TRUE(std::isnan(y.lse.at({0, 0, 0})));
  EXPECT_EQ(y.out.at({0, 0, 1, 0}), 0);
}

TEST(Attention, AKeyThatNobodySeesHasNoGradientAtAll) {
  const Example e(4, 40, 3, 2);  // keys for several vectors, whose exponential may be another than that of the rest
  std::vector<double> mask(40, 0.0);
  mask[2] = -kInf;
  const Tensor hidden = from_values(mask, {40}, Dtype::f64);
  const Attended y = scaled_dot_product_attention(e.q, e.k, e.v, hidden);
  const AttentionGradients d = attention_backward(ones_like(y.out), e.q, e.k, e.v, hidden, y.out, y.lse);
  EXPECT_EQ(d.v.at({1, 2, 2, 1}), 0);
  EXPECT_EQ(d.k.at({1, 2, 2, 1}), 0);
  EXPECT_NE(d.v.at({1, 2, 3, 1}), 0);
}

// The matrix of all scores, differentiated by hand in unblocked form.
TEST(Attention, BackwardInBlocksEqualsTheFullFormula) {
  const Example e(40, 100, 5, 4);
  Generator generator(10);
  const Tensor dout = normal(generator, {2, 3, 40, 4}, 0, 1, Dtype::f64);
  const double scale = 0.3;
  const Attended y = scaled_dot_product_attention(e.q, e.k, e.v, {}, {.causal = true, .scale = scale});
  const Tensor s = add(mul(matmul(e.q, transpose(e.k)), scale), causal_mask(40, 100)), p = softmax(s);
  const Tensor dp = matmul(dout, transpose(e.v));
  const Tensor ds = mul(p, sub(dp, sum(mul(p, dp), -1, true)));
  const AttentionGradients d =
      attention_backward(scattered(dout), e.q, e.k, e.v, {}, y.out, y.lse, {.causal = true, .scale = scale});
  expect_values(d.q, mul(matmul(ds, e.k), scale).to_vector(), 1e-12);
  expect_values(d.k, mul(matmul(transpose(ds), e.q), scale).to_vector(), 1e-12);
  expect_values(d.v, matmul(transpose(p), dout).to_vector(), 1e-12);
}

TEST(Attention, DependsNeitherOnStridesNorOnThreads) {
  const Example e(65, 130, 8, 8);
  const int threads = cpu::num_threads();
  cpu::set_num_threads(1);
  const auto expected = scaled_dot_product_attention(e.q, e.k, e.v).out.to_vector();
  cpu::set_num_threads(4);
  EXPECT_EQ(scaled_dot_product_attention(scattered(e.q), scattered(e.k), scattered(e.v)).out.to_vector(), expected);
  cpu::set_num_threads(threads);
}

TEST(Attention, ComputesHalvesInF32) {
  const Example e(9, 70, 8, 8);
  const Tensor q = cast(e.q, Dtype::bf16), k = cast(e.k, Dtype::bf16), v = cast(e.v, Dtype::bf16);
  const Attended y = scaled_dot_product_attention(q, k, v);
  EXPECT_EQ(y.out.dtype(), Dtype::bf16);
  EXPECT_EQ(y.lse.dtype(), Dtype::f32);
  const Tensor exact = scaled_dot_product_attention(cast(q, Dtype::f64), cast(k, Dtype::f64), cast(v, Dtype::f64)).out;
  expect_values(y.out, exact.to_vector(), 0x1p-8);
}

TEST(Attention, NamesWhatIsWrong) {
  const Example e(4, 6, 3, 2);
  expect_error<ShapeError>([&] { scaled_dot_product_attention(e.q, e.v, e.v); }, "expected q (…, S, D), k (…, T, D)");
  expect_error<ShapeError>([&] { scaled_dot_product_attention(e.q, e.k, e.q); }, "scaled_dot_product_attention");
  expect_error<ShapeError>([&] { scaled_dot_product_attention(e.q, e.k, e.v, ones({5, 6}, Dtype::f64)); }, "(5, 6)");
  expect_error<DtypeError>([&] { scaled_dot_product_attention(e.q, cast(e.k, Dtype::f32), e.v); }, "f32");
  expect_error<DtypeError>(
      [&] {
        scaled_dot_product_attention(e.q, e.k, e.v, ones({4, 6}, Dtype::i64));
      },
      "mask is i64");
}

}  // namespace
}  // namespace cadena

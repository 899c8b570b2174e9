#include "tensor/attention.h"

#include <limits>

#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::distance;
using support::expect_agreement;
using support::on_cuda;
using support::random;

struct Extents {
  i64 queries, keys, depth, width;
};

/// The forward pass and the cotangents of q, k and v; the backward pass reads what the same device's forward returned.
std::vector<Tensor> both_passes(const std::vector<Tensor>& x, const Tensor& mask, const AttentionOptions& options) {
  const Attended y = scaled_dot_product_attention(x[0], x[1], x[2], mask, options);
  const AttentionGradients d = attention_backward(x[3], x[0], x[1], x[2], mask, y.out, y.lse, options);
  return {y.out, y.lse, d.q, d.k, d.v};
}

std::vector<Tensor> operands(const Extents& e, const Shape& batch = {2}) {
  const auto with = [&](i64 rows, i64 columns) {
    return batch.with_inserted(batch.rank(), rows).with_inserted(batch.rank() + 1, columns);
  };
  return {random(with(e.queries, e.depth)), random(with(e.keys, e.depth), 2), random(with(e.keys, e.width), 3),
          random(with(e.queries, e.width), 4)};
}

TEST(CudaAttention, ForwardAndBackwardAgreeAtOddExtents) {
  for (const Extents& e : {Extents{1, 1, 1, 1}, {33, 31, 5, 7}, {65, 129, 33, 17}, {3, 70, 64, 130}}) {
    expect_agreement(operands(e), 300, [](const auto& x) { return both_passes(x, {}, {}); });
  }
}

TEST(CudaAttention, CausalMasksOfMoreOrFewerKeysAgree) {
  for (const Extents& e : {Extents{70, 70, 8, 8}, {40, 70, 4, 4}, {70, 40, 4, 4}}) {
    expect_agreement(operands(e), 300, [](const auto& x) { return both_passes(x, {}, {.causal = true}); });
  }
}

TEST(CudaAttention, MasksBroadcastAndScalesAgree) {
  std::vector<Tensor> x = operands({5, 9, 4, 3}, {2, 3});
  x.push_back(random({3, 1, 9}, 5));
  expect_agreement(x, 300, [](const auto& t) { return both_passes(t, t[4], {.scale = 0.3}); });
}

TEST(CudaAttention, ACausalMaskAndAnotherAgree) {
  std::vector<Tensor> x = operands({40, 35, 4, 3}, {3});
  x.push_back(random({3, 1, 35}, 5));
  expect_agreement(x, 300, [](const auto& t) { return both_passes(t, t[4], {.causal = true}); });
}

TEST(CudaAttention, BoolMasksHideKeys) {
  const Tensor keep = cast(tensor({{1, 0, 1, 1}, {0, 1, 0, 0}, {1, 1, 1, 1}}), Dtype::boolean);
  const std::vector<Tensor> x = operands({3, 4, 6, 5});
  std::vector<Tensor> there;
  for (const Tensor& each : x) there.push_back(on_cuda(each));
  const std::vector<Tensor> expected = both_passes(x, keep, {}), actual = both_passes(there, on_cuda(keep), {});
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_LE(distance(actual[i], expected[i]), 1e-14);
}

TEST(CudaAttention, QueriesThatSeeNoKeyGiveZerosNotNan) {
  const Tensor none = zeros({3, 4}, Dtype::boolean, Device::cuda());
  std::vector<Tensor> x;
  for (const Tensor& each : operands({3, 4, 6, 5})) x.push_back(on_cuda(each));
  const std::vector<Tensor> y = both_passes(x, none, {});
  for (const std::size_t i : {0U, 2U, 3U, 4U}) {
    EXPECT_EQ(y[i].to_vector(), std::vector<double>(static_cast<std::size_t>(y[i].numel()), 0)) << "result " << i;
  }
  for (const double lse : y[1].to_vector()) EXPECT_EQ(lse, -std::numeric_limits<double>::infinity());
}

TEST(CudaAttention, NanInAKeyReachesEveryQueryThatSeesIt) {
  std::vector<Tensor> x = operands({3, 4, 2, 2}, {});
  x[1].mutable_data<double>()[5] = std::nan("");  // key 2
  std::vector<Tensor> there;
  for (const Tensor& each : x) there.push_back(on_cuda(each));
  const AttentionOptions causal{.causal = true};
  const Tensor expected = scaled_dot_product_attention(x[0], x[1], x[2], {}, causal).out;
  const Tensor actual = scaled_dot_product_attention(there[0], there[1], there[2], {}, causal).out;
  EXPECT_LE(distance(actual, expected), 1e-14);
  EXPECT_TRUE(std::isnan(actual.at({2, 0})));
}

TEST(CudaAttention, TheSameTwice) {
  std::vector<Tensor> x;
  for (const Tensor& each : operands({70, 70, 8, 8})) x.push_back(on_cuda(cast(each, Dtype::f32)));
  const std::vector<Tensor> first = both_passes(x, {}, {}), second = both_passes(x, {}, {});
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(distance(first[i], second[i]), 0);
}

}  // namespace
}  // namespace cadena

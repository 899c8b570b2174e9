#include "nn/attention.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/reduce.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/indexing.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(MultiHeadAttention, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::MultiHeadAttention all(6, 2, generator), causal(6, 2, generator, {.causal = true});
  support::expect_pytorch("attention", all);
  support::expect_pytorch("attention_causal", causal);
}

// True hides.
Tensor hidden() { return tensor({{0, 1, 0, 0}, {0, 0, 1, 1}, {1, 0, 0, 0}, {0, 0, 0, 1}}, Dtype::boolean); }
Tensor padding() { return tensor({{0, 0, 0, 1}, {0, 1, 0, 0}}, Dtype::boolean); }
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

TEST(MultiHeadAttention, WithMasksGivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::MultiHeadAttention layer(6, 2, generator);
  const auto self = [&](const nn::AttentionMasks& masks) {
    return [&layer, masks](const std::vector<Variable>& x) {
      return std::vector<Variable>{layer.forward(x[0], x[0], x[0], masks)};
    };
  };
  support::expect_pytorch("attention_masked", layer, self({.scores = hidden(), .keys = padding()}));

  std::vector<double> added;  // (n, heads, t, s), the same for PyTorch as (n heads, t, s)
  for (int i = 0; i < 64; ++i) added.push_back((i % 7 - 3) / 2.0);
  support::expect_pytorch("attention_added", layer,
                          self({.scores = from_values(std::span<const double>(added), {2, 2, 4, 4}, Dtype::f64),
                                .keys = masked_fill(zeros({2, 4}, Dtype::f64), padding(), kMinusInfinity)}));
}

TEST(MultiHeadAttention, AcrossSequencesGivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::MultiHeadAttention layer(6, 2, generator);
  support::expect_pytorch("attention_cross", layer, [&](const std::vector<Variable>& x) {
    return std::vector<Variable>{layer.forward(x[0], x[1], x[1], {.keys = padding()})};
  });
  support::expect_pytorch("attention_cross_three", layer, [&](const std::vector<Variable>& x) {
    return std::vector<Variable>{layer.forward(x[0], x[1], x[2], {.scores = slice(hidden(), 0, {.start = 1})})};
  });
}

TEST(MultiHeadAttention, AQueryThatSeesNoKeyGetsTheBiasAndNoGradient) {
  Generator generator(6);
  nn::MultiHeadAttention layer(4, 2, generator);
  layer.to(Dtype::f64);
  const Variable x = parameter(pattern({1, 3, 4}));
  const Tensor row = tensor({{0, 0, 1}, {1, 1, 1}, {0, 1, 0}}, Dtype::boolean);  // the second query is blind
  const Variable y = layer.forward(x, x, x, {.scores = row});
  expect_values(slice(y.value(), 1, {.start = 1, .stop = 2}), reshape(layer.state_dict().at("out.bias"), {1, 1, 4}));
  expect_values(select(layer.weights(x, x, {.scores = row}), 2, 1), std::vector<double>(6, 0.0));

  // Of its query alone: keys and values are another variable.
  const Variable query = parameter(pattern({1, 3, 4}, 3)), memory = parameter(pattern({1, 2, 4}, 5));
  const Tensor blind = tensor({{1, 1}}, Dtype::boolean);
  for (const bool differentiable : {false, true}) {
    const Variable out = layer.forward(query, memory, memory, {.keys = blind});
    for (const Variable& g : grad(sum(out * out), {query, memory}, {.differentiable = differentiable})) {
      expect_values(g.value(), std::vector<double>(static_cast<std::size_t>(g.numel()), 0.0));
    }
  }
}

TEST(MultiHeadAttention, MasksOfBothKindsAreDifferentiableTwice) {
  Generator generator(7);
  nn::MultiHeadAttention layer(4, 2, generator);
  layer.to(Dtype::f64);
  const auto f = [&](std::span<const Variable> x) {
    return layer.forward(x[0], x[1], x[1], {.scores = pattern({3, 4}), .keys = slice(padding(), 0, {.stop = 1})});
  };
  EXPECT_TRUE(gradcheck(f, {pattern({1, 3, 4}), pattern({1, 4, 4}, 5)}).passed());
}

TEST(MultiHeadAttention, CausalPositionsDoNotSeeWhatFollows) {
  Generator generator(2);
  nn::MultiHeadAttention layer(4, 2, generator, {.causal = true});
  layer.to(Dtype::f64);
  const Variable x(pattern({1, 5, 4}));
  const Tensor whole = layer(x).value();
  for (i64 t = 1; t < 5; ++t) {
    expect_values(layer(slice(x, 1, {.stop = t})).value(), slice(whole, 1, {.stop = t}));
  }
}

TEST(MultiHeadAttention, WithCacheEqualsAllAtOnce) {
  Generator generator(3);
  nn::MultiHeadAttention layer(4, 2, generator, {.causal = true});
  layer.to(Dtype::f64);
  const Variable x(pattern({2, 5, 4}));
  const Tensor whole = layer(x).value();
  nn::KeyValueCache cache;
  EXPECT_EQ(cache.length(), 0);
  expect_values(layer.forward(slice(x, 1, {.stop = 2}), cache).value(), slice(whole, 1, {.stop = 2}));
  EXPECT_EQ(cache.length(), 2);
  for (i64 t = 2; t < 5; ++t) {
    const Range one{.start = t, .stop = t + 1};
    expect_values(layer.forward(slice(x, 1, one), cache).value(), slice(whole, 1, one));
  }
  EXPECT_EQ(cache.length(), 5);
}

TEST(MultiHeadAttention, ShowsTheWeightsThatItApplies) {
  Generator generator(4);
  nn::MultiHeadAttention layer(4, 2, generator, {.causal = true});
  layer.to(Dtype::f64);
  const Variable x(pattern({2, 3, 4}));
  const Tensor weights = layer.weights(x);
  ASSERT_EQ(weights.shape(), (Shape{2, 2, 3, 3}));
  expect_values(sum(weights, -1), std::vector<double>(12, 1.0));
  for (int n = 0; n < 2; ++n) {
    for (int head = 0; head < 2; ++head) {
      EXPECT_EQ(weights.at({n, head, 0, 1}), 0);
      EXPECT_EQ(weights.at({n, head, 0, 2}), 0);
      EXPECT_EQ(weights.at({n, head, 1, 2}), 0);
    }
  }

  // The output, taken apart: with the identity as "out", head h is its weights times its values.
  auto state = layer.state_dict();
  state.at("out.weight") = eye(4, -1, Dtype::f64);
  state.at("out.bias") = zeros({4}, Dtype::f64);
  layer.load_state_dict(state);
  const Tensor y = layer(x).value();
  const Tensor w_v = slice(state.at("qkv.weight"), 0, {.start = 8});
  const Tensor b_v = slice(state.at("qkv.bias"), 0, {.start = 8});
  for (i64 head = 0; head < 2; ++head) {
    const Range columns{.start = 2 * head, .stop = 2 * head + 2};
    Tensor v = copy(matmul(x.value(), transpose(slice(w_v, 0, columns))));
    add_into(v, copy(broadcast_to(slice(b_v, 0, columns), v.shape())));
    expect_values(slice(y, 2, columns), matmul(select(weights, 1, head), v));
  }
}

TEST(MultiHeadAttention, NamesItselfAndTheShapeItCannotTake) {
  Generator generator(5);
  nn::MultiHeadAttention layer(4, 2, generator);
  nn::KeyValueCache cache;
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer(Variable(zeros({3, 4})));
            }),
            "MultiHeadAttention(4, 2 heads): expected (n, t, 4), got shape (3, 4)");
  EXPECT_EQ(message_of<ValueError>([&] {
              layer.forward(Variable(zeros({1, 3, 4})), cache);
            }),
            "MultiHeadAttention(4, 2 heads): a cache needs causal attention");
  const Variable x(zeros({2, 3, 4}));
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer.forward(x, x, x, {.scores = ones({3, 3, 3}, Dtype::boolean)});
            }),
            "MultiHeadAttention(4, 2 heads): shapes do not broadcast: (3, 3, 3) and (2, 2, 3, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer.forward(x, x, x, {.scores = ones({5, 1, 1, 3, 3}, Dtype::boolean)});
            }),
            "MultiHeadAttention(4, 2 heads): a mask of shape (5, 1, 1, 3, 3) does not broadcast to the scores "
            "(2, 2, 3, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { layer.forward(x, x, x, {.keys = ones({3}, Dtype::boolean)}); }),
            "MultiHeadAttention(4, 2 heads): expected a mask of keys of shape (2, 3), got (3,)");
  EXPECT_EQ(message_of<DtypeError>([&] {
              layer.forward(x, x, x, {.keys = ones({2, 3}, Dtype::i64)});
            }),
            "scaled_dot_product_attention: the mask is i64, expected bool or a floating dtype");
  EXPECT_EQ(message_of<ValueError>([&] { nn::MultiHeadAttention(4, 3, generator); }),
            "MultiHeadAttention: 3 heads do not divide the width 4");
  EXPECT_EQ(message_of<ValueError>([&] { nn::MultiHeadAttention(4, 0, generator); }),
            "MultiHeadAttention: 0 heads do not divide the width 4");
}

}  // namespace
}  // namespace cadena

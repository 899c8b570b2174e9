#include "nn/attention.h"

#include "autograd/views.h"
#include "tensor/base/error.h"
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
  EXPECT_EQ(message_of<ValueError>([&] { nn::MultiHeadAttention(4, 3, generator); }),
            "MultiHeadAttention: 3 heads do not divide the width 4");
  EXPECT_EQ(message_of<ValueError>([&] { nn::MultiHeadAttention(4, 0, generator); }),
            "MultiHeadAttention: 0 heads do not divide the width 4");
}

}  // namespace
}  // namespace cadena

#include "autograd/attention.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/batch_norm.h"
#include "autograd/engine.h"
#include "autograd/layer_norm.h"
#include "autograd/reduce.h"
#include "tensor/base/error.h"
#include "tensor/batch_norm.h"
#include "tensor/indexing.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(AttentionGradient, IsZeroForQueriesThatSeeNoKey) {
  Generator generator(1);
  const auto draw = [&](const Shape& shape) { return parameter(normal(generator, shape, 0, 1, Dtype::f64)); };
  const Variable q = draw({2, 5, 4}), k = draw({2, 3, 4}), v = draw({2, 3, 4});
  const Variable u(normal(generator, {2, 5, 4}, 0, 1, Dtype::f64));
  for (const bool differentiable : {false, true}) {
    const Variable loss = sum(scaled_dot_product_attention(q, k, v, {}, {.causal = true}) * u);
    const std::vector<Variable> d = grad(loss, std::vector<Variable>{q, k, v}, {.differentiable = differentiable});
    expect_values(slice(d[0].value(), 1, {0, 2}), std::vector<double>(16, 0.0));
    for (const Variable& g : d) {
      for (double value : g.value().to_vector()) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

// What causality hides can be hidden by the mask as well, which certification compares with PyTorch.
TEST(AttentionGradient, OfCausalityAndAMaskIsThatOfBothInOneMask) {
  Generator generator(4);
  const auto draw = [&](const Shape& shape) { return normal(generator, shape, 0, 1, Dtype::f64); };
  const Tensor mask = draw({3, 1, 5});  // one for each head, added to every query's scores
  const Tensor hidden = tensor({{0, 0, 1, 1, 1}, {0, 0, 0, 1, 1}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 0}}, Dtype::boolean);
  const Tensor both = masked_fill(broadcast_to(mask, {3, 4, 5}), hidden, -std::numeric_limits<double>::infinity());
  const Variable q = parameter(draw({2, 3, 4, 2})), k = parameter(draw({2, 3, 5, 2})),
                 v = parameter(draw({2, 3, 5, 6}));
  const Variable y = scaled_dot_product_attention(q, k, v, mask, {.causal = true});
  const Variable expected = scaled_dot_product_attention(q, k, v, both), u(draw(y.shape()));
  expect_values(y.value(), expected.value());
  for (const bool differentiable : {false, true}) {
    const auto d = grad(y, {q, k, v}, {.cotangent = u, .differentiable = differentiable});
    const auto e = grad(expected, {q, k, v}, {.cotangent = u});
    for (std::size_t i = 0; i < d.size(); ++i) expect_values(d[i].value(), e[i].value());
  }
}

TEST(AttentionGradient, ScalesByTheDepthUnlessTold) {
  const Variable q = parameter(full({1, 4}, 1, Dtype::f64)), k(full({2, 4}, 1, Dtype::f64));
  const Variable v(reshape(tensor({1, 2}, Dtype::f64), {2, 1}));
  const Tensor same = scaled_dot_product_attention(q, k, v, {}, {.scale = 0.5}).value();
  EXPECT_EQ(scaled_dot_product_attention(q, k, v).value().to_vector(), same.to_vector());
  expect_error<ShapeError>([&] { scaled_dot_product_attention(q, v, v); }, "scaled_dot_product_attention");
}

TEST(GroupNormVariable, IsTheTensorsFunction) {
  Generator generator(2);
  const Tensor x = normal(generator, {2, 4, 3}, 0, 1, Dtype::f64), w = normal(generator, {4}, 0, 1, Dtype::f64);
  expect_values(group_norm(Variable(x), 2, Variable(w)).value(), group_norm(x, 2, w, {}).to_vector());
  EXPECT_EQ(group_norm(Variable(zeros({0, 4, 3}, Dtype::f64)), 2).shape(), (Shape{0, 4, 3}));
  expect_values(group_norm(Variable(ones({1, 1}, Dtype::f64)), 1).value(), {0});
  expect_error<ShapeError>([&] { group_norm(Variable(x), 3); }, "group_norm: 3 groups");
}

TEST(LayerNormVariable, LeavesOutWhatIsNotGiven) {
  Generator generator(3);
  const Tensor x = normal(generator, {2, 5}, 0, 1, Dtype::f64);
  expect_values(layer_norm(Variable(x)).value(), layer_norm(x, {}, {}).y.to_vector());
  expect_values(rms_norm(Variable(x)).value(), rms_norm(x, {}).y.to_vector());
  expect_values(batch_norm(Variable(x)).y.value(), batch_norm(x, {}, {}).y.to_vector());
  expect_error<ShapeError>([&] { layer_norm(Variable(x), Variable(ones({4}, Dtype::f64))); }, "weight (4,)");
}

}  // namespace
}  // namespace cadena

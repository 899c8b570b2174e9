#include "autograd/attention.h"

#include "autograd/arithmetic.h"
#include "autograd/batch_norm.h"
#include "autograd/engine.h"
#include "autograd/layer_norm.h"
#include "autograd/reduce.h"
#include "tensor/base/error.h"
#include "tensor/batch_norm.h"
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

#include "autograd/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/memory.h"
#include "tensor/random.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

template <class F>
void expect_gradcheck(F f, std::initializer_list<Shape> shapes) {
  Generator generator(5);
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) inputs.push_back(normal(generator, shape, 0, 1, Dtype::f64));
  const GradcheckReport report = gradcheck(f, inputs);
  EXPECT_THAT(report.failures, testing::IsEmpty());
}

TEST(Join, CompositionsPassGradcheck) {
  using Inputs = std::span<const Variable>;
  expect_gradcheck([](Inputs x) { return stack({x[0] * x[1], x[1], x[0]}, 1); }, {{2, 3}, {2, 3}});
  expect_gradcheck([](Inputs x) { return concat({x[0] * x[0], x[1], x[0]}, -1); }, {{2, 3}, {2, 1}});
  expect_gradcheck([](Inputs x) { return tile(x[0] * x[0], {2, 1, 2}); }, {{2, 3}});
  expect_gradcheck([](Inputs x) { return repeat(x[0] * x[0], 3, 0); }, {{2, 3}});
  expect_gradcheck([](Inputs x) { return roll(x[0] * x[0], -4, 1); }, {{2, 3}});
  expect_gradcheck([](Inputs x) { return chunk(x[0], 2, 1)[1] * unbind(x[0], 1)[0]; }, {{1, 3}});
}

/// Bytes that one forward pass through `join` of `count` parts allocates; every third part has no tangent.
template <class F>
std::size_t bytes_of_forward_pass(F join, int count) {
  std::vector<Variable> parts, moved, along;
  for (int i = 0; i < count; ++i) {
    parts.push_back(parameter(full({64}, i, Dtype::f64)));
    if (i % 3 == 0) continue;
    moved.push_back(parts.back());
    along.emplace_back(full({64}, 0.5, Dtype::f64));
  }
  const Variable y = join(parts);
  const std::size_t before = allocated_bytes();
  const Variable dy = push_forward(std::span(&y, 1), moved, along)[0];
  const std::size_t bytes = allocated_bytes() - before;
  EXPECT_EQ(dy.value().to_vector()[0], 0);
  EXPECT_EQ(dy.value().to_vector()[64], 0.5);
  return bytes;
}

TEST(Join, ForwardModeIsLinearInTheNumberOfParts) {
  const auto concatenated = [](const std::vector<Variable>& parts) { return concat(parts, 0); };
  const auto stacked = [](const std::vector<Variable>& parts) { return stack(parts, 0); };
  EXPECT_LE(bytes_of_forward_pass(concatenated, 400), 5 * bytes_of_forward_pass(concatenated, 100));
  EXPECT_LE(bytes_of_forward_pass(stacked, 400), 5 * bytes_of_forward_pass(stacked, 100));
}

TEST(Join, AgreesWithItsTensorFunctions) {
  Generator generator(1);
  const Tensor x = normal(generator, {2, 3});
  const Variable v(x);
  EXPECT_EQ(tile(v, {2, 1, 2}).value().to_vector(), tile(x, {2, 1, 2}).to_vector());
  EXPECT_EQ(repeat(v, 2, 1).value().to_vector(), repeat(x, 2, 1).to_vector());
  EXPECT_EQ(roll(v, 2, -1).value().to_vector(), roll(x, 2, -1).to_vector());
  EXPECT_EQ(stack({v, v}, -1).value().to_vector(), stack({x, x}, -1).to_vector());
}

TEST(Concat, OfVariablesMeetsInThePromotedDtype) {
  const Variable a = parameter(ones({2}, Dtype::f32));
  const Variable b = parameter(ones({1}, Dtype::f64));
  const Variable y = concat({a, b});
  EXPECT_EQ(y.dtype(), Dtype::f64);
  const std::vector<Variable> g = grad(y, {a, b}, {.cotangent = Variable(tensor({1, 2, 3}, Dtype::f64))});
  EXPECT_EQ(g[0].dtype(), Dtype::f32);
  EXPECT_EQ(g[0].value().to_vector(), (Values{1, 2}));
  EXPECT_EQ(g[1].value().to_vector(), (Values{3}));
}

TEST(Unbind, GivesZeroToPartsThatDoNotCount) {
  const Variable x = parameter(tensor({1, 2, 3}));
  EXPECT_EQ(grad(unbind(x)[1], x).value().to_vector(), (Values{0, 1, 0}));
}

TEST(Concat, OfNoVariablesIsRefused) {
  EXPECT_THAT([] { concat(std::vector<Variable>{}); },
              ThrowsMessage<ShapeError>(HasSubstr("concat: expected at least")));
  EXPECT_THAT(
      [] {
        stack({Variable(zeros({2})), Variable(zeros({3}))});
      },
      ThrowsMessage<ShapeError>(HasSubstr("stack: shapes differ")));
}

}  // namespace
}  // namespace cadena

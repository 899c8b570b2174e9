#include "autograd/transforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/join.h"
#include "autograd/matmul.h"
#include "autograd/softmax.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Variable vector(std::initializer_list<double> values) { return parameter(tensor(values, Dtype::f64)); }

/// f(x) = x_0^2 x_1 + x_1^3
Variable cubic(const Variable& x) {
  const Variable a = select(x, 0, 0), b = select(x, 0, 1);
  return a * a * b + b * b * b;
}

TEST(Jvp, PushesATangentForward) {
  const Variable x = vector({2, 3}), v(tensor({1.0, 10.0}, Dtype::f64));
  const Function f = [](std::span<const Variable> in) { return cubic(in[0]); };
  const auto [value, product] = jvp(f, std::span(&x, 1), std::span(&v, 1));
  EXPECT_EQ(value.item(), 4 * 3 + 27);
  EXPECT_EQ(product.item(), 2 * 2 * 3 + 10 * (4 + 3 * 9));
  EXPECT_FALSE(product.requires_grad());
}

TEST(Jvp, OfAConstantFunctionIsZero) {
  const Variable x = vector({2, 3}), v(ones({2}, Dtype::f64));
  const Function f = [](std::span<const Variable>) { return Variable(ones({3}, Dtype::f64)); };
  EXPECT_EQ(jvp(f, std::span(&x, 1), std::span(&v, 1)).product.value().to_vector(), std::vector<double>(3, 0.0));
}

TEST(Vjp, PullsACotangentBack) {
  const Variable x = vector({2, 3}), u(tensor(2, Dtype::f64));
  const Function f = [](std::span<const Variable> in) { return cubic(in[0]); };
  const auto [value, products] = vjp(f, std::span(&x, 1), u);
  EXPECT_EQ(value.item(), 39);
  EXPECT_EQ(products[0].value().to_vector(), (std::vector<double>{2 * 12, 2 * 31}));
}

TEST(Transforms, TakeListsOfVariables) {
  const Variable x = vector({2, 3}), w = vector({5, 7}), v(tensor({1.0, 10.0}, Dtype::f64));
  const auto f = [](std::span<const Variable> in) { return cubic(in[0]); };
  EXPECT_EQ(jvp(f, {x}, {v}).product.item(), 322);
  EXPECT_EQ(vjp(f, {x}, Variable(tensor(2, Dtype::f64))).second[0].value().to_vector(), (std::vector<double>{24, 62}));
  const std::vector<Variable> parameters{w};  // as a module lists them
  const Variable y = checkpoint([&](std::span<const Variable> in) { return cubic(in[0] * w); }, {x}, parameters);
  EXPECT_EQ(y.item(), 10 * 10 * 21 + 21 * 21 * 21);
}

TEST(Hvp, IsAColumnOfTheHessian) {
  const Variable h = hvp(cubic, vector({2, 3}), Variable(tensor({0.0, 1.0}, Dtype::f64)));
  EXPECT_EQ(h.value().to_vector(), (std::vector<double>{4, 18}));  // of ((2 x_1, 2 x_0), (2 x_0, 6 x_1))
  EXPECT_THROW(hvp(cubic, vector({2, 3}), vector({1, 2, 3})), ShapeError);
}

TEST(Hessian, IsTheMatrixOfSecondDerivatives) {
  const Variable h = hessian(cubic, vector({2, 3}));
  EXPECT_EQ(h.shape(), (Shape{2, 2}));
  EXPECT_EQ(h.value().to_vector(), (std::vector<double>{6, 4, 4, 18}));
}

TEST(Hessian, OfALinearFunctionIsZero) {
  const Variable h = hessian([](const Variable& x) { return sum_to(x * 3, {}); }, vector({2, 3}));
  EXPECT_EQ(h.value().to_vector(), std::vector<double>(4, 0.0));
}

TEST(Hessian, WantsAScalarFunction) {
  EXPECT_THROW(hessian([](const Variable& x) { return x * x; }, vector({2, 3})), ShapeError);
}

TEST(Jacobian, OfAMatrixProductIsTheMatrixByRowsAndByColumns) {
  const Variable wide(tensor({{1, 2, 3}, {4, 5, 6}}, Dtype::f64));
  const Variable rows = jacobian([&](const Variable& x) { return matmul(wide, x); }, vector({1, 1, 1}));
  EXPECT_EQ(rows.shape(), (Shape{2, 3}));
  EXPECT_EQ(rows.value().to_vector(), wide.value().to_vector());
  const Variable tall = transpose(wide);
  const Variable columns = jacobian([&](const Variable& x) { return matmul(tall, x); }, vector({1, 1}));
  EXPECT_EQ(columns.shape(), (Shape{3, 2}));
  EXPECT_EQ(columns.value().to_vector(), tall.value().to_vector());
}

TEST(Jacobian, HasTheAxesOfOutputAndInput) {
  const Variable x = parameter(ones({2, 2}, Dtype::f64));
  EXPECT_EQ(jacobian([](const Variable& a) { return a * 2; }, x).shape(), (Shape{2, 2, 2, 2}));
  EXPECT_EQ(jacobian([](const Variable& a) { return sum_to(a, {}); }, x).shape(), (Shape{2, 2}));
}

TEST(Transforms, CanBeDifferentiatedAgain) {
  const Variable x = vector({2, 3});
  const Variable h = hessian(cubic, x, {.differentiable = true});
  EXPECT_EQ(grad(sum_to(h, {}), x).value().to_vector(), (std::vector<double>{4, 8}));  // of 4 x_0 + 8 x_1
}

Function layer(const Variable& w) {
  return [w](std::span<const Variable> x) { return softmax(matmul(x[0], w) * x[0], -1); };
}

TEST(Checkpoint, GivesTheSameValueAndGradients) {
  const Variable x = parameter(tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64));
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64));
  const Variable u(tensor({{1, -1}, {2, 0.5}}, Dtype::f64));
  const Variable plain = layer(w)(std::span(&x, 1)), recomputed = checkpoint(layer(w), {x}, {w});
  EXPECT_EQ(plain.value().to_vector(), recomputed.value().to_vector());
  const auto a = grad(plain, {x, w}, {.cotangent = u}), b = grad(recomputed, {x, w}, {.cotangent = u});
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(a[i].value().to_vector(), b[i].value().to_vector());
}

TEST(Checkpoint, IsDifferentiableInBothModesAndToSecondOrder) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64));
  const GradcheckReport report =
      gradcheck([&](std::span<const Variable> x) { return checkpoint(layer(w), {x[0] * x[0]}, {w}); },
                {tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64)});
  EXPECT_TRUE(report.passed()) << report.failures.front();
}

/// The gradients of <u, y> at xs, the gradient at the last x of the sum of squares of them all, and the tangent of y
/// along the last x.
std::vector<std::vector<double>> to_second_order(const Variable& y, const std::vector<Variable>& xs) {
  const Variable u(tensor({{1, -1}, {2, 0.5}}, Dtype::f64));
  std::vector<std::vector<double>> all;
  Variable total(zeros({}, Dtype::f64));
  for (const Variable& g : grad(y, xs, {.cotangent = u, .differentiable = true})) {
    all.push_back(g.value().to_vector());
    total = total + sum_to(g * g, {});
  }
  for (const Variable& g : grad(y, xs, {.cotangent = u})) all.push_back(g.value().to_vector());
  all.push_back(grad(total, xs.back()).value().to_vector());
  const Variable v(full(xs.back().shape(), 0.5, Dtype::f64));
  all.push_back(push_forward(std::span(&y, 1), std::span(&xs.back(), 1), std::span(&v, 1))[0].value().to_vector());
  return all;
}

TEST(Checkpoint, CountsAPathThroughAnInputOnce) {  // though the input depends on a parameter that is read again
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = w * w * 0.1;
  const Variable plain = layer(w)(std::span(&x, 1)), recomputed = checkpoint(layer(w), {x}, {w});
  EXPECT_EQ(to_second_order(recomputed, {x, w}), to_second_order(plain, {x, w}));
}

TEST(Checkpoint, CountsAParameterOnceThoughAnotherDependsOnItOrItIsListedTwice) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), half = w * 0.5;
  const Variable x = parameter(tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64));
  const Function f = [=](std::span<const Variable> in) { return layer(half)(in) + in[0] * w; };
  const Variable plain = f(std::span(&x, 1)), recomputed = checkpoint(f, {x}, {w, half, w});
  EXPECT_EQ(to_second_order(recomputed, {x, w}), to_second_order(plain, {x, w}));
}

TEST(Checkpoint, LeavesAHookOfAParameterToThePassOutside) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = w * 2;
  std::vector<std::vector<double>> seen;
  for (const Variable& hooked : {w, x}) {
    hooked.register_hook([&](const Variable& g) { seen.push_back(g.value().to_vector()); });
  }
  const Function product = [=](std::span<const Variable> in) { return in[0] * w; };
  for (const bool differentiable : {false, true}) {
    seen.clear();
    grad(sum_to(checkpoint(product, {x}, {w}) + w, {}), w, {.differentiable = differentiable});  // 2 w^2 + w
    EXPECT_EQ(seen, (std::vector<std::vector<double>>{{1, 2, 3, 4}, {5, 9, 13, 17}}));
  }
}

TEST(Checkpoint, TellsTheOutputsOfAnOpApart) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}, {5, 6}, {7, 8}}, Dtype::f64)), x(ones({2, 2}, Dtype::f64));
  const std::vector<Variable> parts = split(w, {2, 2});
  EXPECT_THROW(checkpoint(layer(parts[1]), {x}, {parts[0]}), GradError);
  const Variable plain = layer(parts[1])(std::span(&x, 1)), recomputed = checkpoint(layer(parts[1]), {x}, {parts[1]});
  EXPECT_EQ(to_second_order(recomputed, {w}), to_second_order(plain, {w}));
}

TEST(Checkpoint, DoesNotRunAgainForAGradientThatEndsAtItsResult) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  int runs = 0;
  const Function f = [&](std::span<const Variable> in) {
    ++runs;
    return in[0] * 2;
  };
  const Variable y = checkpoint(f, {x}), z = sum_to(y * y, {});
  EXPECT_EQ(grad(z, y).value().to_vector(), (std::vector<double>{4, 4}));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(grad(z, x).value().to_vector(), (std::vector<double>{8, 8}));
  EXPECT_EQ(runs, 2);
}

TEST(Checkpoint, GivesUpItsFunctionWithWhatItHoldsOnceThePassIsOver) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  const Tensor held = full({2}, 3, Dtype::f64);
  const Variable y = checkpoint([held = held](std::span<const Variable> in) { return in[0] * Variable(held); }, {x});
  y.backward(ones({2}, Dtype::f64), {.retain = true});
  EXPECT_FALSE(held.is_sole_owner());
  y.backward(ones({2}, Dtype::f64));
  EXPECT_TRUE(held.is_sole_owner());
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{6, 6}));
}

TEST(Checkpoint, KeepsNothingOfWhatItComputesInBetween) {
  const Variable x = parameter(ones({2, 2}, Dtype::f64));
  std::vector<Tensor> between;
  const Function f = [&](std::span<const Variable> in) {
    const Variable middle = in[0] * in[0];
    between.push_back(middle.value());
    return middle * middle;
  };
  const Variable y = checkpoint(f, {x});
  ASSERT_EQ(between.size(), 1u);
  EXPECT_TRUE(between[0].is_sole_owner());
  y.backward(ones({2, 2}, Dtype::f64));
  EXPECT_EQ(between.size(), 2u);  // computed once more
  EXPECT_EQ(x.grad().to_vector(), std::vector<double>(4, 4.0));
}

TEST(Checkpoint, OfConstantsIsAConstant) {
  const Variable x(ones({2}, Dtype::f64));
  const Function twice = [](std::span<const Variable> in) { return in[0] * 2; };
  EXPECT_FALSE(checkpoint(twice, {x}).requires_grad());
  EXPECT_THROW(checkpoint(twice, {x}, {x}), GradError);
}

TEST(Checkpoint, RefusesAParameterThatIsNotListed) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = parameter(ones({2, 2}, Dtype::f64));
  for (const Variable& input : {x, x.detach()}) {
    EXPECT_THAT([&] { checkpoint(layer(w), {input}); },
                ThrowsMessage<GradError>(AllOf(HasSubstr("checkpoint"), HasSubstr("(2, 2)"), HasSubstr("params"))));
    EXPECT_THAT([&] { checkpoint(layer(w * 2), {input}); }, ThrowsMessage<GradError>(HasSubstr("checkpoint")));
  }
  EXPECT_NO_THROW(checkpoint(layer(w * 2), {x}, {w}));
  EXPECT_NO_THROW(checkpoint(layer(w.detach()), {x}));
}

TEST(Checkpoint, RefusesAFunctionThatGivesAnotherResultTheSecondTime) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  double factor = 1;
  const Variable y = checkpoint([&](std::span<const Variable> in) { return in[0] * ++factor; }, {x});
  EXPECT_THAT([&] { y.backward(ones({2}, Dtype::f64)); }, ThrowsMessage<GradError>(HasSubstr("checkpoint")));
  bool first = true;
  const auto shrinking = [&](std::span<const Variable> in) {
    return std::exchange(first, false) ? in[0] * 2 : sum_to(in[0] * 2, {});
  };
  const Variable z = checkpoint(shrinking, {x});
  EXPECT_THAT([&] { z.backward(ones({2}, Dtype::f64)); },
              ThrowsMessage<GradError>(AllOf(HasSubstr("checkpoint"), HasSubstr("(2,)"), HasSubstr("()"))));
}

TEST(Checkpoint, RunsAgainWithTheValuesThatWereSetAndLeavesThemAlone) {
  const Variable x = parameter(tensor({2, 3}, Dtype::f64)), counter(tensor(1, Dtype::f64));
  const Function counting = [&](std::span<const Variable> in) {
    const Variable y = in[0] * Variable(counter.value());
    counter.set_value(add(counter.value(), 1));
    return y;
  };
  const Function twice = [&](std::span<const Variable> in) { return checkpoint(counting, {counting(in)}); };
  const Variable y = checkpoint(twice, {x});  // x times 1 times 2
  EXPECT_EQ(counter.item(), 3);
  counter.set_value(tensor(7, Dtype::f64));
  EXPECT_EQ(grad(y, x, {.cotangent = Variable(ones({2}, Dtype::f64))}).value().to_vector(),
            (std::vector<double>{2, 2}));
  EXPECT_EQ(counter.item(), 7);
}

}  // namespace
}  // namespace cadena

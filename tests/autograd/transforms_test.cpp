#include "autograd/transforms.h"

#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

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

}  // namespace
}  // namespace cadena

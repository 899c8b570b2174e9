#include <gtest/gtest.h>

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/exponential.h"
#include "autograd/gradcheck.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "autograd/rounding.h"
#include "tests/support/expect_values.h"
#include "tests/support/slope.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(PowerSlope, RootsAndLogarithmsAreInfinitelySteepAtZero) {
  expect_values(slope([](const Variable& x) { return sqrt(x); }, {0, 4}), {kInf, 0.25});
  expect_values(slope([](const Variable& x) { return pow(x, 0.5); }, {0, 4}), {kInf, 0.25});
  expect_values(slope([](const Variable& x) { return log(x); }, {0, 4}), {kInf, 0.25});
  expect_values(slope([](const Variable& x) { return rsqrt(x); }, {0, 4}), {-kInf, -0.0625});
}

TEST(PowerSlope, PowersAtZeroTakeTheirLimit) {
  expect_values(slope([](const Variable& x) { return pow(x, 0); }, {0, 2}), {0, 0});
  expect_values(slope([](const Variable& x) { return pow(x, 1); }, {0, 2}), {1, 1});
  expect_values(slope([](const Variable& x) { return pow(x, 2); }, {0, 2}), {0, 4});
  expect_values(slope([](const Variable& x) { return pow(x, 3); }, {0, 2}), {0, 12});
  const auto [a, b] = slopes([](auto& u, auto& v) { return pow(u, v); }, {0, 0, 0, 2, -2}, {0, 1, 2, 0, 2});
  expect_values(a, {0, 1, 0, 0, -4});
  expect_values(b, {0, 0, 0, 0.6931471805599453, kNan});
  expect_values(slope([](const Variable& x) { return pow(0.0, x); }, {0, 1, -1}), {0, 0, -kInf});
}

TEST(PowerSlope, TheZerothPowerIsFlatWhereTheReciprocalIsNotFinite) {
  const auto power = [](auto& u, auto& v) { return pow(u, v); };
  expect_values(slopes(power, {5e-324, -1e-310, kNan, kInf}, {0, 0, 0, 0}).first, {0, 0, 0, 0});
  // Elsewhere b stays in the formula, whose derivative by b is 1 / a there.
  const Variable a = parameter(tensor({2, 4}, Dtype::f64)), b = parameter(zeros({2}, Dtype::f64));
  const Variable slope_of_a = grad(sum(pow(a, b)), a, {.differentiable = true});
  expect_values(grad(sum(slope_of_a), b).value(), {0.5, 0.25});
}

TEST(PowerSlope, SecondDerivativesOfPowersAtZero) {
  const Variable x = parameter(tensor({0, 2}, Dtype::f64));
  const auto second = [&](const Variable& y) {
    const Variable g = grad(inner(y, Variable(ones_like(y.value()))), {x}, {.differentiable = true})[0];
    return grad(inner(g, Variable(ones_like(g.value()))), {x})[0].value();
  };
  expect_values(second(pow(x, 2)), {2, 2});   // x^2
  expect_values(second(pow(x, 3)), {0, 12});  // x^3
  expect_values(second(pow(x, Variable(tensor({2, 2}, Dtype::f64)))), {2, 2});
}

TEST(PowerSlope, NumbersAreNotRoundedToTwoBytes) {
  const Variable x(tensor({5}, Dtype::f16));
  EXPECT_EQ((0.1 / x).item(), 0.0200042724609375);  // NumPy 1.24; with 0.1 in f16 0.01998901
  EXPECT_EQ(pow(0.1, Variable(tensor({3}, Dtype::f16))).item(), 0.0010004043579101562);
}

TEST(PowerSlope, IntegersStayIntegers) {
  const Variable i(tensor({-3, 2}, Dtype::i64));
  EXPECT_EQ(pow(i, 2).dtype(), Dtype::i64);
  expect_values(pow(i, 2).value(), {9, 4}, 0);
  expect_values(pow(2, abs(i)).value(), {8, 4}, 0);
}

}  // namespace
}  // namespace cadena

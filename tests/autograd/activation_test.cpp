#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "autograd/activation.h"
#include "autograd/engine.h"
#include "autograd/trigonometric.h"
#include "tests/support/expect_values.h"
#include "tests/support/slope.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(ActivationSlope, ReluPassesNothingAtZero) {
  expect_values(slope([](const Variable& x) { return relu(x); }, {-1, -0.0, 0, 1, kNan}), {0, 0, 0, 1, 1});
}

TEST(ActivationSlope, LeakyReluHasItsSlopeAtZero) {
  expect_values(slope([](const Variable& x) { return leaky_relu(x, 0.2); }, {-1, 0, 1}), {0.2, 0.2, 1});
}

TEST(ActivationSlope, EluHasAlphaAtZero) {
  expect_values(slope([](const Variable& x) { return elu(x, 2); }, {0, 1, 800}), {2, 1, 1});
}

TEST(ActivationSlope, GradientsAreFiniteForLargeInputs) {
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16}) {
    expect_values(slope([](const Variable& x) { return softplus(x); }, {-60000, 60000}, dtype), {0, 1}, 0);
    expect_values(slope([](const Variable& x) { return log_sigmoid(x); }, {-60000, 60000}, dtype), {1, 0}, 0);
    expect_values(slope([](const Variable& x) { return sigmoid(x); }, {-60000, 60000}, dtype), {0, 0}, 0);
    expect_values(slope([](const Variable& x) { return silu(x); }, {-60000, 60000}, dtype), {0, 1}, 0);
    expect_values(slope([](const Variable& x) { return tanh(x); }, {-60000, 60000}, dtype), {0, 0}, 0);
    expect_values(slope([](const Variable& x) { return erf(x); }, {-60000, 60000}, dtype), {0, 0}, 0);
    expect_values(slope([](const Variable& x) { return elu(x); }, {-60000, 60000}, dtype), {0, 1}, 0);
    for (GeluForm form : {GeluForm::exact, GeluForm::tanh}) {
      expect_values(slope([=](const Variable& x) { return gelu(x, form); }, {-60000, 60000}, dtype), {0, 1}, 0);
      expect_values(slope([=](const Variable& x) { return gelu_slope(x, form); }, {-60000, 60000}, dtype), {0, 0},
                    1e-30);
    }
  }
}

TEST(ActivationSlope, SecondDerivativesAreFiniteForLargeInputs) {
  const std::vector<Variable (*)(const Variable&)> functions{
      [](const Variable& x) { return elu(x); },         [](const Variable& x) { return softplus(x); },
      [](const Variable& x) { return log_sigmoid(x); }, [](const Variable& x) { return sigmoid(x); },
      [](const Variable& x) { return silu(x); },        [](const Variable& x) { return gelu(x); },
      [](const Variable& x) { return tanh(x); },        [](const Variable& x) { return erf(x); }};
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16}) {
    for (std::size_t i = 0; i < functions.size(); ++i) {
      const Variable x = parameter(tensor({-60000, 60000}, dtype));
      const Variable u(ones({2}, dtype));
      const Variable once = grad(functions[i](x), x, {.cotangent = u, .differentiable = true});
      SCOPED_TRACE(i);
      expect_values(grad(once, x, {.cotangent = u}).value(), {0, 0}, 0);
    }
  }
}

TEST(ActivationSlope, IntegersGiveConstantsOrF32) {
  const Variable i(tensor({-3, 2}, Dtype::i64));
  EXPECT_EQ(relu(i).dtype(), Dtype::i64);
  EXPECT_EQ(sigmoid(i).dtype(), Dtype::f32);
}

}  // namespace
}  // namespace cadena

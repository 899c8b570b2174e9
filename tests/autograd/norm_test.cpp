#include "autograd/norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "tensor/factories.h"
#include "tensor/norm.h"

namespace cadena {
namespace {

using Values = std::vector<double>;

Values gradient(const Tensor& x, double p) {
  const Variable v = parameter(x);
  return grad(norm(v, {}, p), v).value().to_vector();
}

TEST(NormOfAVariable, IsTheNormOfItsValue) {
  for (const Tensor& x : {tensor({100, 100}, Dtype::f16), tensor({1e30, 1e30}), tensor({-1e-20, 0}), tensor({0, 0})}) {
    for (double p : {-1.0, 0.5, 1.0, 3.0}) {
      EXPECT_EQ(norm(parameter(x), {}, p).item(), norm(x, {}, p).item()) << x.to_vector()[0] << ", p = " << p;
    }
  }
}

// As in PyTorch 1.13.1.
TEST(NormOfAVariable, HasGradientZeroWhereAnElementIsZero) {
  EXPECT_EQ(gradient(tensor({0, 0}, Dtype::f64), 3), (Values{0, 0}));
  EXPECT_EQ(gradient(tensor({0, 1}, Dtype::f64), 0.5), (Values{0, 1}));
  EXPECT_EQ(gradient(tensor({0, 3}, Dtype::f64), -1), (Values{0, 0}));
  EXPECT_NEAR(gradient(tensor({1e30, 1e30}), 3)[0], std::pow(2, -2.0 / 3), 1e-6);
}

TEST(NormOfAVariable, HasTheDerivativesThatDifferencesGive) {
  for (double p : {-1.0, 1.5, 3.0}) {
    const auto f = [&](std::span<const Variable> x) { return norm(x[0], {1}, p); };
    const GradcheckReport report = gradcheck(f, {tensor({{0.7, -1.3, 2}, {1, 0.9, -0.6}}, Dtype::f64)});
    EXPECT_TRUE(report.passed()) << report.failures.front();
  }
}

}  // namespace
}  // namespace cadena

#include "autograd/gradcheck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/matmul.h"
#include "autograd/power.h"
#include "autograd/softmax.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using In = std::span<const Variable>;

Tensor point(double scale = 1) { return tensor({0.3 * scale, -1.2 * scale, 2.1 * scale}, Dtype::f64); }

TEST(Gradcheck, PassesAComposition) {
  const GradcheckReport report =
      gradcheck([](std::span<const Variable> x) { return softmax(matmul(x[0], x[1]) * 0.5 + x[2], -1); },
                {tensor({{0.1, 0.2, 0.3}, {-0.4, 0.5, 0.6}}, Dtype::f64),
                 tensor({{1, 2}, {3, -1}, {0.5, 1}}, Dtype::f64), tensor({0.1, -0.2}, Dtype::f64)});
  EXPECT_TRUE(report.passed()) << report.failures.front();
  EXPECT_GT(report.checks, 7);
}

TEST(Gradcheck, RefutesADetachedPath) {
  const GradcheckReport report =
      gradcheck([](std::span<const Variable> x) { return x[0] * x[0].detach(); }, {tensor({1.5, 2}, Dtype::f64)});
  EXPECT_FALSE(report.passed());
}

TEST(Gradcheck, RefutesNan) {
  const GradcheckReport report =
      gradcheck([](std::span<const Variable> x) { return x[0] * std::nan(""); }, {tensor({1.5, 2}, Dtype::f64)});
  EXPECT_FALSE(report.passed());
}

TEST(Gradcheck, WantsF64) {
  EXPECT_THROW(gradcheck([](std::span<const Variable> x) { return x[0]; }, {ones({2})}), DtypeError);
}

TEST(Gradcheck, RefutesAWrongDerivativeHoweverSmall) {
  for (double scale : {1.0, 1e-9, 1e-60}) {
    EXPECT_FALSE(gradcheck([&](In x) { return x[0] * x[0].detach() * scale; }, {point()}).passed()) << scale;
    EXPECT_TRUE(gradcheck([&](In x) { return x[0] * x[0] * scale; }, {point()}).passed()) << scale;
  }
  EXPECT_FALSE(gradcheck([&](In x) { return x[0] * x[0].detach() * 1e-9 + 1; }, {point()}).passed());
}

TEST(Gradcheck, PassesARightDerivativeAtLargeInputs) {
  const GradcheckReport report = gradcheck([](In x) { return x[0] * x[0]; }, {point(1e8)});
  EXPECT_TRUE(report.passed()) << report.failures.front();
  EXPECT_FALSE(gradcheck([](In x) { return x[0] * x[0].detach(); }, {point(1e8)}).passed());
}

TEST(Gradcheck, PassesADerivativeThatIsZeroButForRounding) {
  const GradcheckReport report =
      gradcheck([](In x) { return inner(softmax(x[0], -1), Variable(ones({3}, Dtype::f64))); }, {point()});
  EXPECT_TRUE(report.passed()) << report.failures.front();
}

TEST(Gradcheck, PassesNothingThatItDidNotCheck) {
  const Function square = [](In x) { return x[0] * x[0]; };
  const GradcheckReport report = gradcheck(square, {zeros({0}, Dtype::f64)});
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.checks, 0);
  EXPECT_THAT(report.failures, testing::ElementsAre(HasSubstr("nothing to check")));
  EXPECT_THROW(gradcheck(square, {point()}, {.directions = 0}), ValueError);
  EXPECT_THROW(gradcheck(square, {point()}, {.step = 0}), ValueError);
}

TEST(Gradcheck, SaysThatAStepMayLeaveTheDomain) {
  const Function root = [](In x) { return sqrt(x[0]); };
  const GradcheckReport report = gradcheck(root, {tensor({1e-3, 1e-3, 1e-3}, Dtype::f64)});
  ASSERT_FALSE(report.passed());
  EXPECT_THAT(report.failures.front(), HasSubstr("a step of 0.001 leaves the function's domain"));
  EXPECT_TRUE(gradcheck(root, {tensor({1e-3, 1e-3, 1e-3}, Dtype::f64)}, {.step = 1e-6}).passed());
}

}  // namespace
}  // namespace cadena

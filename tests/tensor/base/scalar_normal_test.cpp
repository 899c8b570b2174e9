#include "tensor/base/scalar_normal.h"

#include "tests/support/expect_ulps.h"

// Compared with the functions of the C library in long double, which has 64 bits of fraction on x86.
namespace cadena {
namespace {

constexpr long double kSqrtHalf = 0.707106781186547524400844362104849039L;

TEST(ScalarNormal, BothTailsAreWithinAFewUnitsInTheLastPlace) {
  const auto exact = [](long double x) { return std::erfc(-x * kSqrtHalf) / 2; };
  expect_ulps<float>([](float x) { return scalar::Normal(x).below; }, exact, 4);
  expect_ulps<double>([](double x) { return scalar::Normal(x).below; }, exact, 4);
}

TEST(ScalarNormal, TheBellIsWithinTwoUnits) {
  const auto exact = [](long double x) { return std::exp(-x * x / 2); };
  expect_ulps<float>([](float x) { return scalar::Normal(x).bell; }, exact, 2);
  expect_ulps<double>([](double x) { return scalar::Normal(x).bell; }, exact, 2);
}

TEST(ScalarNormal, ExactWhereTheResultIsExact) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const double x : {0.0, -0.0}) {
    EXPECT_EQ(scalar::Normal(x).below, 0.5);
    EXPECT_EQ(scalar::Normal(x).bell, 1);
  }
  EXPECT_EQ(scalar::Normal(0.0f).below, 0.5f);
  EXPECT_EQ(scalar::Normal(-kInf).below, 0);
  EXPECT_EQ(scalar::Normal(kInf).below, 1);
  EXPECT_EQ(scalar::Normal(-38.6).below, 0);
  EXPECT_GT(scalar::Normal(-38.4).below, 0);
  EXPECT_EQ(scalar::Normal(9.0).below, 1);
}

}  // namespace
}  // namespace cadena

#include "tensor/base/scalar_exp.h"

#include "tests/support/expect_ulps.h"

// Compared with the functions of the C library in long double, which has 64 bits of fraction on x86.
namespace cadena {
namespace {

TEST(ScalarExp, ExpIsWithinAboutOneUnitInTheLastPlace) {
  const auto exact = [](long double x) { return std::exp(x); };
  expect_ulps<float>([](float x) { return scalar::exp(x); }, exact, 1.3);
  expect_ulps<double>([](double x) { return scalar::exp(x); }, exact, 1.3);
}

TEST(ScalarExp, Expm1AndTanhAreWithinThreeUnits) {
  const auto expm1 = [](long double x) { return std::expm1(x); };
  expect_ulps<float>([](float x) { return scalar::expm1(x); }, expm1, 2.5);
  expect_ulps<double>([](double x) { return scalar::expm1(x); }, expm1, 2.5);
  const auto tanh = [](long double x) { return std::tanh(x); };
  expect_ulps<float>([](float x) { return scalar::tanh(x); }, tanh, 3);
  expect_ulps<double>([](double x) { return scalar::tanh(x); }, tanh, 3);
}

TEST(ScalarExp, ExactWhereTheResultIsExact) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(scalar::exp(0.0f), 1);
  EXPECT_EQ(scalar::exp(-kInf), 0);  // a hidden score has no weight at all
  EXPECT_EQ(scalar::exp(-104.0f), 0);
  EXPECT_EQ(scalar::exp(-746.0), 0);
  EXPECT_EQ(scalar::exp(-745.0), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(scalar::exp(kInf), kInf);
  EXPECT_EQ(scalar::exp(89.0f), kInf);
  EXPECT_EQ(scalar::expm1(-kInf), -1);
  EXPECT_EQ(scalar::tanh(kInf), 1);
  EXPECT_EQ(scalar::tanh(-kInf), -1);
  EXPECT_TRUE(std::signbit(scalar::expm1(-0.0f)));
  EXPECT_TRUE(std::signbit(scalar::tanh(-0.0)));
}

}  // namespace
}  // namespace cadena

#include "tensor/base/scalar_exp.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tensor/base/philox.h"

// Compared with the functions of the C library in long double, which has 64 bits of fraction on x86.
namespace cadena {
namespace {

/// The error of y in units of the last place that T has at the exact value; 0 where both are infinite or NaN.
template <class T>
double ulps(T y, long double exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact)) return std::isnan(y) ? 0 : Limits::infinity();
  if (std::isinf(static_cast<T>(exact))) return std::isinf(y) && (y > 0) == (exact > 0) ? 0 : Limits::infinity();
  const int exponent = exact == 0 ? Limits::min_exponent : std::max(std::ilogb(exact) + 1, Limits::min_exponent);
  const double error = static_cast<double>(std::abs(y - exact) / std::ldexp(1.0L, exponent - Limits::digits));
  return std::isnan(error) ? Limits::infinity() : error;
}

/// The largest error of f over bit patterns of all sizes and signs, infinities and NaN, and densely over [-110, 110].
template <class T, class F, class Exact>
void expect_ulps(F f, Exact exact, double bound) {
  using Bits = typename scalar::ExpFormat<T>::Bits;
  double worst = 0;
  T at = 0;
  const auto look = [&](T x) {
    const double error = ulps(f(x), exact(static_cast<long double>(x)));
    if (!(error <= worst)) worst = error, at = x;
  };
  for (std::uint64_t i = 0; i < 8000; ++i) {
    const auto words = philox(1, 2, i);
    look(std::bit_cast<T>(static_cast<Bits>(std::uint64_t{words[0]} << 32 | words[1])));
    const double u = 2 * to_uniform(words[2], words[3]) - 1;
    for (double range : {110.0, 750.0, 1.0, 1e-3}) look(static_cast<T>(range * u));
  }
  for (T x :
       {T{0}, -T{0}, std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
        std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max()}) {
    look(x);
    look(-x);
  }
  EXPECT_LE(worst, bound) << "at " << at;
}

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

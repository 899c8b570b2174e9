#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tensor/base/philox.h"
#include "tensor/base/scalar_exp.h"

namespace cadena {

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

}  // namespace cadena

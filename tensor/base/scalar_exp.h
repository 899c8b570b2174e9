#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tensor/base/host_device.h"

/// e^x, and what is made of it, without branches and calls: so the compiler turns a loop over them into vectors. On a
/// GPU they are the GPU's own. The error of e^x is about one unit in the last place, that of the others below three;
/// NaN stays NaN.
namespace cadena::scalar {

/// What e^x needs to know of a number format, f32 or f64.
template <class T>
struct ExpFormat;
template <>
struct ExpFormat<float> {
  using Bits = std::int32_t;
  static constexpr int kFraction = 23, kBias = 127;
  static constexpr int kDegree = 7;                                           // of the series
  static constexpr float kLargest = 104;                                      // e^104 is infinite, e^-104 is 0 in f32
  static constexpr float kLn2High = 0x1.62e4p-1f, kLn2Low = 0x1.7f7d1cp-20f;  // with so few bits n kLn2High is exact
};
template <>
struct ExpFormat<double> {
  using Bits = std::int64_t;
  static constexpr int kFraction = 52, kBias = 1023;
  static constexpr int kDegree = 13;
  static constexpr double kLargest = 746;  // the same in f64
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
};

/// 1 / k!
template <class T>
constexpr T inverse_factorial(int k) {
  double factorial = 1;
  for (; k > 1; --k) factorial *= k;
  return static_cast<T>(1 / factorial);
}

/// The terms of the series of e^r from the k-th on, over r^k: \f$ \sum_{j \ge k} r^{j - k} / j! \f$.
template <int k, class T>
[[gnu::always_inline]] inline T exp_series(T r) {
  constexpr T c = inverse_factorial<T>(k);
  if constexpr (k == ExpFormat<T>::kDegree) return c;
  else return exp_series<k + 1>(r) * r + c;
}

/// \f$ e^x = e^r 2^n \f$ with n the integer nearest to x / ln 2, so that \f$ |r| \le \frac12 \ln 2 \f$ and the series
/// ends soon. \f$ 2^n \f$ comes in two factors, since it may be too large or too small for one.
template <class T>
struct ExpParts {
  using F = ExpFormat<T>;
  using Bits = typename F::Bits;
  T r, first, second;

  /// Takes x for -most_negative where it is less, and for kLargest where it is more; NaN goes into r.
  [[gnu::always_inline]] ExpParts(T x, T most_negative) {
    constexpr T kLog2E = T(1.4426950408889634074);
    constexpr T kToInteger = T(Bits{3} << (F::kFraction - 1));  // what is added to it loses its fraction
    // By bits, because GCC makes branches of comparisons of reals, and positive reals are ordered as their bits.
    const Bits bits = std::bit_cast<Bits>(x), magnitude = bits & std::numeric_limits<Bits>::max();
    const Bits bound = std::bit_cast<Bits>(bits < 0 ? most_negative : F::kLargest);
    const T bounded = std::bit_cast<T>((bits ^ magnitude) | std::min(magnitude, bound));
    const T shifted = bounded * kLog2E + kToInteger;
    const T n = shifted - kToInteger;
    const Bits nan = -Bits{magnitude > std::bit_cast<Bits>(std::numeric_limits<T>::infinity())};  // all bits or none
    r = std::bit_cast<T>(std::bit_cast<Bits>(bounded - n * F::kLn2High - n * F::kLn2Low) | nan);
    const Bits exponents = std::bit_cast<Bits>(shifted) - std::bit_cast<Bits>(kToInteger) + 2 * F::kBias;
    const Bits half = exponents >> 1;
    first = std::bit_cast<T>(half << F::kFraction);
    second = std::bit_cast<T>((exponents - half) << F::kFraction);
  }
};

/// e^x.
template <class T>
[[gnu::always_inline]] CADENA_HOST_DEVICE inline T exp(T x) {
#ifdef __CUDA_ARCH__
  return std::exp(x);
#else
  const ExpParts<T> e(x, ExpFormat<T>::kLargest);
  return exp_series<0>(e.r) * e.first * e.second;
#endif
}

/// \f$ e^x - 1 = (e^r - 1 - (2^{-n} - 1))\, 2^n \f$, where \f$ e^r - 1 \f$ is the series without its first term:
/// nothing cancels near 0. From -40 down it is -1.
template <class T>
[[gnu::always_inline]] CADENA_HOST_DEVICE inline T expm1(T x) {
#ifdef __CUDA_ARCH__
  return std::expm1(x);
#else
  const ExpParts<T> e(x, T{40});
  return (exp_series<1>(e.r) * e.r - (1 / (e.first * e.second) - 1)) * e.first * e.second;
#endif
}

/// tanh |x| = -t / (t + 2) with \f$ t = e^{-2 |x|} - 1 \f$.
template <class T>
[[gnu::always_inline]] CADENA_HOST_DEVICE inline T tanh(T x) {
#ifdef __CUDA_ARCH__
  return std::tanh(x);
#else
  const T t = expm1(-2 * std::abs(x));
  return std::copysign(t / (t + 2), x);
#endif
}

}  // namespace cadena::scalar

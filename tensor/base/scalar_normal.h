#pragma once

#include <iterator>

#include "tensor/base/scalar_exp.h"

namespace cadena::scalar {

/// A polynomial p with \f$ p\left(\frac{t - 2}{t + 2}\right) = (t + 2)\, e^{t^2/2}\, \Phi(-t) \f$ for t from 0 to where
/// \f$ \Phi(-t) \f$ is 0: a smooth curve from 1 to nearly \f$ 1/\sqrt{2\pi} \f$. It goes through the curve at the
/// nodes of Chebyshev, and is made by tests/reference/make_normal.py.
template <class T>
struct NormalTail;
template <>
struct NormalTail<float> {
  static constexpr float kLargest = 14.5f;       // the last t
  static constexpr std::int32_t kHigh = ~0xfff;  // the 12 leading bits of the fraction of 24
  static constexpr float kCoefficients[] = {0.672408005f,     -0.331404475f,   0.0287973863f,    0.0367193955f,
                                            -0.000469925739f, -0.00673453197f, -0.00195083652f,  0.000823812214f,
                                            0.000835326760f,  0.000132417479f, -0.000148448003f, -6.51132370e-5f};
};
template <>
struct NormalTail<double> {
  static constexpr double kLargest = 39;
  static constexpr std::int64_t kHigh = ~0x7ffffff;  // the 26 leading bits of 53
  static constexpr double kCoefficients[] = {
      0.67240800489268242,     -0.33140444238878103,   0.028797360345363558,    0.036718360968920595,
      -0.00046959683443995351, -0.0067249070780744471, -0.0019511241594303816,  0.00078511815478679711,
      0.00082719892035432123,  0.00020699174975708733, -0.00011569239435164124, -0.00012855200142728423,
      -4.6059086498032648e-5,  9.6817198109359417e-6,  2.1725136855885051e-5,   1.2571843355632705e-5,
      1.9640685268491563e-6,   -2.8590085621270275e-6, -2.8287537460448401e-6,  -1.3418923815492063e-6,
      -3.6149887849432293e-7,  2.7696024312464383e-7,  7.1345989628149411e-7,   4.5580174290456274e-7,
      -1.3369182754575785e-7,  -2.5901615174752055e-7, -4.6131626648320189e-8,  4.4387831619942352e-8,
      1.5928189945525840e-8};
};

/// The terms of that polynomial from the k-th on, over y^k.
template <int k, class T>
[[gnu::always_inline]] inline T normal_tail(T y) {
  constexpr T c = NormalTail<T>::kCoefficients[k];
  if constexpr (k + 1 == std::size(NormalTail<T>::kCoefficients)) return c;
  else return normal_tail<k + 1>(y) * y + c;
}

/// The normal distribution at x: \f$ \Phi(x) \f$, to a few units in the last place in both tails, and
/// \f$ e^{-x^2/2} \f$, which it is made of. NaN stays NaN. As in scalar_exp.h there are neither branches nor calls.
template <class T>
struct Normal {
  T bell;   ///< \f$ e^{-x^2/2} \f$
  T below;  ///< \f$ \Phi(x) \f$

  /// Of \f$ \Phi(-t) \f$ with t = |x| the exponential carries all of the size. Half a unit in the last place of
  /// \f$ t^2/2 \f$ would be \f$ t^2/4 \f$ of them in the result; so t is cut in two, \f$ t = a + b \f$, where a has so
  /// few bits that \f$ a^2 \f$ is exact, and \f$ t^2 = a^2 + b (t + a) \f$.
  [[gnu::always_inline]] CADENA_HOST_DEVICE explicit Normal(T x) {
#ifdef __CUDA_ARCH__
    bell = std::exp(-x * x / 2);
    below = std::erfc(x * T(-0.70710678118654752440)) / 2;
#else
    using Tail = NormalTail<T>;
    using Bits = typename ExpFormat<T>::Bits;
    const Bits bits = std::bit_cast<Bits>(x), magnitude = bits & std::numeric_limits<Bits>::max();
    const T t = std::bit_cast<T>(std::min(magnitude, std::bit_cast<Bits>(Tail::kLargest)));
    const T a = std::bit_cast<T>(std::bit_cast<Bits>(t) & Tail::kHigh), b = t - a;
    ExpParts<T> e(a * a * T(-0.5), ExpFormat<T>::kLargest);
    const Bits nan = -Bits{magnitude > std::bit_cast<Bits>(std::numeric_limits<T>::infinity())};  // all bits or none
    e.r = std::bit_cast<T>(std::bit_cast<Bits>(e.r - b * (t + a) * T(0.5)) | nan);
    bell = exp_series<0>(e.r) * e.first * e.second;
    const T over = 1 / (t + 2);
    const T tail = bell * (normal_tail<0>((t - 2) * over) * over);
    below = T(bits >= 0) - std::copysign(tail, x);  // 1 - tail above 0, tail below
#endif
  }
};

}  // namespace cadena::scalar

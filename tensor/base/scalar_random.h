#pragma once

#include <cmath>

#include "tensor/base/half.h"
#include "tensor/base/philox.h"

/// How the random words of one element become its value: written once for CPU loops and CUDA kernels. Integers and
/// uniforms use only exactly defined operations (`fma` among them), so they are the same on every machine.
namespace cadena::scalar {

using Words = std::array<std::uint32_t, 4>;

/// Bounds of an interval, both included.
struct Bounds {
  double low, high;
};

/// Uniform on [low, high), kept within [first, last], the outermost numbers of the result's dtype in that interval:
/// rounding to that dtype is monotonic, so it stays between them.
struct UniformDraw {
  double low, high, first, last;
  CADENA_HOST_DEVICE double operator()(const Words& words) const {
    const double x = std::fma(to_uniform(words[0], words[1]), high - low, low);
    return x < first ? first : x > last ? last : x;
  }
};

/// Box and Muller, "A note on the generation of random normal deviates", 1958:
/// \f$ \mu + \sigma \sqrt{-2 \ln u_1} \cos 2 \pi u_2 \f$ with \f$ u_1 \in (0, 1] \f$, so that the logarithm is finite.
struct NormalDraw {
  double mean, deviation;
  CADENA_HOST_DEVICE double operator()(const Words& words) const {
    constexpr double kTwoPi = 6.283185307179586476925;
    const double u1 = 1 - to_uniform(words[0], words[1]);
    const double u2 = to_uniform(words[2], words[3]);
    return std::fma(deviation, std::sqrt(-2 * std::log(u1)) * std::cos(kTwoPi * u2), mean);
  }
};

/// An integer in [low, low + range): \f$ \lfloor w \cdot range / 2^{128} \rfloor \f$ of all 128 bits w, whose bias of
/// at most \f$ 2^{-64} \f$ nobody can measure.
struct IntegerDraw {
  std::int64_t low;
  std::uint64_t range;
  CADENA_HOST_DEVICE std::int64_t operator()(const Words& words) const {
    const std::uint64_t low_part = static_cast<std::uint64_t>(words[1]) << 32 | words[0];
    const std::uint64_t high_part = static_cast<std::uint64_t>(words[3]) << 32 | words[2];
    using Wide = unsigned __int128;
    const Wide product = Wide{high_part} * range + ((Wide{low_part} * range) >> 64);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + static_cast<std::uint64_t>(product >> 64));
  }
};

/// Standard normal restricted to [a, b], by rejection from the proposal that fits the interval; each branch accepts
/// nearly half of its proposals or more. Attempt t of element i reads index i + 2^48 t, so it is a function of
/// (seed, stream, i). C. P. Robert, "Simulation of truncated normal variables", Statistics and Computing 5 (1995).
struct TruncatedNormalDraw {
  double a, b;
  CADENA_HOST_DEVICE double operator()(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) const {
    if (b <= 0) return -TruncatedNormalDraw{-b, -a}.upper(seed, stream, index);
    return upper(seed, stream, index);
  }

 private:
  CADENA_HOST_DEVICE double upper(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) const {
    const double rate = a > 0 ? (a + std::hypot(a, 2.0)) / 2 : 0;
    for (std::uint64_t attempt = 0; attempt < 1u << 16; ++attempt) {
      const Words words = philox(seed, stream, index + (attempt << 48));
      const double u = to_uniform(words[0], words[1]);
      const double v = to_uniform(words[2], words[3]);
      double x;
      double acceptance = 1;
      if (a <= 0 && b - a > 2.5) {  // most of the bell: a normal proposal
        x = NormalDraw{0, 1}(words);
      } else if (a <= 0 || rate * (b - a) < 1.5) {  // a short interval: a uniform proposal
        x = std::fma(u, b - a, a);
        acceptance = std::exp((a > 0 ? (a - x) * (a + x) : -x * x) / 2);
      } else {  // the tail: an exponential proposal
        x = a - std::log1p(-u) / rate;
        acceptance = std::exp(-(x - rate) * (x - rate) / 2);
      }
      if (x >= a && x <= b && v < acceptance) return x;
    }
    return a > 0 ? a : 0;
  }
};

}  // namespace cadena::scalar

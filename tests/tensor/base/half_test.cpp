#include "tensor/base/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace cadena {
namespace {

/// What a format of two bytes holds, by IEEE 754's definition.
struct Format {
  int fraction_bits;
  int smallest_exponent;  ///< of normal numbers
  double largest;
};
constexpr Format kHalf{10, -14, 65504};
constexpr Format kBfloat16{7, -126, 0x1.fep127};

/// The value of a bit pattern.
double decoded(const Format& f, std::uint16_t bits) {
  const int exponent_bits = 15 - f.fraction_bits;
  const int fraction = bits & ((1 << f.fraction_bits) - 1);
  const int exponent = (bits >> f.fraction_bits) & ((1 << exponent_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  const double part = std::ldexp(fraction, -f.fraction_bits);
  if (exponent == (1 << exponent_bits) - 1) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(part, f.smallest_exponent);
  return sign * std::ldexp(1 + part, exponent - 1 + f.smallest_exponent);
}

/// x to the nearest multiple of the spacing at its size, ties to even; past the largest number infinity.
double rounded(const Format& f, float x) {
  if (!std::isfinite(x) || x == 0) return x;
  const int exponent = std::max(std::ilogb(x), f.smallest_exponent);
  const double spacing = std::ldexp(1.0, exponent - f.fraction_bits);
  const double y = std::nearbyint(static_cast<double>(x) / spacing) * spacing;
  return std::abs(y) > f.largest ? std::copysign(std::numeric_limits<double>::infinity(), y) : y;
}

template <class T>
void expect_rounded(const Format& f, float x) {
  const double actual = static_cast<float>(T(x));
  const double expected = rounded(f, x);
  if (std::isnan(x)) ASSERT_TRUE(std::isnan(actual));
  else
    ASSERT_TRUE(actual == expected && std::signbit(actual) == std::signbit(expected))
        << x << " became " << actual << ", expected " << expected;
}

template <class T>
T from_bits(std::uint32_t bits) {
  T value;
  value.bits = static_cast<std::uint16_t>(bits);
  return value;
}

template <class T>
void expect_every_pattern_decodes(const Format& f) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double actual = static_cast<float>(from_bits<T>(bits));
    const double expected = decoded(f, static_cast<std::uint16_t>(bits));
    if (std::isnan(expected)) ASSERT_TRUE(std::isnan(actual)) << bits;
    else ASSERT_TRUE(actual == expected && std::signbit(actual) == std::signbit(expected)) << bits;
  }
}

template <class T>
void expect_every_pattern_survives() {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = static_cast<float>(from_bits<T>(bits));
    if (!std::isnan(value)) {
      ASSERT_EQ(T(value).bits, bits);
    }
  }
}

/// Every number between two neighbours that is close to where rounding changes: the middle, and the f32 next to it.
template <class T>
void expect_every_middle_rounds_to_even(const Format& f) {
  for (std::uint32_t bits = 0; bits < 0x7fff; ++bits) {
    const double low = decoded(f, static_cast<std::uint16_t>(bits));
    const double high = decoded(f, static_cast<std::uint16_t>(bits + 1));
    if (!std::isfinite(low) || std::isnan(high)) continue;
    const double above = std::isinf(high) ? low + (low - decoded(f, static_cast<std::uint16_t>(bits - 1))) : high;
    const float middle = static_cast<float>(low / 2 + above / 2);
    for (float x :
         {middle, std::nextafter(middle, 0.0f), std::nextafter(middle, std::numeric_limits<float>::infinity())}) {
      expect_rounded<T>(f, x);
      expect_rounded<T>(f, -x);
    }
  }
}

template <class T>
void expect_random_floats_round(const Format& f) {
  std::mt19937 engine(1);
  for (int i = 0; i < 1'000'000; ++i) expect_rounded<T>(f, std::bit_cast<float>(static_cast<std::uint32_t>(engine())));
}

TEST(Half, EveryPatternHasTheValueOfTheFormat) { expect_every_pattern_decodes<half>(kHalf); }
TEST(Half, EveryPatternSurvivesF32) { expect_every_pattern_survives<half>(); }
TEST(Half, EveryMiddleRoundsToEven) { expect_every_middle_rounds_to_even<half>(kHalf); }
TEST(Half, RandomFloatsRoundToNearest) { expect_random_floats_round<half>(kHalf); }

TEST(Half, OverflowsToInfinityFromTheMiddleOn) {
  EXPECT_EQ(half(65519.996f).bits, 0x7bff);
  EXPECT_EQ(half(65520.0f).bits, 0x7c00);
  EXPECT_EQ(half(-1e30f).bits, 0xfc00);
}

TEST(Half, NanStaysNanWithItsSign) {
  for (std::uint32_t u : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffc00000u}) {
    const half h(std::bit_cast<float>(u));
    EXPECT_TRUE(std::isnan(static_cast<float>(h))) << u;
    EXPECT_EQ(h.bits >> 15, u >> 31);
  }
}

TEST(Bfloat16, EveryPatternHasTheValueOfTheFormat) { expect_every_pattern_decodes<bfloat16>(kBfloat16); }
TEST(Bfloat16, EveryPatternSurvivesF32) { expect_every_pattern_survives<bfloat16>(); }
TEST(Bfloat16, EveryMiddleRoundsToEven) { expect_every_middle_rounds_to_even<bfloat16>(kBfloat16); }
TEST(Bfloat16, RandomFloatsRoundToNearest) { expect_random_floats_round<bfloat16>(kBfloat16); }

TEST(Bfloat16, NanStaysNanEvenWhereItsLowBitsAreCutOff) {
  for (std::uint32_t u : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const bfloat16 b(std::bit_cast<float>(u));
    EXPECT_TRUE(std::isnan(static_cast<float>(b))) << u;
    EXPECT_EQ(b.bits >> 15, u >> 31);
  }
}

}  // namespace
}  // namespace cadena

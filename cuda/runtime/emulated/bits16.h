#pragma once

#include <cmath>
#include <cstdint>

/// The two-byte floats as bits. Half precision has 5 bits of exponent and 10 of mantissa; bfloat16 is the upper half of
/// an f32. Both round to the nearest number, ties to the even one.
namespace cadena::cuda::emulated {

inline float float_from_bf16(uint16_t bits) { return __builtin_bit_cast(float, uint32_t(bits) << 16); }

inline uint16_t bf16_from_float(float value) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;  // NaN, the one CUDA returns
  return uint16_t((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

/// `value` rounded to bfloat16 once: what an f32 in between loses is kept as a last bit that is odd.
inline uint16_t bf16_from_double(double value) {
  const float nearest = float(value);
  uint32_t bits = __builtin_bit_cast(uint32_t, nearest);
  if (double(nearest) != value && !std::isnan(value) && !std::isinf(nearest)) {
    if (std::fabs(double(nearest)) > std::fabs(value)) --bits;
    bits |= 1;
  }
  return bf16_from_float(__builtin_bit_cast(float, bits));
}

inline float float_from_f16(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return __builtin_bit_cast(float, sign | 0x7f800000u | (magnitude & 0x3ff) << 13);
  // Shifted into place the exponent is 112 too small; a product with 2^112 mends it, for denormal numbers too.
  const float scaled = __builtin_bit_cast(float, magnitude << 13) * 0x1p112f;
  return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, scaled) | sign);
}

/// `value` rounded to half precision, by the bits of an f32 or f64: one rounding, whatever the source.
inline uint16_t f16_from_double(double value) {
  const uint64_t bits = __builtin_bit_cast(uint64_t, value);
  const auto sign = uint16_t(bits >> 48 & 0x8000);
  const double magnitude = std::fabs(value);
  if (std::isnan(value)) return 0x7fff;
  if (magnitude >= 65520.0) return uint16_t(sign | 0x7c00);  // half way beyond the largest number, 65504
  if (magnitude < 0x1p-14) {                                 // denormal: a multiple of 2^-24
    return uint16_t(sign | uint16_t(std::nearbyint(magnitude * 0x1p24)));
  }
  const uint64_t rounded = (bits & 0x7fffffffffffffffu) + 0x1ffffffffffu + (bits >> 42 & 1);
  return uint16_t(sign | uint16_t((rounded >> 42) - (uint64_t{1023 - 15} << 10)));
}
inline uint16_t f16_from_float(float value) { return f16_from_double(double(value)); }

}  // namespace cadena::cuda::emulated

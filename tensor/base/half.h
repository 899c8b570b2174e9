#pragma once

#include <bit>
#include <cstdint>

#include "tensor/base/host_device.h"

namespace cadena {

/// IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. Storage only; arithmetic happens in f32.
struct half {
  std::uint16_t bits = 0;  ///< the number as it is stored

  half() = default;
  /// The nearest half, ties to even.
  CADENA_HOST_DEVICE explicit half(float x) : bits(from_float(x)) {}
  /// Exact: every half is an f32.
  CADENA_HOST_DEVICE operator float() const { return to_float(bits); }

  /// Nearest half, ties to even; values past 65504 round to infinity, NaN stays NaN.
  CADENA_HOST_DEVICE static std::uint16_t from_float(float x) {
    const auto u = std::bit_cast<std::uint32_t>(x);
    const auto sign = static_cast<std::uint16_t>((u >> 16) & 0x8000u);
    const std::uint32_t magnitude = u & 0x7fffffffu;
    if (magnitude >= 0x7f800000u) {  // infinity, or NaN with its quiet bit set
      return static_cast<std::uint16_t>(sign | 0x7c00u | (magnitude > 0x7f800000u ? 0x0200u : 0u));
    }
    if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // rounds past the largest half
    if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 leaves the rounded fraction in the low bits
      const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
      return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
    }
    const std::uint32_t odd = (magnitude >> 13) & 1u;
    return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
  }

  /// The f32 of the same value; NaN keeps its payload.
  CADENA_HOST_DEVICE static float to_float(std::uint16_t h) {
    const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
    const std::uint32_t magnitude = h & 0x7fffu;
    if (magnitude >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
    if (magnitude >= 0x0400u) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
    const float subnormal = static_cast<float>(magnitude) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(subnormal));
  }
};

/// bfloat16: the upper half of an f32, so 8 exponent and 7 fraction bits. Storage only; arithmetic happens in f32.
struct bfloat16 {
  std::uint16_t bits = 0;  ///< the upper half of the f32

  bfloat16() = default;
  /// The nearest bfloat16, ties to even.
  CADENA_HOST_DEVICE explicit bfloat16(float x) : bits(from_float(x)) {}
  /// Exact: the lower half of the f32 is 0.
  CADENA_HOST_DEVICE operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

  /// Nearest bfloat16, ties to even; NaN stays NaN.
  CADENA_HOST_DEVICE static std::uint16_t from_float(float x) {
    const auto u = std::bit_cast<std::uint32_t>(x);
    if ((u & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((u >> 16) | 0x0040u);
    return static_cast<std::uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
  }
};

}  // namespace cadena

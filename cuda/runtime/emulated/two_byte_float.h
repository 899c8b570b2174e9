#pragma once

#include <cmath>
#include <type_traits>

#include "cuda/runtime/emulated/atomic.h"
#include "cuda/runtime/emulated/bits16.h"
#include "cuda/runtime/emulated/exact_sum.h"
#include "cuda/runtime/emulated/vector_types.h"

/// `__half` and `__nv_bfloat16`: one template, two formats. Every operation computes in f32, which holds twice the
/// digits and two more, so that rounding its result again gives what one rounding would; a fused one computes in f64.
namespace cadena::cuda::emulated {

struct HalfFormat {
  static float to_float(uint16_t bits) { return float_from_f16(bits); }
  static uint16_t from_float(float value) { return f16_from_float(value); }
  static uint16_t from_double(double value) { return f16_from_double(value); }
  static constexpr uint16_t kInfinity = 0x7c00;
};
struct BrainFormat {
  static float to_float(uint16_t bits) { return float_from_bf16(bits); }
  static uint16_t from_float(float value) { return bf16_from_float(value); }
  static uint16_t from_double(double value) { return bf16_from_double(value); }
  static constexpr uint16_t kInfinity = 0x7f80;
};

/// A float of two bytes. Without a value it is uninitialized, so that it may be in shared memory.
template <class Format>
struct alignas(2) TwoByteFloat {
  uint16_t bits;

  TwoByteFloat() = default;
  TwoByteFloat(float value) : bits(Format::from_float(value)) {}
  TwoByteFloat(double value) : bits(Format::from_double(value)) {}
  TwoByteFloat(int value) : bits(Format::from_double(double(value))) {}
  TwoByteFloat(unsigned value) : bits(Format::from_double(double(value))) {}
  operator float() const { return Format::to_float(bits); }

  static TwoByteFloat from_bits(uint16_t bits) {
    TwoByteFloat result;
    result.bits = bits;
    return result;
  }
  TwoByteFloat operator-() const { return from_bits(uint16_t(bits ^ 0x8000)); }
  TwoByteFloat operator+() const { return *this; }
  TwoByteFloat& operator+=(TwoByteFloat other) { return *this = *this + other; }
  TwoByteFloat& operator-=(TwoByteFloat other) { return *this = *this - other; }
  TwoByteFloat& operator*=(TwoByteFloat other) { return *this = *this * other; }
  TwoByteFloat& operator/=(TwoByteFloat other) { return *this = *this / other; }

  friend TwoByteFloat operator+(TwoByteFloat a, TwoByteFloat b) { return float(a) + float(b); }
  friend TwoByteFloat operator-(TwoByteFloat a, TwoByteFloat b) { return float(a) - float(b); }
  friend TwoByteFloat operator*(TwoByteFloat a, TwoByteFloat b) { return float(a) * float(b); }
  friend TwoByteFloat operator/(TwoByteFloat a, TwoByteFloat b) { return float(a) / float(b); }
  friend bool operator==(TwoByteFloat a, TwoByteFloat b) { return float(a) == float(b); }
  friend bool operator!=(TwoByteFloat a, TwoByteFloat b) { return float(a) != float(b); }
  friend bool operator<(TwoByteFloat a, TwoByteFloat b) { return float(a) < float(b); }
  friend bool operator>(TwoByteFloat a, TwoByteFloat b) { return float(a) > float(b); }
  friend bool operator<=(TwoByteFloat a, TwoByteFloat b) { return float(a) <= float(b); }
  friend bool operator>=(TwoByteFloat a, TwoByteFloat b) { return float(a) >= float(b); }
};

/// Two of them in one 4-byte word, `x` in its lower half.
template <class Format>
struct alignas(4) TwoByteFloatPair {
  TwoByteFloat<Format> x, y;

  friend TwoByteFloatPair operator+(TwoByteFloatPair a, TwoByteFloatPair b) { return {a.x + b.x, a.y + b.y}; }
  friend TwoByteFloatPair operator-(TwoByteFloatPair a, TwoByteFloatPair b) { return {a.x - b.x, a.y - b.y}; }
  friend TwoByteFloatPair operator*(TwoByteFloatPair a, TwoByteFloatPair b) { return {a.x * b.x, a.y * b.y}; }
  friend TwoByteFloatPair operator/(TwoByteFloatPair a, TwoByteFloatPair b) { return {a.x / b.x, a.y / b.y}; }
  friend bool operator==(TwoByteFloatPair a, TwoByteFloatPair b) { return a.x == b.x && a.y == b.y; }
  TwoByteFloatPair operator-() const { return {-x, -y}; }
  TwoByteFloatPair& operator+=(TwoByteFloatPair other) { return *this = *this + other; }
  TwoByteFloatPair& operator-=(TwoByteFloatPair other) { return *this = *this - other; }
  TwoByteFloatPair& operator*=(TwoByteFloatPair other) { return *this = *this * other; }
  TwoByteFloatPair& operator/=(TwoByteFloatPair other) { return *this = *this / other; }
};

/// a b + c rounded once. The product is exact in f64; where the sum is not, it gets an odd last bit, which tells the
/// second rounding on which side of a tie it lies (Boldo and Melquiond, IEEE Transactions on Computers 57, 2008).
template <class Format>
TwoByteFloat<Format> fused(TwoByteFloat<Format> a, TwoByteFloat<Format> b, TwoByteFloat<Format> c) {
  const auto [sum, lost] = exact_sum(double(float(a)) * double(float(b)), double(float(c)));
  auto bits = __builtin_bit_cast(uint64_t, sum);
  if (lost != 0 && std::isfinite(sum) && (bits & 1) == 0) bits += (lost > 0) == (sum > 0) ? 1 : uint64_t(-1);
  return __builtin_bit_cast(double, bits);
}

/// The larger, or the smaller; where one is NaN the other, unless `keep_nan`.
template <class Format>
TwoByteFloat<Format> extreme(TwoByteFloat<Format> a, TwoByteFloat<Format> b, bool larger, bool keep_nan) {
  const float x = a, y = b;
  if (std::isnan(x) || std::isnan(y)) {
    if (keep_nan || (std::isnan(x) && std::isnan(y))) return TwoByteFloat<Format>::from_bits(0x7fff);
    return std::isnan(x) ? b : a;
  }
  if (x == y) return (std::signbit(x) != larger) ? a : b;  // -0 is smaller than +0
  return (x > y) == larger ? a : b;
}

/// The nearest number at or below `x` where `down`, otherwise at or above.
template <class Format>
TwoByteFloat<Format> rounded_to_side(float x, bool down) {
  const TwoByteFloat<Format> nearest(x);
  const float value = nearest;
  if (!(down ? value > x : value < x)) return nearest;
  if (value == 0) return TwoByteFloat<Format>::from_bits(down ? 0x8001 : 0x0001);
  return TwoByteFloat<Format>::from_bits(uint16_t(std::signbit(value) == down ? nearest.bits + 1 : nearest.bits - 1));
}
template <class Format>
TwoByteFloat<Format> rounded_to_zero(float x) {
  return rounded_to_side<Format>(x, !std::signbit(x));
}

}  // namespace cadena::cuda::emulated

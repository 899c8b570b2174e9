#pragma once

#include <cmath>
#include <type_traits>

#include "cuda/runtime/emulated/atomic.h"
#include "cuda/runtime/emulated/bits16.h"
#include "cuda/runtime/emulated/vector_types.h"

/// `__half` and `__nv_bfloat16`: one template, two formats. Every operation computes in f32 (a fused one in f64), and
/// rounds its result once; this gives the bits a GPU gives.
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
};

template <class Format>
TwoByteFloat<Format> fused(TwoByteFloat<Format> a, TwoByteFloat<Format> b, TwoByteFloat<Format> c) {
  return std::fma(double(float(a)), double(float(b)), double(float(c)));
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

}  // namespace cadena::cuda::emulated

/// Arithmetic by name, the same names for both formats.
template <class F>
using CadenaTwoByte = cadena::cuda::emulated::TwoByteFloat<F>;
template <class F>
using CadenaPair = cadena::cuda::emulated::TwoByteFloatPair<F>;
template <class F>
CadenaTwoByte<F> __hadd(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a + b;
}
template <class F>
CadenaTwoByte<F> __hsub(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a - b;
}
template <class F>
CadenaTwoByte<F> __hmul(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a * b;
}
template <class F>
CadenaTwoByte<F> __hdiv(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a / b;
}
template <class F>
CadenaTwoByte<F> __hneg(CadenaTwoByte<F> a) {
  return -a;
}
template <class F>
CadenaTwoByte<F> __habs(CadenaTwoByte<F> a) {
  return CadenaTwoByte<F>::from_bits(a.bits & 0x7fff);
}
template <class F>
CadenaTwoByte<F> __hfma(CadenaTwoByte<F> a, CadenaTwoByte<F> b, CadenaTwoByte<F> c) {
  return fused(a, b, c);
}
template <class F>
CadenaTwoByte<F> __hmax(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return extreme(a, b, true, false);
}
template <class F>
CadenaTwoByte<F> __hmin(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return extreme(a, b, false, false);
}
template <class F>
CadenaTwoByte<F> __hmax_nan(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return extreme(a, b, true, true);
}
template <class F>
CadenaTwoByte<F> __hmin_nan(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return extreme(a, b, false, true);
}
template <class F>
bool __heq(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a == b;
}
template <class F>
bool __hne(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a != b;
}
template <class F>
bool __hlt(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a < b;
}
template <class F>
bool __hle(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a <= b;
}
template <class F>
bool __hgt(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a > b;
}
template <class F>
bool __hge(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a >= b;
}
template <class F>
bool __hisnan(CadenaTwoByte<F> a) {
  return (a.bits & 0x7fff) > F::kInfinity;
}
template <class F>
int __hisinf(CadenaTwoByte<F> a) {
  return (a.bits & 0x7fff) != F::kInfinity ? 0 : a.bits >> 15 ? -1 : 1;
}
template <class F>
CadenaTwoByte<F> hexp(CadenaTwoByte<F> a) {
  return std::exp(float(a));
}
template <class F>
CadenaTwoByte<F> hexp2(CadenaTwoByte<F> a) {
  return std::exp2(float(a));
}
template <class F>
CadenaTwoByte<F> hlog(CadenaTwoByte<F> a) {
  return std::log(float(a));
}
template <class F>
CadenaTwoByte<F> hsqrt(CadenaTwoByte<F> a) {
  return std::sqrt(float(a));
}
template <class F>
CadenaTwoByte<F> hrsqrt(CadenaTwoByte<F> a) {
  return 1 / std::sqrt(float(a));
}
template <class F>
CadenaTwoByte<F> hrcp(CadenaTwoByte<F> a) {
  return 1 / float(a);
}
template <class F>
CadenaTwoByte<F> htanh(CadenaTwoByte<F> a) {
  return std::tanh(float(a));
}
template <class F>
CadenaTwoByte<F> hsin(CadenaTwoByte<F> a) {
  return std::sin(float(a));
}
template <class F>
CadenaTwoByte<F> hcos(CadenaTwoByte<F> a) {
  return std::cos(float(a));
}

template <class F>
CadenaPair<F> __hadd2(CadenaPair<F> a, CadenaPair<F> b) {
  return a + b;
}
template <class F>
CadenaPair<F> __hsub2(CadenaPair<F> a, CadenaPair<F> b) {
  return a - b;
}
template <class F>
CadenaPair<F> __hmul2(CadenaPair<F> a, CadenaPair<F> b) {
  return a * b;
}
template <class F>
CadenaPair<F> __h2div(CadenaPair<F> a, CadenaPair<F> b) {
  return a / b;
}
template <class F>
CadenaPair<F> __hneg2(CadenaPair<F> a) {
  return {-a.x, -a.y};
}
template <class F>
CadenaPair<F> __habs2(CadenaPair<F> a) {
  return {__habs(a.x), __habs(a.y)};
}
template <class F>
CadenaPair<F> __hfma2(CadenaPair<F> a, CadenaPair<F> b, CadenaPair<F> c) {
  return {fused(a.x, b.x, c.x), fused(a.y, b.y, c.y)};
}
template <class F>
CadenaPair<F> __hmax2(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmax(a.x, b.x), __hmax(a.y, b.y)};
}
template <class F>
CadenaPair<F> __hmin2(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmin(a.x, b.x), __hmin(a.y, b.y)};
}
template <class F>
CadenaPair<F> h2exp(CadenaPair<F> a) {
  return {hexp(a.x), hexp(a.y)};
}
template <class F>
float __low2float(CadenaPair<F> a) {
  return a.x;
}
template <class F>
float __high2float(CadenaPair<F> a) {
  return a.y;
}
template <class F>
CadenaPair<F> __lowhigh2highlow(CadenaPair<F> a) {
  return {a.y, a.x};
}

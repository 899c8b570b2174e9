#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "cuda/runtime/emulated/directed_rounding.h"

/// CUDA's conversions: the bits of a number, and numbers of another type rounded to the nearest (rn), toward zero (rz),
/// down (rd) or up (ru).

inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }
inline int __double2hiint(double x) { return int(__builtin_bit_cast(uint64_t, x) >> 32); }
inline int __double2loint(double x) { return int(uint32_t(__builtin_bit_cast(uint64_t, x))); }
inline double __hiloint2double(int high, int low) {
  return __builtin_bit_cast(double, uint64_t(uint32_t(high)) << 32 | uint32_t(low));
}

namespace cadena::cuda::emulated {
/// A whole number as an integer type: out of range is the nearest end. NaN is 0 where both have 32 bits, otherwise the
/// uppermost bit (PTX ISA 9.7.9.21, cvt).
template <class Integer, class Float>
Integer to_integer(Float x) {
  using Limits = std::numeric_limits<Integer>;
  if (std::isnan(x))
    return sizeof(Float) + sizeof(Integer) == 8 ? Integer(0) : Integer(uint64_t{1} << (8 * sizeof(Integer) - 1));
  if (x <= Float(Limits::min())) return Limits::min();
  return x >= std::ldexp(Float(1), Limits::digits) ? Limits::max() : Integer(x);
}
}  // namespace cadena::cuda::emulated

/// From floating point: rounded to a whole number first.
inline int __float2int_rn(float x) { return cadena::cuda::emulated::to_integer<int>(std::nearbyint(x)); }
inline int __float2int_rz(float x) { return cadena::cuda::emulated::to_integer<int>(std::trunc(x)); }
inline int __float2int_rd(float x) { return cadena::cuda::emulated::to_integer<int>(std::floor(x)); }
inline int __float2int_ru(float x) { return cadena::cuda::emulated::to_integer<int>(std::ceil(x)); }
inline unsigned __float2uint_rn(float x) { return cadena::cuda::emulated::to_integer<unsigned>(std::nearbyint(x)); }
inline unsigned __float2uint_rz(float x) { return cadena::cuda::emulated::to_integer<unsigned>(std::trunc(x)); }
inline unsigned __float2uint_rd(float x) { return cadena::cuda::emulated::to_integer<unsigned>(std::floor(x)); }
inline unsigned __float2uint_ru(float x) { return cadena::cuda::emulated::to_integer<unsigned>(std::ceil(x)); }
inline long long __float2ll_rn(float x) { return cadena::cuda::emulated::to_integer<long long>(std::nearbyint(x)); }
inline long long __float2ll_rz(float x) { return cadena::cuda::emulated::to_integer<long long>(std::trunc(x)); }
inline long long __float2ll_rd(float x) { return cadena::cuda::emulated::to_integer<long long>(std::floor(x)); }
inline long long __float2ll_ru(float x) { return cadena::cuda::emulated::to_integer<long long>(std::ceil(x)); }
inline unsigned long long __float2ull_rn(float x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::nearbyint(x));
}
inline unsigned long long __float2ull_rz(float x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::trunc(x));
}
inline unsigned long long __float2ull_rd(float x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::floor(x));
}
inline unsigned long long __float2ull_ru(float x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::ceil(x));
}

inline int __double2int_rn(double x) { return cadena::cuda::emulated::to_integer<int>(std::nearbyint(x)); }
inline int __double2int_rz(double x) { return cadena::cuda::emulated::to_integer<int>(std::trunc(x)); }
inline int __double2int_rd(double x) { return cadena::cuda::emulated::to_integer<int>(std::floor(x)); }
inline int __double2int_ru(double x) { return cadena::cuda::emulated::to_integer<int>(std::ceil(x)); }
inline unsigned __double2uint_rn(double x) { return cadena::cuda::emulated::to_integer<unsigned>(std::nearbyint(x)); }
inline unsigned __double2uint_rz(double x) { return cadena::cuda::emulated::to_integer<unsigned>(std::trunc(x)); }
inline unsigned __double2uint_rd(double x) { return cadena::cuda::emulated::to_integer<unsigned>(std::floor(x)); }
inline unsigned __double2uint_ru(double x) { return cadena::cuda::emulated::to_integer<unsigned>(std::ceil(x)); }
inline long long __double2ll_rn(double x) { return cadena::cuda::emulated::to_integer<long long>(std::nearbyint(x)); }
inline long long __double2ll_rz(double x) { return cadena::cuda::emulated::to_integer<long long>(std::trunc(x)); }
inline long long __double2ll_rd(double x) { return cadena::cuda::emulated::to_integer<long long>(std::floor(x)); }
inline long long __double2ll_ru(double x) { return cadena::cuda::emulated::to_integer<long long>(std::ceil(x)); }
inline unsigned long long __double2ull_rn(double x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::nearbyint(x));
}
inline unsigned long long __double2ull_rz(double x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::trunc(x));
}
inline unsigned long long __double2ull_rd(double x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::floor(x));
}
inline unsigned long long __double2ull_ru(double x) {
  return cadena::cuda::emulated::to_integer<unsigned long long>(std::ceil(x));
}

/// To floating point.
inline float __int2float_rn(int x) { return float(x); }
inline float __int2float_rz(int x) { return cadena::cuda::emulated::rounded_number<float>(x).to_zero(); }
inline float __int2float_rd(int x) { return cadena::cuda::emulated::rounded_number<float>(x).down(); }
inline float __int2float_ru(int x) { return cadena::cuda::emulated::rounded_number<float>(x).up(); }
inline float __uint2float_rn(unsigned x) { return float(x); }
inline float __uint2float_rz(unsigned x) { return cadena::cuda::emulated::rounded_number<float>(x).to_zero(); }
inline float __uint2float_rd(unsigned x) { return cadena::cuda::emulated::rounded_number<float>(x).down(); }
inline float __uint2float_ru(unsigned x) { return cadena::cuda::emulated::rounded_number<float>(x).up(); }
inline float __ll2float_rn(long long x) { return float(x); }
inline float __ll2float_rz(long long x) { return cadena::cuda::emulated::rounded_number<float>(x).to_zero(); }
inline float __ll2float_rd(long long x) { return cadena::cuda::emulated::rounded_number<float>(x).down(); }
inline float __ll2float_ru(long long x) { return cadena::cuda::emulated::rounded_number<float>(x).up(); }
inline float __ull2float_rn(unsigned long long x) { return float(x); }
inline float __ull2float_rz(unsigned long long x) { return cadena::cuda::emulated::rounded_number<float>(x).to_zero(); }
inline float __ull2float_rd(unsigned long long x) { return cadena::cuda::emulated::rounded_number<float>(x).down(); }
inline float __ull2float_ru(unsigned long long x) { return cadena::cuda::emulated::rounded_number<float>(x).up(); }
inline float __double2float_rn(double x) { return float(x); }
inline float __double2float_rz(double x) { return cadena::cuda::emulated::rounded_number<float>(x).to_zero(); }
inline float __double2float_rd(double x) { return cadena::cuda::emulated::rounded_number<float>(x).down(); }
inline float __double2float_ru(double x) { return cadena::cuda::emulated::rounded_number<float>(x).up(); }
inline double __ll2double_rn(long long x) { return double(x); }
inline double __ll2double_rz(long long x) { return cadena::cuda::emulated::rounded_number<double>(x).to_zero(); }
inline double __ll2double_rd(long long x) { return cadena::cuda::emulated::rounded_number<double>(x).down(); }
inline double __ll2double_ru(long long x) { return cadena::cuda::emulated::rounded_number<double>(x).up(); }
inline double __ull2double_rn(unsigned long long x) { return double(x); }
inline double __ull2double_rz(unsigned long long x) {
  return cadena::cuda::emulated::rounded_number<double>(x).to_zero();
}
inline double __ull2double_rd(unsigned long long x) { return cadena::cuda::emulated::rounded_number<double>(x).down(); }
inline double __ull2double_ru(unsigned long long x) { return cadena::cuda::emulated::rounded_number<double>(x).up(); }
inline double __int2double_rn(int x) { return x; }
inline double __uint2double_rn(unsigned x) { return x; }

#pragma once

/// Half precision under CUDA's names, found instead of NVIDIA's <cuda_fp16.h>.
#include "cuda/runtime/emulated/conversions.h"
#include "cuda/runtime/emulated/two_byte_functions.h"

using __half = cadena::cuda::emulated::TwoByteFloat<cadena::cuda::emulated::HalfFormat>;
using __half2 = cadena::cuda::emulated::TwoByteFloatPair<cadena::cuda::emulated::HalfFormat>;
using half = __half;
using half2 = __half2;

inline __half __float2half(float x) { return x; }
inline __half __float2half_rn(float x) { return x; }
inline __half __double2half(double x) { return x; }
inline __half __int2half_rn(int x) { return x; }
inline float __half2float(__half x) { return x; }
inline __half __float2half_rz(float x) {
  return cadena::cuda::emulated::rounded_to_zero<cadena::cuda::emulated::HalfFormat>(x);
}
inline __half __float2half_rd(float x) {
  return cadena::cuda::emulated::rounded_to_side<cadena::cuda::emulated::HalfFormat>(x, true);
}
inline __half __float2half_ru(float x) {
  return cadena::cuda::emulated::rounded_to_side<cadena::cuda::emulated::HalfFormat>(x, false);
}
inline __half __uint2half_rn(unsigned x) { return x; }
inline __half __short2half_rn(short x) { return int(x); }
inline __half __ushort2half_rn(unsigned short x) { return int(x); }
inline int __half2int_rn(__half x) { return __float2int_rn(x); }
inline int __half2int_rz(__half x) { return __float2int_rz(x); }
inline int __half2int_rd(__half x) { return __float2int_rd(x); }
inline int __half2int_ru(__half x) { return __float2int_ru(x); }
inline unsigned __half2uint_rn(__half x) { return __float2uint_rn(x); }
inline unsigned __half2uint_rz(__half x) { return __float2uint_rz(x); }
inline __half2 __low2half2(__half2 x) { return {x.x, x.x}; }
inline __half2 __high2half2(__half2 x) { return {x.y, x.y}; }
inline __half2 __lows2half2(__half2 x, __half2 y) { return {x.x, y.x}; }
inline __half2 __highs2half2(__half2 x, __half2 y) { return {x.y, y.y}; }
inline __half2 __floats2half2_rn(float x, float y) { return {x, y}; }
inline __half2 __float22half2_rn(float2 x) { return {x.x, x.y}; }
inline __half2 __float2half2_rn(float x) { return {x, x}; }
inline float2 __half22float2(__half2 x) { return {x.x, x.y}; }
inline __half2 __halves2half2(__half x, __half y) { return {x, y}; }
inline __half2 __half2half2(__half x) { return {x, x}; }
inline __half2 make_half2(__half x, __half y) { return {x, y}; }
inline __half __low2half(__half2 x) { return x.x; }
inline __half __high2half(__half2 x) { return x.y; }
inline unsigned short __half_as_ushort(__half x) { return x.bits; }
inline short __half_as_short(__half x) { return short(x.bits); }
inline __half __ushort_as_half(unsigned short x) { return __half::from_bits(x); }
inline __half __short_as_half(short x) { return __half::from_bits(uint16_t(x)); }

__forceinline__ __half atomicAdd(__half* p, __half v) {
  using namespace cadena::cuda::emulated;
  return atomic_update(p, Atomic::add, Word::f16, v, v);
}
__forceinline__ __half2 atomicAdd(__half2* p, __half2 v) {
  using namespace cadena::cuda::emulated;
  return atomic_update(p, Atomic::add, Word::f16x2, v, v);
}

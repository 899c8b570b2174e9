#pragma once

/// bfloat16 under CUDA's names, found instead of NVIDIA's <cuda_bf16.h>.
#include "cuda/runtime/emulated/conversions.h"
#include "cuda/runtime/emulated/two_byte_functions.h"

using __nv_bfloat16 = cadena::cuda::emulated::TwoByteFloat<cadena::cuda::emulated::BrainFormat>;
using __nv_bfloat162 = cadena::cuda::emulated::TwoByteFloatPair<cadena::cuda::emulated::BrainFormat>;
using nv_bfloat16 = __nv_bfloat16;
using nv_bfloat162 = __nv_bfloat162;

inline __nv_bfloat16 __float2bfloat16(float x) { return x; }
inline __nv_bfloat16 __float2bfloat16_rn(float x) { return x; }
inline __nv_bfloat16 __double2bfloat16(double x) { return x; }
inline __nv_bfloat16 __int2bfloat16_rn(int x) { return x; }
inline float __bfloat162float(__nv_bfloat16 x) { return x; }
inline __nv_bfloat16 __float2bfloat16_rz(float x) {
  return cadena::cuda::emulated::rounded_to_zero<cadena::cuda::emulated::BrainFormat>(x);
}
inline __nv_bfloat16 __float2bfloat16_rd(float x) {
  return cadena::cuda::emulated::rounded_to_side<cadena::cuda::emulated::BrainFormat>(x, true);
}
inline __nv_bfloat16 __float2bfloat16_ru(float x) {
  return cadena::cuda::emulated::rounded_to_side<cadena::cuda::emulated::BrainFormat>(x, false);
}
inline __nv_bfloat16 __uint2bfloat16_rn(unsigned x) { return x; }
inline __nv_bfloat16 __short2bfloat16_rn(short x) { return int(x); }
inline __nv_bfloat16 __ushort2bfloat16_rn(unsigned short x) { return int(x); }
inline int __bfloat162int_rn(__nv_bfloat16 x) { return __float2int_rn(x); }
inline int __bfloat162int_rz(__nv_bfloat16 x) { return __float2int_rz(x); }
inline int __bfloat162int_rd(__nv_bfloat16 x) { return __float2int_rd(x); }
inline int __bfloat162int_ru(__nv_bfloat16 x) { return __float2int_ru(x); }
inline unsigned __bfloat162uint_rn(__nv_bfloat16 x) { return __float2uint_rn(x); }
inline unsigned __bfloat162uint_rz(__nv_bfloat16 x) { return __float2uint_rz(x); }
inline __nv_bfloat162 __low2bfloat162(__nv_bfloat162 x) { return {x.x, x.x}; }
inline __nv_bfloat162 __high2bfloat162(__nv_bfloat162 x) { return {x.y, x.y}; }
inline __nv_bfloat162 __lows2bfloat162(__nv_bfloat162 x, __nv_bfloat162 y) { return {x.x, y.x}; }
inline __nv_bfloat162 __highs2bfloat162(__nv_bfloat162 x, __nv_bfloat162 y) { return {x.y, y.y}; }
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {x, y}; }
inline __nv_bfloat162 __float22bfloat162_rn(float2 x) { return {x.x, x.y}; }
inline __nv_bfloat162 __float2bfloat162_rn(float x) { return {x, x}; }
inline float2 __bfloat1622float2(__nv_bfloat162 x) { return {x.x, x.y}; }
inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return {x, y}; }
inline __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 x) { return {x, x}; }
inline __nv_bfloat162 make_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return {x, y}; }
inline __nv_bfloat16 __low2bfloat16(__nv_bfloat162 x) { return x.x; }
inline __nv_bfloat16 __high2bfloat16(__nv_bfloat162 x) { return x.y; }
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 x) { return x.bits; }
inline short __bfloat16_as_short(__nv_bfloat16 x) { return short(x.bits); }
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short x) { return __nv_bfloat16::from_bits(x); }
inline __nv_bfloat16 __short_as_bfloat16(short x) { return __nv_bfloat16::from_bits(uint16_t(x)); }

__forceinline__ __nv_bfloat16 atomicAdd(__nv_bfloat16* p, __nv_bfloat16 v) {
  using namespace cadena::cuda::emulated;
  return atomic_update(p, Atomic::add, Word::bf16, v, v);
}
__forceinline__ __nv_bfloat162 atomicAdd(__nv_bfloat162* p, __nv_bfloat162 v) {
  using namespace cadena::cuda::emulated;
  return atomic_update(p, Atomic::add, Word::bf16x2, v, v);
}

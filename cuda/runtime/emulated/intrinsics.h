#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/runtime/emulated/qualifiers.h"

/// CUDA's arithmetic that C++ does not have: fast approximations (here exact), bit tricks, conversions with a rounding
/// mode, cached loads, and min and max for every type.
#ifndef CUDART_INF_F
#define CUDART_INF_F __builtin_inff()
#define CUDART_NAN_F __builtin_nanf("")
#endif

inline float __expf(float x) { return std::exp(x); }
inline float __exp10f(float x) { return std::pow(10.0f, x); }
inline float __logf(float x) { return std::log(x); }
inline float __log2f(float x) { return std::log2(x); }
inline float __log10f(float x) { return std::log10(x); }
inline float __sinf(float x) { return std::sin(x); }
inline float __cosf(float x) { return std::cos(x); }
inline float __tanf(float x) { return std::tan(x); }
inline float __powf(float x, float y) { return std::pow(x, y); }
inline void __sincosf(float x, float* s, float* c) { *s = std::sin(x), *c = std::cos(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float fdividef(float x, float y) { return x / y; }
inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f; }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __frsqrt_rn(float x) { return 1 / std::sqrt(x); }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fsub_rn(float x, float y) { return x - y; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __fmaf_rn(float x, float y, float z) { return std::fma(x, y, z); }
inline double __fma_rn(double x, double y, double z) { return std::fma(x, y, z); }
inline double __dadd_rn(double x, double y) { return x + y; }
/// Never fused with an addition: the product is rounded through memory.
inline float __fmul_rn(float x, float y) {
  volatile float product = x * y;
  return product;
}
inline double __dmul_rn(double x, double y) {
  volatile double product = x * y;
  return product;
}
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline float rcbrtf(float x) { return 1 / std::cbrt(x); }
inline float sinpif(float x) { return float(std::sin(M_PI * std::remainder(double(x), 2.0))); }
inline float cospif(float x) { return float(std::cos(M_PI * std::remainder(double(x), 2.0))); }
inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }
inline float normcdff(float x) { return float(0.5 * std::erfc(-double(x) * M_SQRT1_2)); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __clz(int x) { return x != 0 ? __builtin_clz(unsigned(x)) : 32; }
inline int __clzll(long long x) { return x != 0 ? __builtin_clzll((unsigned long long)x) : 64; }
inline unsigned __brev(unsigned x) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= (x >> bit & 1) << (31 - bit);
  return reversed;
}
inline int __mul24(int x, int y) { return x * y; }
inline int __mulhi(int x, int y) { return int((int64_t(x) * y) >> 32); }
inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned((uint64_t(x) * y) >> 32); }
inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)((static_cast<unsigned __int128>(x) * y) >> 64);
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return unsigned((((uint64_t(high) << 32) | low) << (shift & 31)) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return unsigned(((uint64_t(high) << 32) | low) >> (shift & 31));
}
/// Four bytes chosen from the eight of x (0 to 3) and y (4 to 7), one selector a nibble.
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const uint64_t bytes = (uint64_t(y) << 32) | x;
  unsigned result = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned byte = unsigned(bytes >> 8 * (selector >> 4 * i & 7)) & 0xff;
    result |= (selector >> (4 * i + 3) & 1 ? (byte & 0x80 ? 0xffu : 0u) : byte) << 8 * i;
  }
  return result;
}

inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }

/// A float as an integer type: out of range is the nearest end, NaN is 0, as the hardware converts.
template <class Integer>
inline Integer cadena_to_integer(double x, double lowest, double highest) {
  if (std::isnan(x)) return 0;
  return Integer(x < lowest ? lowest : x > highest ? highest : x);
}
inline int __float2int_rz(float x) { return cadena_to_integer<int>(std::trunc(x), -2147483648.0, 2147483647.0); }
inline int __float2int_rn(float x) { return cadena_to_integer<int>(std::nearbyint(x), -2147483648.0, 2147483647.0); }
inline int __float2int_rd(float x) { return cadena_to_integer<int>(std::floor(x), -2147483648.0, 2147483647.0); }
inline int __float2int_ru(float x) { return cadena_to_integer<int>(std::ceil(x), -2147483648.0, 2147483647.0); }
inline unsigned __float2uint_rz(float x) { return cadena_to_integer<unsigned>(std::trunc(x), 0.0, 4294967295.0); }
inline unsigned __float2uint_rn(float x) { return cadena_to_integer<unsigned>(std::nearbyint(x), 0.0, 4294967295.0); }
inline float __int2float_rn(int x) { return float(x); }
inline float __uint2float_rn(unsigned x) { return float(x); }
inline float __double2float_rn(double x) { return float(x); }

template <class T>
__forceinline__ T __ldg(const T* p) {
  return *p;
}
template <class T>
__forceinline__ T __ldca(const T* p) {
  return *p;
}
template <class T>
__forceinline__ T __ldcg(const T* p) {
  return *p;
}
template <class T>
__forceinline__ T __ldcs(const T* p) {
  return *p;
}
template <class T>
__forceinline__ T __ldlu(const T* p) {
  return *p;
}
template <class T>
__forceinline__ T __ldcv(const T* p) {
  return *p;
}
template <class T>
__forceinline__ void __stwb(T* p, T value) {
  *p = value;
}
template <class T>
__forceinline__ void __stcg(T* p, T value) {
  *p = value;
}
template <class T>
__forceinline__ void __stcs(T* p, T value) {
  *p = value;
}
template <class T>
__forceinline__ void __stwt(T* p, T value) {
  *p = value;
}

inline int min(int a, int b) { return b < a ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline long min(long a, long b) { return b < a ? b : a; }
inline unsigned long min(unsigned long a, unsigned long b) { return b < a ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline unsigned long long min(unsigned long long a, unsigned long long b) { return b < a ? b : a; }
inline float min(float a, float b) { return std::fmin(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long max(long a, long b) { return a < b ? b : a; }
inline unsigned long max(unsigned long a, unsigned long b) { return a < b ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline unsigned long long max(unsigned long long a, unsigned long long b) { return a < b ? b : a; }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }

namespace cadena::cuda::emulated {
/// Stops the kernel where it stands.
[[noreturn]] void trap();
/// Nanoseconds of a steady clock.
long long clock_now();
/// A memory fence; a thread that spins on it lets the others of its block run.
void fence_and_yield();
}  // namespace cadena::cuda::emulated

inline void __threadfence() { cadena::cuda::emulated::fence_and_yield(); }
inline void __threadfence_block() { cadena::cuda::emulated::fence_and_yield(); }
inline void __threadfence_system() { cadena::cuda::emulated::fence_and_yield(); }
inline void __nanosleep(unsigned) { cadena::cuda::emulated::fence_and_yield(); }
[[noreturn]] inline void __trap() { cadena::cuda::emulated::trap(); }
inline long long clock64() { return cadena::cuda::emulated::clock_now(); }

#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/runtime/emulated/conversions.h"
#include "cuda/runtime/emulated/directed_rounding.h"
#include "cuda/runtime/emulated/integer_intrinsics.h"
#include "cuda/runtime/emulated/qualifiers.h"

/// CUDA's arithmetic that C++ does not have: fast approximations (here exact), cached loads, and min and max for every
/// type.
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

namespace cadena::cuda::emulated {
/// The number itself; the compiler does not know that, so it fuses no addition with the product it may be.
template <class T>
inline T unfused(T x) {
  volatile T kept = x;
  return kept;
}
/// x + y, where neither is a product to be fused with, nor the sum.
template <class T>
inline T unfused_sum(T x, T y) {
  return unfused(unfused(x) + unfused(y));
}
}  // namespace cadena::cuda::emulated

/// Rounded to the nearest number, and never fused with another operation.
inline float __fadd_rn(float x, float y) { return cadena::cuda::emulated::unfused_sum(x, y); }
inline float __fsub_rn(float x, float y) { return __fadd_rn(x, -y); }
inline float __fmul_rn(float x, float y) { return cadena::cuda::emulated::unfused(x * y); }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __frsqrt_rn(float x) { return float(1 / std::sqrt(double(x))); }
inline float __fmaf_rn(float x, float y, float z) { return std::fma(x, y, z); }
inline double __dadd_rn(double x, double y) { return cadena::cuda::emulated::unfused_sum(x, y); }
inline double __dsub_rn(double x, double y) { return __dadd_rn(x, -y); }
inline double __dmul_rn(double x, double y) { return cadena::cuda::emulated::unfused(x * y); }
inline double __ddiv_rn(double x, double y) { return x / y; }
inline double __drcp_rn(double x) { return 1 / x; }
inline double __dsqrt_rn(double x) { return std::sqrt(x); }
inline double __fma_rn(double x, double y, double z) { return std::fma(x, y, z); }

#if !defined(__GLIBC__) || __GLIBC_MINOR__ < 42  // later ones have it
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
#endif
inline float rcbrtf(float x) { return 1 / std::cbrt(x); }
inline double rcbrt(double x) { return 1 / std::cbrt(x); }
#if !defined(__GLIBC__) || __GLIBC_MINOR__ < 41  // later ones have them
/// sin(pi x) and cos(pi x), exactly 0 where they are 0: the angle is brought into half a turn first.
inline double sinpi(double x) {
  const double turn = std::remainder(x, 2.0);
  return std::sin(M_PI * (std::fabs(turn) > 0.5 ? std::copysign(1.0, turn) - turn : turn));
}
inline double cospi(double x) { return std::sin(M_PI * (0.5 - std::fabs(std::remainder(x, 2.0)))); }
inline float sinpif(float x) { return float(sinpi(x)); }
inline float cospif(float x) { return float(cospi(x)); }
#endif
inline void sincospi(double x, double* s, double* c) { *s = sinpi(x), *c = cospi(x); }
inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }
inline double normcdf(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }
inline float normcdff(float x) { return float(normcdf(double(x))); }
inline float rhypotf(float x, float y) { return 1 / std::hypot(x, y); }
inline float norm3df(float x, float y, float z) { return std::hypot(x, y, z); }
inline float rnorm3df(float x, float y, float z) { return 1 / std::hypot(x, y, z); }
inline float norm4df(float x, float y, float z, float w) { return std::hypot(std::hypot(x, y), std::hypot(z, w)); }

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

/// Of a signed and an unsigned number as unsigned ones, as nvcc has it.
inline int min(int a, int b) { return b < a ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline long min(long a, long b) { return b < a ? b : a; }
inline unsigned long min(unsigned long a, unsigned long b) { return b < a ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline unsigned long long min(unsigned long long a, unsigned long long b) { return b < a ? b : a; }
inline unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
inline unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
inline unsigned long min(long a, unsigned long b) { return min((unsigned long)a, b); }
inline unsigned long min(unsigned long a, long b) { return min(a, (unsigned long)b); }
inline unsigned long long min(long long a, unsigned long long b) { return min((unsigned long long)a, b); }
inline unsigned long long min(unsigned long long a, long long b) { return min(a, (unsigned long long)b); }
inline float min(float a, float b) { return std::fmin(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline double min(float a, double b) { return std::fmin(a, b); }
inline double min(double a, float b) { return std::fmin(a, b); }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long max(long a, long b) { return a < b ? b : a; }
inline unsigned long max(unsigned long a, unsigned long b) { return a < b ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline unsigned long long max(unsigned long long a, unsigned long long b) { return a < b ? b : a; }
inline unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
inline unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
inline unsigned long max(long a, unsigned long b) { return max((unsigned long)a, b); }
inline unsigned long max(unsigned long a, long b) { return max(a, (unsigned long)b); }
inline unsigned long long max(long long a, unsigned long long b) { return max((unsigned long long)a, b); }
inline unsigned long long max(unsigned long long a, long long b) { return max(a, (unsigned long long)b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }
inline double max(float a, double b) { return std::fmax(a, b); }
inline double max(double a, float b) { return std::fmax(a, b); }

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

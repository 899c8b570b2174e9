#pragma once

#include "cuda/runtime/emulated/two_byte_float.h"

/// Arithmetic on `__half` and `__nv_bfloat16` by name, the same names for both formats.
template <class F>
using CadenaTwoByte = cadena::cuda::emulated::TwoByteFloat<F>;
template <class F>
using CadenaPair = cadena::cuda::emulated::TwoByteFloatPair<F>;

template <class F>
CadenaTwoByte<F> __hadd(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a + b;
}
template <class F>
CadenaTwoByte<F> __hadd_rn(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a + b;
}
template <class F>
CadenaTwoByte<F> __hsub(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a - b;
}
template <class F>
CadenaTwoByte<F> __hsub_rn(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a - b;
}
template <class F>
CadenaTwoByte<F> __hmul(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a * b;
}
template <class F>
CadenaTwoByte<F> __hmul_rn(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
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
  return cadena::cuda::emulated::fused(a, b, c);
}
/// Between 0 and 1; NaN becomes 0.
template <class F>
CadenaTwoByte<F> cadena_saturated(CadenaTwoByte<F> a) {
  return float(a) > 0 ? (float(a) < 1 ? a : CadenaTwoByte<F>(1.0f)) : CadenaTwoByte<F>(0.0f);
}
template <class F>
CadenaTwoByte<F> __hadd_sat(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena_saturated(a + b);
}
template <class F>
CadenaTwoByte<F> __hsub_sat(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena_saturated(a - b);
}
template <class F>
CadenaTwoByte<F> __hmul_sat(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena_saturated(a * b);
}
template <class F>
CadenaTwoByte<F> __hfma_sat(CadenaTwoByte<F> a, CadenaTwoByte<F> b, CadenaTwoByte<F> c) {
  return cadena_saturated(__hfma(a, b, c));
}
template <class F>
CadenaTwoByte<F> __hfma_relu(CadenaTwoByte<F> a, CadenaTwoByte<F> b, CadenaTwoByte<F> c) {
  const CadenaTwoByte<F> sum = __hfma(a, b, c);
  return float(sum) < 0 ? CadenaTwoByte<F>(0.0f) : sum;
}
template <class F>
CadenaTwoByte<F> __hmax(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena::cuda::emulated::extreme(a, b, true, false);
}
template <class F>
CadenaTwoByte<F> __hmin(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena::cuda::emulated::extreme(a, b, false, false);
}
template <class F>
CadenaTwoByte<F> __hmax_nan(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena::cuda::emulated::extreme(a, b, true, true);
}
template <class F>
CadenaTwoByte<F> __hmin_nan(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return cadena::cuda::emulated::extreme(a, b, false, true);
}

/// Comparisons; false where either is NaN, but true in the `u` forms.
template <class F>
bool __hisnan(CadenaTwoByte<F> a) {
  return (a.bits & 0x7fff) > F::kInfinity;
}
template <class F>
int __hisinf(CadenaTwoByte<F> a) {
  return (a.bits & 0x7fff) != F::kInfinity ? 0 : a.bits >> 15 ? -1 : 1;
}
template <class F>
bool cadena_unordered(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return __hisnan(a) || __hisnan(b);
}
template <class F>
bool __heq(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a == b;
}
template <class F>
bool __hequ(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a == b || cadena_unordered(a, b);
}
template <class F>
bool __hne(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a != b && !cadena_unordered(a, b);
}
template <class F>
bool __hneu(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a != b || cadena_unordered(a, b);
}
template <class F>
bool __hlt(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a < b;
}
template <class F>
bool __hltu(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a < b || cadena_unordered(a, b);
}
template <class F>
bool __hle(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a <= b;
}
template <class F>
bool __hleu(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a <= b || cadena_unordered(a, b);
}
template <class F>
bool __hgt(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a > b;
}
template <class F>
bool __hgtu(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a > b || cadena_unordered(a, b);
}
template <class F>
bool __hge(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a >= b;
}
template <class F>
bool __hgeu(CadenaTwoByte<F> a, CadenaTwoByte<F> b) {
  return a >= b || cadena_unordered(a, b);
}

/// Functions, rounded once from f32.
template <class F>
CadenaTwoByte<F> hexp(CadenaTwoByte<F> a) {
  return std::exp(float(a));
}
template <class F>
CadenaTwoByte<F> hexp2(CadenaTwoByte<F> a) {
  return std::exp2(float(a));
}
template <class F>
CadenaTwoByte<F> hexp10(CadenaTwoByte<F> a) {
  return std::pow(10.0f, float(a));
}
template <class F>
CadenaTwoByte<F> hlog(CadenaTwoByte<F> a) {
  return std::log(float(a));
}
template <class F>
CadenaTwoByte<F> hlog2(CadenaTwoByte<F> a) {
  return std::log2(float(a));
}
template <class F>
CadenaTwoByte<F> hlog10(CadenaTwoByte<F> a) {
  return std::log10(float(a));
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
CadenaTwoByte<F> hfloor(CadenaTwoByte<F> a) {
  return std::floor(float(a));
}
template <class F>
CadenaTwoByte<F> hceil(CadenaTwoByte<F> a) {
  return std::ceil(float(a));
}
template <class F>
CadenaTwoByte<F> htrunc(CadenaTwoByte<F> a) {
  return std::trunc(float(a));
}
template <class F>
CadenaTwoByte<F> hrint(CadenaTwoByte<F> a) {
  return std::nearbyint(float(a));
}

/// The same on both numbers of a pair.
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
  return -a;
}
template <class F>
CadenaPair<F> __habs2(CadenaPair<F> a) {
  return {__habs(a.x), __habs(a.y)};
}
template <class F>
CadenaPair<F> __hfma2(CadenaPair<F> a, CadenaPair<F> b, CadenaPair<F> c) {
  return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)};
}
template <class F>
CadenaPair<F> __hfma2_relu(CadenaPair<F> a, CadenaPair<F> b, CadenaPair<F> c) {
  return {__hfma_relu(a.x, b.x, c.x), __hfma_relu(a.y, b.y, c.y)};
}
template <class F>
CadenaPair<F> __hmax2(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmax(a.x, b.x), __hmax(a.y, b.y)};
}
template <class F>
CadenaPair<F> __hmax2_nan(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmax_nan(a.x, b.x), __hmax_nan(a.y, b.y)};
}
template <class F>
CadenaPair<F> __hmin2(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmin(a.x, b.x), __hmin(a.y, b.y)};
}
template <class F>
CadenaPair<F> __hmin2_nan(CadenaPair<F> a, CadenaPair<F> b) {
  return {__hmin_nan(a.x, b.x), __hmin_nan(a.y, b.y)};
}
template <class F>
CadenaPair<F> h2exp(CadenaPair<F> a) {
  return {hexp(a.x), hexp(a.y)};
}
template <class F>
CadenaPair<F> h2exp2(CadenaPair<F> a) {
  return {hexp2(a.x), hexp2(a.y)};
}
template <class F>
CadenaPair<F> h2exp10(CadenaPair<F> a) {
  return {hexp10(a.x), hexp10(a.y)};
}
template <class F>
CadenaPair<F> h2log(CadenaPair<F> a) {
  return {hlog(a.x), hlog(a.y)};
}
template <class F>
CadenaPair<F> h2log2(CadenaPair<F> a) {
  return {hlog2(a.x), hlog2(a.y)};
}
template <class F>
CadenaPair<F> h2log10(CadenaPair<F> a) {
  return {hlog10(a.x), hlog10(a.y)};
}
template <class F>
CadenaPair<F> h2sqrt(CadenaPair<F> a) {
  return {hsqrt(a.x), hsqrt(a.y)};
}
template <class F>
CadenaPair<F> h2rsqrt(CadenaPair<F> a) {
  return {hrsqrt(a.x), hrsqrt(a.y)};
}
template <class F>
CadenaPair<F> h2rcp(CadenaPair<F> a) {
  return {hrcp(a.x), hrcp(a.y)};
}
template <class F>
CadenaPair<F> h2tanh(CadenaPair<F> a) {
  return {htanh(a.x), htanh(a.y)};
}
template <class F>
CadenaPair<F> h2sin(CadenaPair<F> a) {
  return {hsin(a.x), hsin(a.y)};
}
template <class F>
CadenaPair<F> h2cos(CadenaPair<F> a) {
  return {hcos(a.x), hcos(a.y)};
}
template <class F>
CadenaPair<F> h2floor(CadenaPair<F> a) {
  return {hfloor(a.x), hfloor(a.y)};
}
template <class F>
CadenaPair<F> h2ceil(CadenaPair<F> a) {
  return {hceil(a.x), hceil(a.y)};
}
template <class F>
CadenaPair<F> h2trunc(CadenaPair<F> a) {
  return {htrunc(a.x), htrunc(a.y)};
}
template <class F>
CadenaPair<F> h2rint(CadenaPair<F> a) {
  return {hrint(a.x), hrint(a.y)};
}

/// Comparisons of pairs: 1 or 0 for each number; the `b` forms tell whether all are so.
template <class F>
CadenaPair<F> cadena_flags(bool x, bool y) {
  return {CadenaTwoByte<F>(x ? 1.0f : 0.0f), CadenaTwoByte<F>(y ? 1.0f : 0.0f)};
}
template <class F>
CadenaPair<F> __heq2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__heq(a.x, b.x), __heq(a.y, b.y));
}
template <class F>
bool __hbeq2(CadenaPair<F> a, CadenaPair<F> b) {
  return __heq(a.x, b.x) && __heq(a.y, b.y);
}
template <class F>
CadenaPair<F> __hne2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__hne(a.x, b.x), __hne(a.y, b.y));
}
template <class F>
bool __hbne2(CadenaPair<F> a, CadenaPair<F> b) {
  return __hne(a.x, b.x) && __hne(a.y, b.y);
}
template <class F>
CadenaPair<F> __hlt2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__hlt(a.x, b.x), __hlt(a.y, b.y));
}
template <class F>
bool __hblt2(CadenaPair<F> a, CadenaPair<F> b) {
  return __hlt(a.x, b.x) && __hlt(a.y, b.y);
}
template <class F>
CadenaPair<F> __hle2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__hle(a.x, b.x), __hle(a.y, b.y));
}
template <class F>
bool __hble2(CadenaPair<F> a, CadenaPair<F> b) {
  return __hle(a.x, b.x) && __hle(a.y, b.y);
}
template <class F>
CadenaPair<F> __hgt2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__hgt(a.x, b.x), __hgt(a.y, b.y));
}
template <class F>
bool __hbgt2(CadenaPair<F> a, CadenaPair<F> b) {
  return __hgt(a.x, b.x) && __hgt(a.y, b.y);
}
template <class F>
CadenaPair<F> __hge2(CadenaPair<F> a, CadenaPair<F> b) {
  return cadena_flags<F>(__hge(a.x, b.x), __hge(a.y, b.y));
}
template <class F>
bool __hbge2(CadenaPair<F> a, CadenaPair<F> b) {
  return __hge(a.x, b.x) && __hge(a.y, b.y);
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

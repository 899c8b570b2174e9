#pragma once

#include <cfloat>
#include <cmath>

#include "cuda/runtime/emulated/exact_sum.h"

/// Arithmetic rounded toward zero (rz), down (rd) or up (ru): the nearest number, or its neighbour where that lies on
/// the wrong side of the exact result. A type of twice the digits, which holds products exactly, tells on which side.
namespace cadena::cuda::emulated {

#if LDBL_MANT_DIG >= 113
using Quadruple = long double;
#else
__extension__ typedef __float128 Quadruple;
#endif

template <class T>
struct Twice;
template <>
struct Twice<float> {
  using Type = double;
};
template <>
struct Twice<double> {
  using Type = Quadruple;
};
template <class T>
using Wide = typename Twice<T>::Type;

/// A result rounded to the nearest number, and the sign of what rounding took away.
template <class T>
struct Rounded {
  T nearest;
  Wide<T> rest;
  bool cancelled = false;  // a sum that is 0, of terms not both +0: it is -0 rounded down

  T below() const { return rest < 0 ? std::nextafter(nearest, T(-INFINITY)) : nearest; }
  T down() const { return cancelled ? T(-0.0) : below(); }
  T up() const { return rest > 0 ? std::nextafter(nearest, T(INFINITY)) : nearest; }
  T to_zero() const { return std::signbit(nearest) ? up() : below(); }
};

/// A sum whose first term may be a product. Where the sum in the wide type is `nearest`, what it lost decides.
template <class T>
Rounded<T> rounded_wide_sum(Wide<T> x, T y, T nearest) {
  const auto [sum, lost] = exact_sum<Wide<T>>(x, y);
  const Wide<T> rest = sum - Wide<T>(nearest);
  return {nearest, rest != 0 ? rest : lost, sum == 0 && (std::signbit(T(x)) || std::signbit(y))};
}
template <class T>
Rounded<T> rounded_sum(T x, T y) {
  return rounded_wide_sum<T>(x, y, x + y);
}
template <class T>
Rounded<T> rounded_product(T x, T y) {
  return {x * y, Wide<T>(x) * Wide<T>(y) - Wide<T>(x * y)};
}
template <class T>
Rounded<T> rounded_fma(T x, T y, T z) {
  return rounded_wide_sum<T>(Wide<T>(x) * Wide<T>(y), z, std::fma(x, y, z));
}
template <class T>
Rounded<T> rounded_quotient(T x, T y) {
  const Wide<T> rest = Wide<T>(x) - Wide<T>(x / y) * Wide<T>(y);
  return {x / y, y < 0 ? -rest : rest};
}
template <class T>
Rounded<T> rounded_root(T x) {
  const T root = std::sqrt(x);
  return {root, Wide<T>(x) - Wide<T>(root) * Wide<T>(root)};
}
/// A number of another type, an integer or f64.
template <class T, class From>
Rounded<T> rounded_number(From x) {
  return {T(x), Wide<T>(Quadruple(x) - Quadruple(T(x)))};
}

}  // namespace cadena::cuda::emulated

inline float __fadd_rz(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, y).to_zero(); }
inline float __fadd_rd(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, y).down(); }
inline float __fadd_ru(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, y).up(); }
inline float __fsub_rz(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, -y).to_zero(); }
inline float __fsub_rd(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, -y).down(); }
inline float __fsub_ru(float x, float y) { return cadena::cuda::emulated::rounded_sum(x, -y).up(); }
inline float __fmul_rz(float x, float y) { return cadena::cuda::emulated::rounded_product(x, y).to_zero(); }
inline float __fmul_rd(float x, float y) { return cadena::cuda::emulated::rounded_product(x, y).down(); }
inline float __fmul_ru(float x, float y) { return cadena::cuda::emulated::rounded_product(x, y).up(); }
inline float __fmaf_rz(float x, float y, float z) { return cadena::cuda::emulated::rounded_fma(x, y, z).to_zero(); }
inline float __fmaf_rd(float x, float y, float z) { return cadena::cuda::emulated::rounded_fma(x, y, z).down(); }
inline float __fmaf_ru(float x, float y, float z) { return cadena::cuda::emulated::rounded_fma(x, y, z).up(); }
inline float __fdiv_rz(float x, float y) { return cadena::cuda::emulated::rounded_quotient(x, y).to_zero(); }
inline float __fdiv_rd(float x, float y) { return cadena::cuda::emulated::rounded_quotient(x, y).down(); }
inline float __fdiv_ru(float x, float y) { return cadena::cuda::emulated::rounded_quotient(x, y).up(); }
inline float __frcp_rz(float x) { return cadena::cuda::emulated::rounded_quotient(1.0f, x).to_zero(); }
inline float __frcp_rd(float x) { return cadena::cuda::emulated::rounded_quotient(1.0f, x).down(); }
inline float __frcp_ru(float x) { return cadena::cuda::emulated::rounded_quotient(1.0f, x).up(); }
inline float __fsqrt_rz(float x) { return cadena::cuda::emulated::rounded_root(x).to_zero(); }
inline float __fsqrt_rd(float x) { return cadena::cuda::emulated::rounded_root(x).down(); }
inline float __fsqrt_ru(float x) { return cadena::cuda::emulated::rounded_root(x).up(); }

inline double __dadd_rz(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, y).to_zero(); }
inline double __dadd_rd(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, y).down(); }
inline double __dadd_ru(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, y).up(); }
inline double __dsub_rz(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, -y).to_zero(); }
inline double __dsub_rd(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, -y).down(); }
inline double __dsub_ru(double x, double y) { return cadena::cuda::emulated::rounded_sum(x, -y).up(); }
inline double __dmul_rz(double x, double y) { return cadena::cuda::emulated::rounded_product(x, y).to_zero(); }
inline double __dmul_rd(double x, double y) { return cadena::cuda::emulated::rounded_product(x, y).down(); }
inline double __dmul_ru(double x, double y) { return cadena::cuda::emulated::rounded_product(x, y).up(); }
inline double __fma_rz(double x, double y, double z) { return cadena::cuda::emulated::rounded_fma(x, y, z).to_zero(); }
inline double __fma_rd(double x, double y, double z) { return cadena::cuda::emulated::rounded_fma(x, y, z).down(); }
inline double __fma_ru(double x, double y, double z) { return cadena::cuda::emulated::rounded_fma(x, y, z).up(); }
inline double __ddiv_rz(double x, double y) { return cadena::cuda::emulated::rounded_quotient(x, y).to_zero(); }
inline double __ddiv_rd(double x, double y) { return cadena::cuda::emulated::rounded_quotient(x, y).down(); }
inline double __ddiv_ru(double x, double y) { return cadena::cuda::emulated::rounded_quotient(x, y).up(); }
inline double __drcp_rz(double x) { return cadena::cuda::emulated::rounded_quotient(1.0, x).to_zero(); }
inline double __drcp_rd(double x) { return cadena::cuda::emulated::rounded_quotient(1.0, x).down(); }
inline double __drcp_ru(double x) { return cadena::cuda::emulated::rounded_quotient(1.0, x).up(); }
inline double __dsqrt_rz(double x) { return cadena::cuda::emulated::rounded_root(x).to_zero(); }
inline double __dsqrt_rd(double x) { return cadena::cuda::emulated::rounded_root(x).down(); }
inline double __dsqrt_ru(double x) { return cadena::cuda::emulated::rounded_root(x).up(); }

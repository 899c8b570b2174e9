#pragma once

#include <cmath>

#include "cuda/runtime/emulated/exact_sum.h"

/// f32 arithmetic rounded toward zero (rz), down (rd) or up (ru): the nearest number, or its neighbour where that lies
/// on the wrong side of the exact result. f64 tells on which side it lies.
namespace cadena::cuda::emulated {

/// A result rounded to the nearest number, and the sign of what rounding took away.
struct Rounded {
  float nearest;
  double rest;
  bool cancelled = false;  // a sum that is 0, of terms not both +0: it is -0 rounded down

  float below() const { return rest < 0 ? std::nextafter(nearest, -INFINITY) : nearest; }
  float down() const { return cancelled ? -0.0f : below(); }
  float up() const { return rest > 0 ? std::nextafter(nearest, INFINITY) : nearest; }
  float to_zero() const { return std::signbit(nearest) ? up() : below(); }
};

/// A sum whose first term may be a product of two f32, exact in f64. Where the sum in f64 is `nearest`, what it lost
/// decides.
inline Rounded rounded_sum(double x, double y, float nearest) {
  const auto [sum, lost] = exact_sum(x, y);
  const double rest = sum - double(nearest);
  return {nearest, rest != 0 ? rest : lost, sum == 0 && (std::signbit(x) || std::signbit(y))};
}
inline Rounded rounded_sum(float x, float y) { return rounded_sum(double(x), double(y), x + y); }
inline Rounded rounded_product(float x, float y) { return {x * y, double(x) * double(y) - double(x * y)}; }
inline Rounded rounded_fma(float x, float y, float z) {
  return rounded_sum(double(x) * double(y), double(z), std::fma(x, y, z));
}
inline Rounded rounded_quotient(float x, float y) {
  const double rest = double(x) - double(x / y) * double(y);
  return {x / y, y < 0 ? -rest : rest};
}
inline Rounded rounded_root(float x) {
  const float root = std::sqrt(x);
  return {root, double(x) - double(root) * double(root)};
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
inline float __frcp_rz(float x) { return cadena::cuda::emulated::rounded_quotient(1, x).to_zero(); }
inline float __frcp_rd(float x) { return cadena::cuda::emulated::rounded_quotient(1, x).down(); }
inline float __frcp_ru(float x) { return cadena::cuda::emulated::rounded_quotient(1, x).up(); }
inline float __fsqrt_rz(float x) { return cadena::cuda::emulated::rounded_root(x).to_zero(); }
inline float __fsqrt_rd(float x) { return cadena::cuda::emulated::rounded_root(x).down(); }
inline float __fsqrt_ru(float x) { return cadena::cuda::emulated::rounded_root(x).up(); }

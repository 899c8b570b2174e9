#pragma once

#include <cmath>
#include <type_traits>

#include "tensor/base/dtype.h"
#include "tensor/base/host_device.h"
#include "tensor/base/number.h"

/// The scalar formulas of the elementwise ops, one struct each, written once for CPU loops and CUDA kernels.
/// T is a compute type: float, double or i64. Sums and products of integers wrap around modulo 2^64.
namespace cadena::scalar {

/// T itself for reals, the unsigned type of the same size for integers, whose overflow is defined.
template <class T>
using wrapping_t =
    typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<i64>, std::type_identity<T>>::type;

struct Add {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return static_cast<T>(static_cast<wrapping_t<T>>(a) + static_cast<wrapping_t<T>>(b));
  }
};

struct Sub {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return static_cast<T>(static_cast<wrapping_t<T>>(a) - static_cast<wrapping_t<T>>(b));
  }
};

struct Mul {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return static_cast<T>(static_cast<wrapping_t<T>>(a) * static_cast<wrapping_t<T>>(b));
  }
};

struct Div {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a / b;
  }
};

struct Neg {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return static_cast<T>(-static_cast<wrapping_t<T>>(x));
  }
};

/// The larger of two, NaN if one is.
struct Maximum {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};

/// The smaller of two, NaN if one is.
struct Minimum {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
};

/// F with a host value for its second operand, F(x, c). The value takes the type in which x is computed, so that
/// f16 x times 0.1 is computed with 0.1 in f32.
template <class F>
struct ThenNumber {
  Number c;
  template <class T>
  CADENA_HOST_DEVICE auto operator()(T x) const {
    return F{}(x, c.as<T>());
  }
};

/// The same for the first operand, F(c, x).
template <class F>
struct NumberThen {
  Number c;
  template <class T>
  CADENA_HOST_DEVICE auto operator()(T x) const {
    return F{}(c.as<T>(), x);
  }
};

}  // namespace cadena::scalar

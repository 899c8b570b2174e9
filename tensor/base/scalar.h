#pragma once

#include <cmath>
#include <type_traits>

#include "tensor/base/dtype.h"
#include "tensor/base/host_device.h"

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

}  // namespace cadena::scalar

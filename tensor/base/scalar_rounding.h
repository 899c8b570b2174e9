#pragma once

#include <cmath>

#include "tensor/base/scalar.h"

/// Absolute value, sign, rounding and clamping, see scalar.h.
namespace cadena::scalar {

struct Abs {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    if constexpr (std::is_integral_v<T>) return x < 0 ? Neg{}(x) : x;
    else return std::abs(x);
  }
};

/// -1, 0 or 1; NaN for NaN.
struct Sign {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x > 0 ? T{1} : x < 0 ? T{-1} : x != x ? x : T{0};
  }
};

/// To the nearest integer, ties to the even one (in the default rounding mode, which the library never changes).
struct Round {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    if constexpr (std::is_integral_v<T>) return x;
    else return std::nearbyint(x);
  }
};

struct Floor {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    if constexpr (std::is_integral_v<T>) return x;
    else return std::floor(x);
  }
};

struct Ceil {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    if constexpr (std::is_integral_v<T>) return x;
    else return std::ceil(x);
  }
};

/// min(max(x, low), high), NaN for NaN. The bounds are kept in f64 whatever the dtype of x. Real T only.
struct Clamp {
  double low;
  double high;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    const T raised = x < static_cast<T>(low) ? static_cast<T>(low) : x;
    return raised > static_cast<T>(high) ? static_cast<T>(high) : raised;
  }
};

}  // namespace cadena::scalar

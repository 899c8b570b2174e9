#pragma once

#include <cmath>

#include "tensor/base/scalar.h"
#include "tensor/base/scalar_exp.h"

/// Exponentials, powers and trigonometric functions, see scalar.h.
namespace cadena::scalar {

struct Exp {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return exp(x);
  }
};

struct Log {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::log(x);
  }
};

struct Log1p {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::log1p(x);
  }
};

struct Expm1 {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return expm1(x);
  }
};

struct Sqrt {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::sqrt(x);
  }
};

struct Rsqrt {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return T{1} / std::sqrt(x);
  }
};

struct Square {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return static_cast<T>(static_cast<wrapping_t<T>>(x) * static_cast<wrapping_t<T>>(x));
  }
};

struct Reciprocal {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return T{1} / x;
  }
};

/// a^b; for integers by squaring, and towards zero where b is negative.
struct Pow {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
      auto power = wrapping_t<T>{1};
      for (auto square = static_cast<wrapping_t<T>>(a); b > 0; b /= 2, square *= square) {
        if (b % 2 == 1) power *= square;
      }
      return static_cast<T>(power);
    } else {
      return std::pow(a, b);
    }
  }
};

struct Sin {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::sin(x);
  }
};

struct Cos {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::cos(x);
  }
};

struct Tanh {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return tanh(x);
  }
};

struct Erf {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::erf(x);
  }
};

}  // namespace cadena::scalar

#pragma once

#include <cmath>

#include "tensor/base/host_device.h"
#include "tensor/base/scalar_exp.h"
#include "tensor/base/scalar_normal.h"

/// Activation functions, see scalar.h. Real T only; relu takes integers too.
namespace cadena::scalar {

/// 1 / (1 + e^-x), with full relative accuracy in both tails.
struct Sigmoid {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    const T e = exp(-std::abs(x));  // at most 1: never overflows
    return (x < 0 ? e : T{1}) / (1 + e);
  }
};

/// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
struct Softplus {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return (x > 0 ? x : T{0}) + std::log1p(std::exp(-std::abs(x)));
  }
};

/// max(x, 0), NaN for NaN.
struct Relu {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x > 0 || x != x ? x : T{0};
  }
};

/// ln(1 / (1 + e^-x)) = -softplus(-x).
struct LogSigmoid {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return -Softplus{}(-x);
  }
};

struct Silu {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x * Sigmoid{}(x);
  }
};

/// u = sqrt(2/π) (x + 0.044715 x^3)
template <class T>
CADENA_HOST_DEVICE T gelu_argument(T x) {
  return T(0.79788456080286535588) * x * (1 + T(0.044715) * (x * x));
}

/// x Φ(x) with Φ the normal distribution function.
struct Gelu {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x * Normal<T>(x).below;
  }
};

/// (x Φ(x))' = Φ(x) + x φ(x) with φ(x) = e^(-x²/2) / sqrt(2 π).
struct GeluSlope {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    const Normal<T> normal(x);
    return normal.below + x * (T(0.39894228040143267794) * normal.bell);
  }
};

/// x (1 + tanh u) / 2 = x sigmoid(2 u).
struct GeluTanh {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x * Sigmoid{}(2 * gelu_argument(x));
  }
};

/// s + 2 x s (1 - s) u' with s = sigmoid(2 u).
struct GeluTanhSlope {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    const T s = Sigmoid{}(2 * gelu_argument(x));
    const T u = T(0.79788456080286535588) * (1 + T(3 * 0.044715) * (x * x));  // its derivative
    const T ds = 2 * s * (1 - s);
    return s + (ds == 0 ? T{0} : x * ds * u);  // u may be infinite where ds has vanished
  }
};

struct LeakyRelu {
  double slope;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x > 0 ? x : static_cast<T>(slope) * x;
  }
};

struct Elu {
  double alpha;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return x > 0 ? x : static_cast<T>(alpha) * expm1(x);
  }
};

}  // namespace cadena::scalar

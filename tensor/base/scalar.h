#pragma once

#include <cmath>

#include "tensor/base/host_device.h"

/// The scalar formulas of the elementwise ops, one struct each, written once for CPU loops and CUDA kernels.
/// T is a compute type: float, double or i64.
namespace cadena::scalar {

struct Add {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a + b;
  }
};

struct Sub {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a - b;
  }
};

struct Mul {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T a, T b) const {
    return a * b;
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
    return -x;
  }
};

struct Exp {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::exp(x);
  }
};

struct Log {
  template <class T>
  CADENA_HOST_DEVICE T operator()(T x) const {
    return std::log(x);
  }
};

}  // namespace cadena::scalar

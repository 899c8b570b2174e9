#pragma once

#include <cmath>

#include "tensor/base/host_device.h"

/// Comparisons, logic and tests for special values, see scalar.h. T may also be bool.
namespace cadena::scalar {

struct Equal {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T a, T b) const {
    return a == b;
  }
};

struct NotEqual {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T a, T b) const {
    return a != b;
  }
};

struct Less {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T a, T b) const {
    return a < b;
  }
};

struct LessEqual {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T a, T b) const {
    return a <= b;
  }
};

struct And {
  CADENA_HOST_DEVICE bool operator()(bool a, bool b) const { return a && b; }
};

struct Or {
  CADENA_HOST_DEVICE bool operator()(bool a, bool b) const { return a || b; }
};

struct Xor {
  CADENA_HOST_DEVICE bool operator()(bool a, bool b) const { return a != b; }
};

struct IsNan {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T x) const {
    return std::isnan(x);
  }
};

struct IsInf {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T x) const {
    return std::isinf(x);
  }
};

struct IsFinite {
  template <class T>
  CADENA_HOST_DEVICE bool operator()(T x) const {
    return std::isfinite(x);
  }
};

}  // namespace cadena::scalar

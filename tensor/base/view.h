#pragma once

#include "tensor/base/shape.h"

namespace cadena {

/// What a kernel sees of a tensor: the address of its first element, shape and strides (in elements). It owns nothing
/// and checks nothing; whoever makes one keeps the tensor alive.
struct View {
  void* data = nullptr;          ///< the first element, on the tensor's device
  Dtype dtype = Dtype::f32;      ///< what an element is
  int rank = 0;                  ///< how many axes
  const i64* shape = nullptr;    ///< `rank` extents
  const i64* strides = nullptr;  ///< `rank` strides, in elements

  /// The address of the first element as a T, which must be the dtype's type.
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }

  /// Product of the extents.
  i64 numel() const {
    i64 product = 1;
    for (int i = 0; i < rank; ++i) product *= shape[i];
    return product;
  }

  /// True if elements follow each other in row-major order without gaps.
  bool is_contiguous() const {
    i64 step = 1;
    for (int i = rank - 1; i >= 0; --i) {
      if (shape[i] == 0) return true;
      if (shape[i] != 1 && strides[i] != step) return false;
      step *= shape[i];
    }
    return true;
  }
};

}  // namespace cadena

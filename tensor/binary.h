#pragma once

#include <utility>

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Two operands brought to one shape (by views) and one dtype, as every binary op needs them.
/// Throws ShapeError naming `op` if the shapes do not broadcast, DeviceError if the devices differ.
std::pair<Tensor, Tensor> align(const char* op, const Tensor& a, const Tensor& b);

/// The same, in a floating dtype: integers become f32.
std::pair<Tensor, Tensor> align_float(const char* op, const Tensor& a, const Tensor& b);

/// Calls `f` with two operands brought to one shape and dtype; operands that agree already are passed on as they are.
template <class T, class F>
auto with_aligned(const char* op, const T& a, const T& b, F f) {
  if (a.dtype() == b.dtype() && a.device() == b.device() && a.shape() == b.shape()) return f(a, b);
  const auto [u, v] = align(op, a, b);
  return f(u, v);
}

/// A tensor of rank zero that holds `value` in the dtype where it meets x.
Tensor scalar_like(const Tensor& x, Number value);

/// x itself if its dtype is floating, x in f32 otherwise.
Tensor to_float(const Tensor& x);

}  // namespace cadena

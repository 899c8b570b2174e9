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

/// A tensor of rank zero that holds `value` in the dtype where it meets x.
Tensor scalar_like(const Tensor& x, Number value);

/// x itself if its dtype is floating, x in f32 otherwise.
Tensor to_float(const Tensor& x);

}  // namespace cadena

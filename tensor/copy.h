#pragma once

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// A new row-major tensor with the values of x.
Tensor copy(const Tensor& x);

/// x itself if it is row-major, a copy otherwise.
Tensor contiguous(const Tensor& x);

/// x in another dtype: itself if it already has it. Floating values are rounded to nearest (f64 and i64 become f16
/// and bf16 by way of f32, so they are rounded twice, as PyTorch's are), towards zero when they become i64 (beyond its
/// range the nearest i64, NaN 0), and become `true` where they are not 0 when they become bool.
Tensor cast(const Tensor& x, Dtype dtype);

/// x on another device, row-major; x itself if it is there already.
Tensor to(const Tensor& x, Device device);

/// Writes the values of x into y, cast to y's dtype: a write in place. Throws ShapeError unless the shapes are equal.
void copy_into(const Tensor& y, const Tensor& x);

/// y += x in place. Throws ShapeError or DtypeError unless shapes and dtypes are equal.
void add_into(const Tensor& y, const Tensor& x);

/// Every element of y set to `value` in place. Throws ValueError if y is i64 and the value NaN or outside its range.
void fill(const Tensor& y, Number value);

}  // namespace cadena

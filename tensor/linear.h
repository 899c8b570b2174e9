#pragma once

#include <array>

#include "tensor/base/linear_activation.h"
#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = x\,W^T + b \f$: x (…, in), W (out, in), b (out,) -> (…, out). The bias is added while a block of the product
/// is still in cache. x and W meet in their promoted floating dtype, b is cast to it; f16 and bf16 are summed in f32.
/// Throws ShapeError for extents that do not fit, DeviceError if the devices differ.
Tensor linear(const Tensor& x, const Tensor& w);
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);

/// \f$ y = f(x\,W^T + b) \f$ for an activation f, in one pass over the result. An undefined b is no bias.
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b, LinearActivation activation);

/// \f$ y = f(z) \f$ and \f$ z = x\,W^T + b \f$, which the derivatives of f need.
std::array<Tensor, 2> linear_with_argument(const Tensor& x, const Tensor& w, const Tensor& b,
                                           LinearActivation activation);

}  // namespace cadena

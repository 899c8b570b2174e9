#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = x\,W^T + b \f$: x (…, in), W (out, in), b (out,) -> (…, out). The bias is added while a block of the product
/// is still in cache. Operands meet in their promoted floating dtype; f16 and bf16 are accumulated in f32. Throws
/// ShapeError for extents that do not fit.
Tensor linear(const Tensor& x, const Tensor& w);
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);

}  // namespace cadena

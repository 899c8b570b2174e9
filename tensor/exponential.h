#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = e^x \f$, elementwise; integers become f32.
Tensor exp(const Tensor& x);

/// \f$ y = \ln x \f$, elementwise: NaN below 0, minus infinity at 0; integers become f32.
Tensor log(const Tensor& x);

}  // namespace cadena

#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = e^x \f$, elementwise; integers become f32.
Tensor exp(const Tensor& x);

/// \f$ y = e^x - 1 \f$ without cancellation near 0; integers become f32.
Tensor expm1(const Tensor& x);

/// \f$ y = \ln x \f$, elementwise: NaN below 0, minus infinity at 0; integers become f32.
Tensor log(const Tensor& x);

/// \f$ y = \ln(1 + x) \f$ without cancellation near 0: NaN below -1; integers become f32.
Tensor log1p(const Tensor& x);

}  // namespace cadena

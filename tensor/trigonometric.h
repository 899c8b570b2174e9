#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// Elementwise functions of real numbers; integers become f32.

/// \f$ y = \sin x \f$ for x in radians; NaN at infinity.
Tensor sin(const Tensor& x);
/// \f$ y = \cos x \f$ for x in radians; NaN at infinity.
Tensor cos(const Tensor& x);
/// \f$ y = \tanh x = (e^x - e^{-x}) / (e^x + e^{-x}) \f$, in [-1, 1].
Tensor tanh(const Tensor& x);
/// \f$ y = \mathrm{erf}\,x = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2}\,dt \f$, in [-1, 1].
Tensor erf(const Tensor& x);

}  // namespace cadena

#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/trigonometric.h`; integers become f32.

/// \f$ y = \sin x \f$
Variable sin(const Variable& x);
/// \f$ y = \cos x \f$
Variable cos(const Variable& x);
/// \f$ y = \tanh x \f$
Variable tanh(const Variable& x);
/// \f$ y = \mathrm{erf}\,x \f$
Variable erf(const Variable& x);

}  // namespace cadena

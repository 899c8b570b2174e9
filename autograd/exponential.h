#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/exponential.h`; integers become f32.

/// \f$ y = e^x \f$
Variable exp(const Variable& x);
/// \f$ y = e^x - 1 \f$ without cancellation near 0.
Variable expm1(const Variable& x);
/// \f$ y = \ln x \f$; the derivative at 0 is infinite.
Variable log(const Variable& x);
/// \f$ y = \ln(1 + x) \f$ without cancellation near 0.
Variable log1p(const Variable& x);

}  // namespace cadena

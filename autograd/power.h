#pragma once

#include "autograd/variable.h"
#include "tensor/base/number.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/power.h`.

/// \f$ y = \sqrt x \f$; the derivative at 0 is infinite.
Variable sqrt(const Variable& x);
/// \f$ y = 1 / \sqrt x \f$
Variable rsqrt(const Variable& x);
/// \f$ y = 1 / x \f$
Variable reciprocal(const Variable& x);
/// \f$ y = x^2 \f$
Variable square(const Variable& x);

/// \f$ y = a^b \f$ with broadcasting. Derivatives that would be 0 times infinity are 0: with respect to a at
/// \f$ b = 0 \f$ where \f$ 1 / a \f$ is not finite, with respect to b at \f$ a = 0, b \ge 0 \f$. Numbers are not
/// rounded to f16 or bf16.
Variable pow(const Variable& a, const Variable& b);
Variable pow(const Variable& x, Number exponent);
Variable pow(Number base, const Variable& exponent);

}  // namespace cadena

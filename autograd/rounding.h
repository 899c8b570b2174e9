#pragma once

#include "autograd/variable.h"
#include "tensor/base/number.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/rounding.h`.

/// \f$ y = |x| \f$; the subgradient at 0 is 0.
Variable abs(const Variable& x);

/// Piecewise constant functions. Their derivative is 0 wherever it exists, so the result is a constant.
Variable sign(const Variable& x);
Variable round(const Variable& x);
Variable floor(const Variable& x);
Variable ceil(const Variable& x);

/// \f$ y = \min(\max(x, \mathrm{low}), \mathrm{high}) \f$; the subgradient at both bounds is 1.
Variable clamp(const Variable& x, Number low, Number high);
Variable clamp_min(const Variable& x, Number low);
Variable clamp_max(const Variable& x, Number high);

}  // namespace cadena

#pragma once

#include "autograd/variable.h"
#include "tensor/base/number.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/rounding.h`.

/// \f$ y = |x| \f$; the subgradient at 0 is 0.
Variable abs(const Variable& x);

/// \f$ y = -1, 0, 1 \f$ for x below, at, above 0. The derivative is 0 wherever it exists, so the result is a constant.
Variable sign(const Variable& x);
/// The integer nearest to x, ties to the even one; a constant, as `sign`.
Variable round(const Variable& x);
/// \f$ \lfloor x \rfloor \f$; a constant, as `sign`.
Variable floor(const Variable& x);
/// \f$ \lceil x \rceil \f$; a constant, as `sign`.
Variable ceil(const Variable& x);

/// \f$ y = \min(\max(x, \mathrm{low}), \mathrm{high}) \f$; the subgradient at both bounds is 1.
Variable clamp(const Variable& x, Number low, Number high);
/// \f$ y = \max(x, \mathrm{low}) \f$; the subgradient at the bound is 1.
Variable clamp_min(const Variable& x, Number low);
/// \f$ y = \min(x, \mathrm{high}) \f$; the subgradient at the bound is 1.
Variable clamp_max(const Variable& x, Number high);

}  // namespace cadena

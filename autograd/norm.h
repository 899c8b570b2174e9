#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y = (\sum_i |x_i|^p)^{1/p} \f$ over `axes` (all if none), differentiable; arguments as in `tensor/norm.h`. The
/// gradient is 0 in elements that are 0, the subgradient that PyTorch takes, and everywhere where y is 0.
Variable norm(const Variable& x, const Axes& axes = {}, double p = 2, bool keep_dims = false);

}  // namespace cadena

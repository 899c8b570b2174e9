#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y = (\sum_i |x_i|^p)^{1/p} \f$ over `axes` (all if none), differentiable; arguments as in `tensor/norm.h`. The
/// gradient of the 2-norm is 0 at 0.
Variable norm(const Variable& x, const Axes& axes = {}, double p = 2, bool keep_dims = false);

}  // namespace cadena

#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The variance \f$ \frac{1}{n - c} \sum_i (x_i - \bar x)^2 \f$ over `axes` (all if none), differentiable; arguments as
/// in `tensor/moments.h`.
Variable var(const Variable& x, const Axes& axes = {}, double correction = 1, bool keep_dims = false);

/// The standard deviation, differentiable; where it is 0 the gradient is 0.
Variable stddev(const Variable& x, const Axes& axes = {}, double correction = 1, bool keep_dims = false);

}  // namespace cadena

#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Differentiable reductions over `axes` (all if none), with the conventions of `tensor/reduce.h`.

/// \f$ y = \sum_i x_i \f$
Variable sum(const Variable& x, const Axes& axes = {}, bool keep_dims = false);

/// \f$ y = \frac1n \sum_i x_i \f$
Variable mean(const Variable& x, const Axes& axes = {}, bool keep_dims = false);

/// \f$ y = \prod_i x_i \f$. The gradient \f$ \prod_{j \ne i} x_j \f$ is right where elements are 0; its own derivative
/// takes memory for n values for each of the n elements reduced.
Variable prod(const Variable& x, const Axes& axes = {}, bool keep_dims = false);

}  // namespace cadena

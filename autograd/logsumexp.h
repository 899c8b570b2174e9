#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y = \ln \sum_i e^{x_i} \f$ over `axes` (all if none), computed without overflow; differentiable. Its gradient is
/// the softmax, and 0 where all elements are minus infinity. Throws as `tensor/logsumexp.h` does.
Variable logsumexp(const Variable& x, const Axes& axes = {}, bool keep_dims = false);

}  // namespace cadena

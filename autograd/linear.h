#pragma once

#include "autograd/variable.h"
#include "tensor/linear.h"

namespace cadena {

/// \f$ y = x\,W^T + b \f$ as in `tensor/linear.h`; differentiable.
Variable linear(const Variable& x, const Variable& w);
Variable linear(const Variable& x, const Variable& w, const Variable& b);

/// \f$ y = f(x\,W^T + b) \f$ for an activation f, in one pass forward and one backward; b may be undefined. At the kink
/// of relu the subgradient is 0.
Variable linear(const Variable& x, const Variable& w, const Variable& b, LinearActivation activation);

}  // namespace cadena

#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y = x\,W^T + b \f$ as in `tensor/linear.h`; differentiable.
Variable linear(const Variable& x, const Variable& w);
Variable linear(const Variable& x, const Variable& w, const Variable& b);

}  // namespace cadena

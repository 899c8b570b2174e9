#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The cofactors of `tensor/cofactor.h`, the derivative of `det` for matrices of every rank; differentiable.
Variable cofactor(const Variable& a);
/// The derivative of the cofactors of A along X; itself differentiable in both.
Variable cofactor_derivative(const Variable& a, const Variable& x);

}  // namespace cadena

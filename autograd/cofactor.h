#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The differentiable forms of `tensor/cofactor.h`: first and second derivative of `det`, for matrices of every rank.
/// The third divides by the determinant, and so throws LinalgError for a singular matrix.
Variable cofactor(const Variable& a);
Variable cofactor_derivative(const Variable& a, const Variable& x);

}  // namespace cadena

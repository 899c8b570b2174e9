#pragma once

#include "autograd/variable.h"
#include "tensor/views.h"

namespace cadena {

/// Differentiable forms of `tensor/views.h`: the value is a view where it is one there, and cotangents travel back
/// through the inverse rearrangement.

Variable reshape(const Variable& x, const Shape& shape);
Variable permute(const Variable& x, const Axes& order);
Variable transpose(const Variable& x, int axis_a = -2, int axis_b = -1);

}  // namespace cadena

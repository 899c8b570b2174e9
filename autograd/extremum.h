#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The largest element along `axes` (all if none), differentiable. Where several are equal they share the gradient
/// evenly. Throws as the functions of `tensor/extremum.h` do.
Variable max(const Variable& x, const Axes& axes = {}, bool keep_dims = false);
/// The smallest element along `axes` (all if none), differentiable; the rest as for `max`.
Variable min(const Variable& x, const Axes& axes = {}, bool keep_dims = false);

}  // namespace cadena

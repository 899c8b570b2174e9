#pragma once

#include "autograd/variable.h"
#include "tensor/views.h"

namespace cadena {

/// Differentiable forms of `tensor/views.h`: the value is a view where it is one there, and cotangents travel back
/// through the inverse rearrangement. What flows back from a slice or a diagonal is added to the elements that were
/// read, so T slices of one tensor cost no more than one of the whole.

Variable reshape(const Variable& x, const Shape& shape);
Variable permute(const Variable& x, const Axes& order);
Variable transpose(const Variable& x, int axis_a = -2, int axis_b = -1);
Variable slice(const Variable& x, int axis, const Range& range);
Variable select(const Variable& x, int axis, i64 index);
Variable squeeze(const Variable& x);
Variable squeeze(const Variable& x, int axis);
Variable unsqueeze(const Variable& x, int axis);
Variable flip(const Variable& x, const Axes& axes = {});
Variable diagonal(const Variable& x, i64 offset = 0);

/// Zeros of `shape` with x in the place that `slice(…, axis, range)` would read: the adjoint of `slice`. A copy.
/// Throws ShapeError unless that place has the shape of x.
Variable unslice(const Variable& x, const Shape& shape, int axis, const Range& range);

}  // namespace cadena

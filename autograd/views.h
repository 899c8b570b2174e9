#pragma once

#include "autograd/variable.h"
#include "tensor/views.h"

namespace cadena {

/// Differentiable forms of `tensor/views.h`: the value is a view where it is one there, and cotangents travel back
/// through the inverse rearrangement. What flows back from a slice or a diagonal is added to the elements that were
/// read, so T slices of one tensor cost no more than one of the whole.

/// The same elements in row-major order under another shape; one extent may be -1.
Variable reshape(const Variable& x, const Shape& shape);
/// Axis i of the result is axis `order[i]` of x; the cotangent is permuted back.
Variable permute(const Variable& x, const Axes& order);
/// Two axes exchanged, by default the last two; so are they in the cotangent.
Variable transpose(const Variable& x, int axis_a = -2, int axis_b = -1);
/// The elements of `range` along `axis`; the cotangent is `unslice` of dy.
Variable slice(const Variable& x, int axis, const Range& range);
/// The elements at `index` along `axis`, which disappears.
Variable select(const Variable& x, int axis, i64 index);
/// x without its axes of extent 1 (all of them, or one).
Variable squeeze(const Variable& x);
Variable squeeze(const Variable& x, int axis);
/// x with a new axis of extent 1 at `axis`.
Variable unsqueeze(const Variable& x, int axis);
/// The elements in reverse order along each of `axes` (all of them if none is given); so is the cotangent.
Variable flip(const Variable& x, const Axes& axes = {});
/// \f$ y_i = x_{i, i + k} \f$, (…, m, n) -> (…, d), for the offset k; the cotangent is 0 off the diagonal.
Variable diagonal(const Variable& x, i64 offset = 0);

/// Zeros of `shape` with x in the place that `slice(…, axis, range)` would read: the adjoint of `slice`. A copy.
/// Throws ShapeError unless that place has the shape of x.
Variable unslice(const Variable& x, const Shape& shape, int axis, const Range& range);

}  // namespace cadena

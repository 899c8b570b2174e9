#pragma once

#include "autograd/variable.h"

namespace cadena {

/// `shape` with the extents of `axes` (all if none) set to 1. Throws ShapeError naming `op` for an axis out of range.
Shape kept_dims(const char* op, const Axes& axes, const Shape& shape);

/// `shape` without `axes` (all if none). Throws as `kept_dims`.
Shape without_dims(const char* op, const Axes& axes, const Shape& shape);

/// Number of elements that a reduction of `shape` over `axes` makes one of.
i64 reduced_count(const Axes& axes, const Shape& shape);

/// A reduced y repeated along the axes that were reduced, to the `shape` from before: the adjoint of a sum.
Variable spread(const Variable& y, const Axes& axes, const Shape& shape);

/// y in the shape that was asked for: without the reduced axes as it is, or with them as 1.
Variable with_dims(const char* op, const Variable& y, const Axes& axes, const Shape& shape, bool keep_dims);

}  // namespace cadena

#include "autograd/reduction.h"

#include <algorithm>

#include "autograd/broadcast.h"
#include "autograd/views.h"

namespace cadena {

Shape kept_dims(const char* op, const Axes& axes, const Shape& shape) {
  Shape kept = shape;
  for (const i64 axis : normalize_axes(op, axes, shape)) kept[static_cast<int>(axis)] = 1;
  return kept;
}

Shape without_dims(const char* op, const Axes& axes, const Shape& shape) {
  const Dims over = normalize_axes(op, axes, shape);
  Shape left;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (std::find(over.begin(), over.end(), axis) == over.end()) left = left.with_inserted(left.rank(), shape[axis]);
  }
  return left;
}

i64 reduced_count(const Axes& axes, const Shape& shape) {
  i64 count = 1;
  for (const i64 axis : normalize_axes("reduction", axes, shape)) count *= shape[static_cast<int>(axis)];
  return count;
}

Variable spread(const Variable& y, const Axes& axes, const Shape& shape) {
  return broadcast_to(reshape(y, kept_dims("spread", axes, shape)), shape);
}

Variable with_dims(const char* op, const Variable& y, const Axes& axes, const Shape& shape, bool keep_dims) {
  return keep_dims ? reshape(y, kept_dims(op, axes, shape)) : y;
}

}  // namespace cadena

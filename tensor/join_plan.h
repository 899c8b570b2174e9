#pragma once

#include <span>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/base/shape.h"

// Compositions of views that tensors and variables share: `stack`, `tile`, `repeat` and `roll`.
namespace cadena::detail {

inline i64 checked_count(const char* op, i64 count) {
  if (count < 0) fail<ValueError>(op, ": count is ", count, ", expected at least 0");
  return count;
}

/// Parts with the new axis along which `stack` joins them. Throws as `stack` does.
template <class X>
std::vector<X> thin_parts(std::span<const X> parts, int axis) {
  if (parts.empty()) fail<ShapeError>("stack: expected at least one part");
  const Shape& shape = parts[0].shape();
  if (axis < -shape.rank() - 1 || axis > shape.rank()) {
    fail<ShapeError>("stack: a new axis ", axis, " of parts of shape ", shape, ", expected ", -shape.rank() - 1, " … ",
                     shape.rank());
  }
  std::vector<X> thin;
  for (const X& part : parts) {
    if (part.shape() != shape) fail<ShapeError>("stack: shapes differ: ", shape, " and ", part.shape());
    if (part.device() != parts[0].device()) {
      fail<DeviceError>("stack: devices differ: ", parts[0].device(), " and ", part.device());
    }
    thin.push_back(unsqueeze(part, axis));
  }
  return thin;
}

/// Throws ShapeError naming `op` if a tensor whose strides reach over `pairs` does not fit in memory.
inline void check_growth(const char* op, const Shape& shape, const Shape& pairs, Dtype dtype) {
  i64 bytes = static_cast<i64>(size_of(dtype));
  for (i64 extent : pairs) {
    if (__builtin_mul_overflow(bytes, extent > 1 ? extent : 1, &bytes)) {
      fail<ShapeError>(op, ": so many copies of shape ", shape, " do not fit in memory");
    }
  }
}

/// (n0, n1, …) seen as (1, n0, 1, n1, …), broadcast to (c0, n0, c1, n1, …), seen as (c0 n0, c1 n1, …).
template <class X>
X tile_by(const X& x, const Dims& counts) {
  Shape spread = x.shape();
  while (spread.rank() < counts.rank()) spread = spread.with_inserted(0, 1);
  const int rank = spread.rank();
  Shape pairs;
  for (int axis = 0; axis < rank; ++axis) {
    const int given = axis - rank + counts.rank();  // counts are aligned at the last axis
    const i64 count = given < 0 ? 1 : checked_count("tile", counts[given]);
    pairs = pairs.with_inserted(2 * axis, count).with_inserted(2 * axis + 1, spread[2 * axis]);
    spread = spread.with_inserted(2 * axis, 1);
  }
  check_growth("tile", x.shape(), pairs, x.dtype());
  const X wide = broadcast_to(reshape(x, spread), pairs);
  Shape tiled = Shape::filled(rank, 0);
  for (int axis = 0; axis < rank; ++axis) tiled[axis] = pairs[2 * axis] * pairs[2 * axis + 1];
  return reshape(wide, tiled);
}

/// (…, n, …) seen as (…, n, 1, …), broadcast to (…, n, c, …), seen as (…, n c, …).
template <class X>
X repeat_by(const X& x, i64 count, int axis) {
  axis = normalize_axis("repeat", axis, x.shape());
  const Shape pairs = x.shape().with_inserted(axis + 1, checked_count("repeat", count));
  check_growth("repeat", x.shape(), pairs, x.dtype());
  const X wide = broadcast_to(unsqueeze(x, axis + 1), pairs);
  Shape repeated = x.shape();
  repeated[axis] *= count;
  return reshape(wide, repeated);
}

/// The last `shift` elements in front of the others.
template <class X>
X roll_by(const X& x, i64 shift, int axis) {
  axis = normalize_axis("roll", axis, x.shape());
  const i64 extent = x.shape()[axis];
  if (extent == 0) return x;
  const i64 first = ((-(shift % extent)) % extent + extent) % extent;  // what comes to lie in front
  return concat({slice(x, axis, {first}), slice(x, axis, {0, first})}, axis);
}

}  // namespace cadena::detail

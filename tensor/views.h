#pragma once

#include <limits>

#include "tensor/tensor.h"

namespace cadena {

/// A part of one axis: elements start, start + step, … before `stop`, as in Python's `x[start:stop:step]`. Negative
/// positions count from the end, positions past the ends are clipped, a negative step walks backwards (and a
/// backward range with default ends takes the whole axis).
struct Range {
  static constexpr i64 kEnd = std::numeric_limits<i64>::max();  ///< as far as the step leads
  i64 start = 0;
  i64 stop = kEnd;
  i64 step = 1;
};

/// The range with positions counted from the front and clipped to an axis of `extent`: start and stop are final, a
/// backward range stops at -1 at the latest. Throws ValueError naming `op` for a zero step.
Range normalize_range(const char* op, Range range, i64 extent);

/// Number of elements of a normalized range.
i64 range_length(Range range);

/// The same elements in row-major order under another shape; one extent may be -1 and is worked out. A view where the
/// strides allow it, a copy otherwise. Throws ShapeError if the number of elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);

/// Axis i of the result is axis `order[i]` of x. A view. Throws ShapeError unless `order` is a permutation.
Tensor permute(const Tensor& x, const Axes& order);

/// Two axes exchanged; by default the last two: the transpose of a matrix or of each matrix of a batch. A view.
Tensor transpose(const Tensor& x, int axis_a = -2, int axis_b = -1);

/// The elements of `range` along `axis`. A view. Throws ValueError for a zero step.
Tensor slice(const Tensor& x, int axis, Range range);

/// The elements at `index` along `axis`, which disappears. A view. Throws IndexError out of range.
Tensor select(const Tensor& x, int axis, i64 index);

/// x without its axes of extent 1 (all of them, or one). A view. Throws ShapeError if the named axis is longer.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, int axis);

/// x with a new axis of extent 1 at `axis` (0 … rank; negative ones count from the end of the result). A view.
Tensor unsqueeze(const Tensor& x, int axis);

/// x repeated to `shape` as NumPy broadcasts: new axes in front, axes of extent 1 repeated. A view with strides of 0.
/// Throws ShapeError if x does not broadcast to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// The elements in reverse order along each of `axes` (all of them if none is given). A view with negative strides.
Tensor flip(const Tensor& x, const Axes& axes = {});

/// The view of the diagonal of the last two axes: (…, m, n) -> (…, min(m, n)).
Tensor diagonal(const Tensor& x);

}  // namespace cadena

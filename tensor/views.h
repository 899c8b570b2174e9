#pragma once

#include <optional>

#include "tensor/tensor.h"

namespace cadena {

/// A part of one axis: elements start, start + step, … before `stop`, exactly Python's `x[start:stop:step]`. Negative
/// positions count from the end, positions past the ends are clipped, and a bound left out is the end at which a walk
/// in the direction of `step` starts or stops: `Range{1, 5}`, `Range{.start = -3}`, `Range{.step = -1}`.
struct Range {
  std::optional<i64> start = std::nullopt;  ///< the first element
  std::optional<i64> stop = std::nullopt;   ///< past the last one
  i64 step = 1;                             ///< not 0
};

/// The positions first, first + step, …, `count` of them.
struct Progression {
  i64 first;  ///< a position, 0 or more
  i64 count;  ///< 0 or more
  i64 step;   ///< as in the range
};

/// The positions that `range` picks from an axis of `extent`, all of them within it. Throws ValueError naming `op` for
/// a step of zero.
Progression resolve_range(const char* op, const Range& range, i64 extent);

/// The same elements in row-major order under another shape; one extent may be -1 and is worked out. A view where the
/// strides allow it, a copy otherwise. Throws ShapeError if the number of elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);

/// Axis i of the result is axis `order[i]` of x. A view. Throws ShapeError unless `order` is a permutation.
Tensor permute(const Tensor& x, const Axes& order);

/// Two axes exchanged; by default the last two: the transpose of a matrix or of each matrix of a batch. A view.
Tensor transpose(const Tensor& x, int axis_a = -2, int axis_b = -1);

/// The elements of `range` along `axis`. A view. Throws ValueError for a zero step.
Tensor slice(const Tensor& x, int axis, const Range& range);

/// The elements at `index` along `axis`, which disappears. A view. Throws IndexError out of range.
Tensor select(const Tensor& x, int axis, i64 index);

/// x without its axes of extent 1 (all of them, or one). A view. Throws ShapeError for an axis of another extent.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, int axis);

/// x with a new axis of extent 1 at `axis` (0 … rank; negative ones count from the end of the result). A view.
Tensor unsqueeze(const Tensor& x, int axis);

/// x repeated to `shape` as NumPy broadcasts: new axes in front, axes of extent 1 repeated. A view with strides of 0.
/// Throws ShapeError if x does not broadcast to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// The elements in reverse order along each of `axes` (all of them if none is given). A view with negative strides.
Tensor flip(const Tensor& x, const Axes& axes = {});

/// The diagonal of the last two axes, `offset` columns right of the main one (left if negative):
/// \f$ y_i = x_{i, i + k} \f$, (…, m, n) -> (…, d). A view, empty if the offset leads out of the matrix. Throws
/// ShapeError below two axes.
Tensor diagonal(const Tensor& x, i64 offset = 0);

}  // namespace cadena

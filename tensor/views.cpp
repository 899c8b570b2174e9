#include "tensor/views.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena {
namespace {

/// `shape` with its one -1 replaced so that the number of elements is `numel`.
Shape resolve(const Tensor& x, Shape shape) {
  if (std::count(shape.begin(), shape.end(), -1) > 1) {
    fail<ShapeError>("reshape: more than one extent is -1 in ", shape);
  }
  const Shape asked = shape;
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  const bool has_unknown = unknown != shape.end();
  if (has_unknown) *unknown = 1;
  check_shape("reshape", shape, x.dtype());
  const i64 known = shape.numel();
  if (has_unknown && known != 0) *unknown = x.numel() / known;
  if (shape.numel() != x.numel() || (has_unknown && known == 0)) {
    fail<ShapeError>("reshape: cannot see ", x.numel(), " elements of shape ", x.shape(), " as ", asked);
  }
  return shape;
}

/// Axes of x that step evenly, seen as one: `length` elements, `stride` apart.
struct Run {
  i64 length;
  i64 stride;
};

/// The runs of x, innermost first; axes of extent 1 belong to none.
std::vector<Run> runs_of(const Tensor& x) {
  std::vector<Run> runs;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    const i64 extent = x.shape()[axis];
    const i64 stride = x.strides()[axis];
    if (extent == 1) continue;
    if (!runs.empty() && stride == runs.back().stride * runs.back().length) {
      runs.back().length *= extent;
    } else {
      runs.push_back({extent, stride});
    }
  }
  return runs;
}

/// Strides under which the elements of x appear as `shape` without a copy, if there are any: the new axes must cut each
/// run of x into whole pieces.
std::optional<Strides> reshaped_strides(const Tensor& x, const Shape& shape) {
  if (x.numel() == 0) return row_major(shape);
  const std::vector<Run> runs = runs_of(x);
  Strides strides = Strides::filled(shape.rank(), 1);
  std::size_t run = 0;
  i64 taken = 1;  // elements of the current run that new axes cover
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == 1) continue;
    strides[axis] = runs[run].stride * taken;
    taken *= shape[axis];
    if (runs[run].length % taken != 0) return std::nullopt;
    if (taken == runs[run].length) {
      ++run;
      taken = 1;
    }
  }
  return strides;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  const Shape target = resolve(x, shape);
  if (const auto strides = reshaped_strides(x, target)) return as_strided(x, target, *strides, x.offset());
  return as_strided(copy(x), target, row_major(target), 0);
}

Tensor permute(const Tensor& x, const Axes& order) {
  if (order.count() != x.rank()) {
    fail<ShapeError>("permute: ", order.count(), " axes given for shape ", x.shape());
  }
  if (x.rank() > 0) normalize_axes("permute", order, x.shape());  // throws on a repeated axis
  Shape shape = x.shape();
  Strides strides = x.strides();
  for (int i = 0; i < x.rank(); ++i) {
    const int from = normalize_axis("permute", order[i], x.shape());
    shape[i] = x.shape()[from];
    strides[i] = x.strides()[from];
  }
  return as_strided(x, shape, strides, x.offset());
}

Tensor transpose(const Tensor& x, int axis_a, int axis_b) {
  const int a = normalize_axis("transpose", axis_a, x.shape());
  const int b = normalize_axis("transpose", axis_b, x.shape());
  Shape shape = x.shape();
  Strides strides = x.strides();
  std::swap(shape[a], shape[b]);
  std::swap(strides[a], strides[b]);
  return as_strided(x, shape, strides, x.offset());
}

Progression resolve_range(const char* op, const Range& range, i64 extent) {
  if (range.step == 0) fail<ValueError>(op, ": step is 0, expected any other");
  const bool forward = range.step > 0;
  const i64 lowest = forward ? 0 : -1;  // positions are clipped to [0, n], or to [-1, n - 1] when walking backwards
  const i64 highest = forward ? extent : extent - 1;
  const auto clip = [&](i64 position) {
    return std::clamp(position < 0 ? position + extent : position, lowest, highest);
  };
  const i64 start = range.start ? clip(*range.start) : forward ? lowest : highest;
  const i64 stop = range.stop ? clip(*range.stop) : forward ? highest : lowest;
  const i64 distance = forward ? stop - start : start - stop;
  if (distance <= 0) return {0, 0, 1};
  if (range.step >= distance || range.step <= -distance) return {start, 1, 1};
  return {start, (distance - 1) / std::abs(range.step) + 1, range.step};
}

Tensor slice(const Tensor& x, int axis, const Range& range) {
  axis = normalize_axis("slice", axis, x.shape());
  const Progression part = resolve_range("slice", range, x.shape()[axis]);
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape[axis] = part.count;
  strides[axis] *= part.step;
  return as_strided(x, shape, strides, x.offset() + part.first * x.strides()[axis]);
}

Tensor select(const Tensor& x, int axis, i64 index) {
  axis = normalize_axis("select", axis, x.shape());
  const i64 extent = x.shape()[axis];
  if (index < -extent || index >= extent) {
    fail<IndexError>("select: index ", index, " is out of range for axis ", axis, " of shape ", x.shape());
  }
  const i64 position = index < 0 ? index + extent : index;
  return as_strided(x, x.shape().without(axis), x.strides().without(axis), x.offset() + position * x.strides()[axis]);
}

Tensor squeeze(const Tensor& x) {
  Shape shape = x.shape();
  Strides strides = x.strides();
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] != 1) continue;
    shape = shape.without(axis);
    strides = strides.without(axis);
  }
  return as_strided(x, shape, strides, x.offset());
}

Tensor squeeze(const Tensor& x, int axis) {
  axis = normalize_axis("squeeze", axis, x.shape());
  if (x.shape()[axis] != 1) {
    fail<ShapeError>("squeeze: axis ", axis, " of shape ", x.shape(), " is not of extent 1");
  }
  return as_strided(x, x.shape().without(axis), x.strides().without(axis), x.offset());
}

Tensor unsqueeze(const Tensor& x, int axis) {
  axis = normalize_axis("unsqueeze", axis, x.shape().with_inserted(0, 1));
  return as_strided(x, x.shape().with_inserted(axis, 1), x.strides().with_inserted(axis, 1), x.offset());
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  check_shape("broadcast_to", shape, x.dtype());
  const int added = shape.rank() - x.rank();
  Strides strides = Strides::filled(shape.rank(), 0);
  for (int axis = 0; axis < x.rank(); ++axis) {
    const i64 extent = x.shape()[axis];
    if (added < 0 || (extent != 1 && extent != shape[axis + added])) {
      fail<ShapeError>("broadcast_to: shape ", x.shape(), " does not broadcast to ", shape);
    }
    strides[axis + added] = extent == 1 && shape[axis + added] != 1 ? 0 : x.strides()[axis];
  }
  return as_strided(x, shape, strides, x.offset());
}

Tensor flip(const Tensor& x, const Axes& axes) {
  Strides strides = x.strides();
  i64 offset = x.offset();
  for (i64 axis : normalize_axes("flip", axes, x.shape())) {
    const int a = static_cast<int>(axis);
    if (x.shape()[a] > 0) offset += (x.shape()[a] - 1) * strides[a];
    strides[a] = -strides[a];
  }
  return as_strided(x, x.shape(), strides, x.numel() == 0 ? x.offset() : offset);
}

Tensor diagonal(const Tensor& x, i64 offset) {
  if (x.rank() < 2) fail<ShapeError>("diagonal: expected at least two axes, shape is ", x.shape());
  const int last = x.rank() - 1;
  const i64 rows = x.shape()[last - 1];
  const i64 columns = x.shape()[last];
  const i64 right = std::clamp<i64>(offset, 0, columns);
  const i64 down = std::clamp<i64>(-std::max(offset, -rows), 0, rows);
  Shape shape = x.shape().without(last);
  Strides strides = x.strides().without(last);
  shape[last - 1] = std::min(rows - down, columns - right);
  strides[last - 1] = x.strides()[last - 1] + x.strides()[last];
  const i64 skipped = shape.numel() == 0 ? 0 : down * x.strides()[last - 1] + right * x.strides()[last];
  return as_strided(x, shape, strides, x.offset() + skipped);
}

}  // namespace cadena

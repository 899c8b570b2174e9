#include "tensor/join.h"

#include <limits>

#include "cuda/kernels/elementwise.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/factories.h"
#include "tensor/join_plan.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// Shape and dtype of the joined tensor; `axis` is normalized already.
Tensor empty_for(std::span<const Tensor> parts, int axis) {
  const Tensor& first = parts[0];
  Shape shape = first.shape();
  Dtype dtype = first.dtype();
  for (const Tensor& part : parts.subspan(1)) {
    if (part.device() != first.device()) {
      fail<DeviceError>("concat: devices differ: ", first.device(), " and ", part.device());
    }
    Shape expected = first.shape();
    if (part.rank() == first.rank()) expected[axis] = part.shape()[axis];
    if (part.shape() != expected) {
      fail<ShapeError>("concat: shapes differ outside axis ", axis, ": ", first.shape(), " and ", part.shape());
    }
    if (__builtin_add_overflow(shape[axis], part.shape()[axis], &shape[axis])) {
      fail<ShapeError>("concat: the parts along axis ", axis, " do not fit in memory");
    }
    dtype = promote(dtype, part.dtype());
  }
  return empty(shape, dtype, first.device(), "concat");
}

/// y, or a copy where it is x itself or a view of it.
Tensor apart_from(const Tensor& x, const Tensor& y) { return y.storage() == x.storage() ? copy(y) : y; }

}  // namespace

Tensor concat(std::span<const Tensor> parts, int axis) {
  if (parts.empty()) fail<ShapeError>("concat: expected at least one tensor");
  axis = normalize_axis("concat", axis, parts[0].shape());
  const Tensor y = empty_for(parts, axis);
  i64 at = 0;
  for (const Tensor& part : parts) {
    const i64 end = at + part.shape()[axis];
    on(y.device(), cpu::convert, cuda::convert)(slice(y, axis, {at, end}), part);
    at = end;
  }
  return y;
}

Tensor concat(std::initializer_list<Tensor> parts, int axis) {
  return concat(std::span(parts.begin(), parts.size()), axis);
}

Tensor stack(std::span<const Tensor> parts, int axis) {
  return concat(std::span<const Tensor>(detail::thin_parts(parts, axis)), axis);
}

Tensor stack(std::initializer_list<Tensor> parts, int axis) {
  return stack(std::span(parts.begin(), parts.size()), axis);
}

std::vector<Tensor> split(const Tensor& x, const Dims& sizes, int axis) {
  axis = normalize_axis("split", axis, x.shape());
  i64 total = 0;
  for (i64 size : sizes) {
    if (size < 0 || size > x.shape()[axis] - total) {
      fail<ShapeError>("split: sizes ", sizes, " do not cut axis ", axis, " of shape ", x.shape());
    }
    total += size;
  }
  if (total != x.shape()[axis]) {
    fail<ShapeError>("split: sizes ", sizes, " add up to ", total, ", axis ", axis, " of shape ", x.shape(),
                     " is longer");
  }
  std::vector<Tensor> parts;
  i64 at = 0;
  for (i64 size : sizes) {
    parts.push_back(slice(x, axis, {at, at + size}));
    at += size;
  }
  return parts;
}

Dims chunk_sizes(i64 extent, i64 count) {
  if (count < 1) fail<ValueError>("chunk: count is ", count, ", expected at least 1");
  const i64 size = extent / count + (extent % count != 0);
  const i64 parts = extent == 0 ? count : extent / size + (extent % size != 0);
  constexpr int kMost = std::numeric_limits<int>::max();
  if (parts > kMost) fail<ValueError>("chunk: ", parts, " parts, expected at most ", kMost);
  Dims sizes = Dims::filled(static_cast<int>(parts), size);
  sizes[sizes.rank() - 1] = extent - (parts - 1) * size;
  return sizes;
}

std::vector<Tensor> chunk(const Tensor& x, i64 count, int axis) {
  axis = normalize_axis("chunk", axis, x.shape());
  return split(x, chunk_sizes(x.shape()[axis], count), axis);
}

std::vector<Tensor> unbind(const Tensor& x, int axis) {
  axis = normalize_axis("unbind", axis, x.shape());
  std::vector<Tensor> parts;
  for (i64 i = 0; i < x.shape()[axis]; ++i) parts.push_back(select(x, axis, i));
  return parts;
}

Tensor tile(const Tensor& x, const Dims& counts) { return apart_from(x, detail::tile_by(x, counts)); }

Tensor repeat(const Tensor& x, i64 count, int axis) { return apart_from(x, detail::repeat_by(x, count, axis)); }

Tensor roll(const Tensor& x, i64 shift, int axis) { return apart_from(x, detail::roll_by(x, shift, axis)); }

Tensor pad(const Tensor& x, const Dims& before, const Dims& after, Number value) {
  if (before.rank() != x.rank() || after.rank() != x.rank()) {
    fail<ShapeError>("pad: widths ", before, " and ", after, " for shape ", x.shape(), ", expected one an axis");
  }
  Shape shape = x.shape();
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (before[axis] < 0 || after[axis] < 0) {
      fail<ValueError>("pad: widths ", before, " and ", after, ", expected none below 0");
    }
    if (__builtin_add_overflow(shape[axis], before[axis], &shape[axis]) ||
        __builtin_add_overflow(shape[axis], after[axis], &shape[axis])) {
      fail<ShapeError>("pad: widths ", before, " and ", after, " do not fit in memory");
    }
  }
  value.expect_in("pad", x.dtype());
  const Tensor y = full(shape, value, x.dtype(), x.device());
  Tensor middle = y;
  for (int axis = 0; axis < x.rank(); ++axis) {
    middle = slice(middle, axis, {before[axis], before[axis] + x.shape()[axis]});
  }
  on(y.device(), cpu::convert, cuda::convert)(middle, x);
  return y;
}

}  // namespace cadena

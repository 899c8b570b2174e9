#include "tensor/indexing.h"

#include "cuda/kernels/indexing.h"
#include "cuda/kernels/range_check.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/indexing.h"
#include "tensor/factories.h"
#include "tensor/index_plan.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// IndexError "OP: WHAT value AFTER…" for the first element of `index` outside [lowest, highest): thrown at once on the
/// CPU; by the next copy to the host on a CUDA device, for which nobody waits here.
template <class... After>
void check_range(const Tensor& index, i64 lowest, i64 highest, std::string_view op, const char* what,
                 const After&... after) {
  if (index.device().is_cuda()) {
    return cuda::require_range(index, {lowest, highest}, concat(op, what), concat(after...));
  }
  if (const auto outside = cpu::find_outside(index, lowest, highest)) fail<IndexError>(op, what, *outside, after...);
}

/// Throws unless `index` is i64, on the device of x, and within [lowest, extent).
void check_index(const char* op, const Tensor& index, const Tensor& x, i64 lowest, i64 extent, int axis) {
  if (index.dtype() != Dtype::i64) fail<DtypeError>(op, ": index has dtype ", index.dtype(), ", expected i64");
  if (index.device() != x.device()) fail<DeviceError>(op, ": devices differ: ", x.device(), " and ", index.device());
  check_range(index, lowest, extent, op, ": index ", " is out of range for axis ", axis, " of shape ", x.shape());
}

/// x as (axes before, axis, axes behind): a view where the strides allow it.
Tensor around(const Tensor& x, int axis) {
  i64 outer = 1;
  i64 inner = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (i < axis) outer *= x.shape()[i];
    if (i > axis) inner *= x.shape()[i];
  }
  return reshape(x, {outer, x.shape()[axis], inner});
}

/// The shape of x with the axes of `index` in place of `axis`.
Shape shape_of_selection(const Tensor& x, const Tensor& index, int axis) {
  Shape shape = x.shape().without(axis);
  for (int i = 0; i < index.rank(); ++i) shape = shape.with_inserted(axis + i, index.shape()[i]);
  return shape;
}

void check_source(const char* op, const Tensor& x, const Tensor& source, const Shape& expected) {
  if (source.shape() != expected) {
    fail<ShapeError>(op, ": source has shape ", source.shape(), ", expected ", expected);
  }
  check_same(op, x, source);
}

/// Throws ShapeError unless `index` has the shape of x but for `axis`.
void check_aligned(const char* op, const Tensor& x, const Tensor& index, int axis) {
  Shape expected = x.shape();
  if (index.rank() == x.rank()) expected[axis] = index.shape()[axis];
  if (index.shape() != expected) {
    fail<ShapeError>(op, ": index of shape ", index.shape(), " for shape ", x.shape(),
                     ", expected equal extents outside axis ", axis);
  }
}

using Kernel = void (*)(const View&, const View&, const View&);

/// Runs `kernel` on `y` in place, all seen as (outer, n, inner); through a copy of y where its strides forbid that.
void write_around(const char* op, Kernel kernel, const Tensor& y, const Tensor& index, const Tensor& source, int axis) {
  y.begin_write(op);
  const Tensor folded = around(y, axis);
  kernel(folded, index, around(source, axis));
  if (folded.storage() != y.storage()) copy_into(y, reshape(folded, y.shape()));
}

/// A copy of x that the caller may add to: two-byte dtypes are summed in f32.
Tensor accumulator(const Tensor& x) { return size_of(x.dtype()) == 2 ? cast(x, Dtype::f32) : copy(x); }

/// x, or a copy where a write to y would change it.
Tensor apart_from(const Tensor& y, const Tensor& x) { return x.storage() == y.storage() ? copy(x) : x; }

}  // namespace

void detail::check_take(const Tensor& x, const Tensor& index) {
  if (index.dtype() != Dtype::i64) fail<DtypeError>("take: index has dtype ", index.dtype(), ", expected i64");
  if (index.device() != x.device()) fail<DeviceError>("take: devices differ: ", x.device(), " and ", index.device());
  check_range(index, -x.numel(), x.numel(), "take", ": index ", " is out of range for ", x.numel(),
              " elements of shape ", x.shape());
}

Tensor normalize_index(const char* op, const Tensor& index, i64 extent) {
  if (index.dtype() != Dtype::i64) fail<DtypeError>(op, ": index has dtype ", index.dtype(), ", expected i64");
  check_range(index, -extent, extent, op, ": index ", " is out of range for an axis of extent ", extent);
  Tensor y = empty_like(index);
  on(index.device(), cpu::wrap_index, cuda::wrap_index)(y, index, extent);
  return y;
}

Tensor index_select(const Tensor& x, const Tensor& index, int axis) {
  axis = normalize_axis("index_select", axis, x.shape());
  check_index("index_select", index, x, -x.shape()[axis], x.shape()[axis], axis);
  const Tensor from = around(x, axis);
  const Tensor y = empty(shape_of_selection(x, index, axis), x.dtype(), x.device());
  const Tensor to = reshape(y, {from.shape()[0], index.numel(), from.shape()[2]});
  on(x.device(), cpu::index_select, cuda::index_select)(to, from, reshape(index, {-1}));
  return y;
}

void index_add_into(const Tensor& x, const Tensor& index, const Tensor& source, int axis) {
  axis = normalize_axis("index_add", axis, x.shape());
  check_index("index_add", index, x, -x.shape()[axis], x.shape()[axis], axis);
  check_source("index_add", x, source, shape_of_selection(x, index, axis));
  Shape folded = x.shape();
  folded[axis] = index.numel();
  write_around("index_add", on(x.device(), cpu::index_add, cuda::index_add), x,
               reshape(apart_from(x, index), {index.numel()}), reshape(apart_from(x, source), folded), axis);
}

Tensor index_add(const Tensor& x, const Tensor& index, const Tensor& source, int axis) {
  check_same("index_add", x, source);
  const Tensor y = accumulator(x);
  index_add_into(y, index, cast(source, y.dtype()), axis);
  return cast(y, x.dtype());
}

void check_rows(std::string_view op, const Tensor& index, i64 extent, std::string_view rows) {
  if (index.dtype() != Dtype::i64) fail<DtypeError>(op, ": index has dtype ", index.dtype(), ", expected i64");
  check_range(index, 0, extent, op, ": index ", " is out of range for ", extent, " ", rows);
}

Tensor embedding(const Tensor& table, const Tensor& index) {
  if (table.rank() != 2) fail<ShapeError>("embedding: table has shape ", table.shape(), ", expected (n, d)");
  check_rows("embedding", index, table.size(0));
  return index_select(table, index, 0);
}

Tensor gather(const Tensor& x, const Tensor& index, int axis) {
  axis = normalize_axis("gather", axis, x.shape());
  check_aligned("gather", x, index, axis);
  check_index("gather", index, x, -x.shape()[axis], x.shape()[axis], axis);
  const Tensor y = empty(index.shape(), x.dtype(), x.device());
  on(x.device(), cpu::gather, cuda::gather)(around(y, axis), around(x, axis), around(index, axis));
  return y;
}

Tensor scatter(const Tensor& x, const Tensor& index, const Tensor& source, int axis) {
  axis = normalize_axis("scatter", axis, x.shape());
  check_aligned("scatter", x, index, axis);
  check_index("scatter", index, x, -x.shape()[axis], x.shape()[axis], axis);
  check_source("scatter", x, source, index.shape());
  const Tensor y = copy(x);
  on(x.device(), cpu::scatter, cuda::scatter)(around(y, axis), around(index, axis), around(source, axis));
  return y;
}

void scatter_add_into(const Tensor& x, const Tensor& index, const Tensor& source, int axis) {
  axis = normalize_axis("scatter_add", axis, x.shape());
  check_aligned("scatter_add", x, index, axis);
  check_index("scatter_add", index, x, -x.shape()[axis], x.shape()[axis], axis);
  check_source("scatter_add", x, source, index.shape());
  write_around("scatter_add", on(x.device(), cpu::scatter_add, cuda::scatter_add), x,
               around(apart_from(x, index), axis), apart_from(x, source), axis);
}

Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& source, int axis) {
  check_same("scatter_add", x, source);
  const Tensor y = accumulator(x);
  scatter_add_into(y, index, cast(source, y.dtype()), axis);
  return cast(y, x.dtype());
}

Tensor take(const Tensor& x, const Tensor& index) {
  detail::check_take(x, index);
  return index_select(reshape(x, {x.numel()}), index, 0);
}

Tensor nonzero(const Tensor& x) {
  const i64 count = on(x.device(), cpu::count_nonzero, cuda::count_nonzero)(x);
  Tensor y = empty({count, x.rank()}, Dtype::i64, x.device());
  on(x.device(), cpu::nonzero, cuda::nonzero)(y, x);
  return y;
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  if (mask.dtype() != Dtype::boolean) {
    fail<DtypeError>("masked_select: mask has dtype ", mask.dtype(), ", expected bool");
  }
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  const Tensor chosen = nonzero(reshape(broadcast_to(mask, shape), {shape.numel()}));
  return take(broadcast_to(x, shape), reshape(chosen, {chosen.numel()}));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value) {
  if (mask.dtype() != Dtype::boolean) {
    fail<DtypeError>("masked_fill: mask has dtype ", mask.dtype(), ", expected bool");
  }
  if (mask.device() != x.device())
    fail<DeviceError>("masked_fill: devices differ: ", x.device(), " and ", mask.device());
  if (broadcast_shapes("masked_fill", x.shape(), mask.shape()) != x.shape()) {
    fail<ShapeError>("masked_fill: mask of shape ", mask.shape(), " does not broadcast to ", x.shape());
  }
  value.expect_in("masked_fill", x.dtype());
  const Tensor y = empty_like(x);
  const Tensor filler = full({}, value, x.dtype(), x.device());
  on(x.device(), cpu::masked_fill, cuda::masked_fill)(y, x, broadcast_to(mask, x.shape()), filler);
  return y;
}

Tensor one_hot(const Tensor& index, i64 classes, Dtype dtype) {
  if (classes < 1) fail<ValueError>("one_hot: ", classes, " classes, expected at least 1");
  if (index.dtype() != Dtype::i64) fail<DtypeError>("one_hot: index has dtype ", index.dtype(), ", expected i64");
  check_range(index, 0, classes, "one_hot", ": class ", " is out of range for ", classes, " classes");
  const Tensor blank = zeros(index.shape().with_inserted(index.rank(), classes), dtype, index.device());
  const Tensor at = unsqueeze(index, -1);
  return scatter(blank, at, ones(at.shape(), dtype, index.device()), -1);
}

}  // namespace cadena

#include "tensor/reduce.h"

#include <vector>

#include "cuda/kernels/reduce.h"
#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/reduce.h"
#include "tensor/reduction.h"
#include "tensor/views.h"

namespace cadena {
namespace {

Tensor countable(const Tensor& x) { return x.dtype() == Dtype::boolean ? cast(x, Dtype::i64) : x; }

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("sum", countable(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::sum, cuda::sum)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("mean", to_float(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::mean, cuda::mean)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

Tensor prod(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("prod", countable(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::prod, cuda::prod)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

Tensor any(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("any", x, axes);
  Tensor y = r.result(Dtype::boolean);
  on(x.device(), cpu::any, cuda::any)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

Tensor all(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("all", x, axes);
  Tensor y = r.result(Dtype::boolean);
  on(x.device(), cpu::all, cuda::all)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int added = x.rank() - shape.rank();
  if (added < 0) fail<ShapeError>("sum_to: shape ", shape, " does not broadcast to ", x.shape());
  std::vector<int> axes;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const i64 target = axis < added ? 1 : shape[axis - added];
    if (target != 1 && target != x.shape()[axis]) {
      fail<ShapeError>("sum_to: shape ", shape, " does not broadcast to ", x.shape());
    }
    if (axis < added || target != x.shape()[axis]) axes.push_back(axis);
  }
  return axes.empty() ? reshape(x, shape) : reshape(sum(x, Axes(std::span<const int>(axes))), shape);
}

}  // namespace cadena

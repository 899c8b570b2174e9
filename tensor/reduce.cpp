#include "tensor/reduce.h"

#include <algorithm>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// x seen as (kept axes…, reduced axes…), and the shapes of the result with and without the reduced axes.
struct Reduction {
  Tensor input;
  int reduced;
  Shape shape;
  Shape kept_dims;

  Reduction(const char* op, const Tensor& x, const Axes& axes) : reduced(0), kept_dims(x.shape()) {
    const Dims over = normalize_axes(op, axes, x.shape());
    std::vector<int> kept;
    std::vector<int> last;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const bool is_reduced = std::find(over.begin(), over.end(), axis) != over.end();
      (is_reduced ? last : kept).push_back(axis);
      if (is_reduced) kept_dims[axis] = 1;
      else shape = shape.with_inserted(shape.rank(), x.shape()[axis]);
    }
    reduced = static_cast<int>(last.size());
    kept.insert(kept.end(), last.begin(), last.end());
    input = permute(x, Axes(std::span<const int>(kept)));
  }
};

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("sum", x.dtype() == Dtype::boolean ? cast(x, Dtype::i64) : x, axes);
  Tensor y = empty(r.shape, r.input.dtype(), x.device());
  on(x.device(), cpu::sum)(y, r.input, r.reduced);
  return keep_dims ? reshape(y, r.kept_dims) : y;
}

Tensor mean(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Tensor real = to_float(x);
  const Tensor total = sum(real, axes, keep_dims);
  const double count = static_cast<double>(x.numel()) / static_cast<double>(total.numel());
  return div(total, total.numel() == 0 ? 1.0 : count);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int added = x.rank() - shape.rank();
  std::vector<int> axes;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const i64 target = axis < added ? 1 : shape[axis - added];
    if (added < 0 || (target != 1 && target != x.shape()[axis])) {
      fail<ShapeError>("sum_to: shape ", shape, " does not broadcast to ", x.shape());
    }
    if (axis < added || target != x.shape()[axis]) axes.push_back(axis);
  }
  return axes.empty() ? reshape(x, shape) : reshape(sum(x, Axes(std::span<const int>(axes))), shape);
}

}  // namespace cadena

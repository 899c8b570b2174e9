#include "tensor/reduction.h"

#include <algorithm>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/views.h"

namespace cadena {

Reduction::Reduction(const char* op, const Tensor& x, const Axes& axes) : kept_dims(x.shape()), given(x.shape()) {
  const Dims over = normalize_axes(op, axes, x.shape());
  std::vector<int> order;
  std::vector<int> last;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool is_reduced = std::find(over.begin(), over.end(), axis) != over.end();
    (is_reduced ? last : order).push_back(axis);
    if (is_reduced) kept_dims[axis] = 1;
    else shape = shape.with_inserted(shape.rank(), x.shape()[axis]);
  }
  reduced = static_cast<int>(last.size());
  order.insert(order.end(), last.begin(), last.end());
  input = permute(x, Axes(std::span<const int>(order)));
}

i64 Reduction::count() const {
  i64 product = 1;
  for (int axis = input.rank() - reduced; axis < input.rank(); ++axis) product *= input.shape()[axis];
  return product;
}

void Reduction::expect_elements(const char* op) const {
  if (count() == 0) fail<ShapeError>(op, ": expected at least one element along the reduced axes, got ", given);
}

Tensor Reduction::shaped(const Tensor& y, bool keep_dims) const { return keep_dims ? reshape(y, kept_dims) : y; }

}  // namespace cadena

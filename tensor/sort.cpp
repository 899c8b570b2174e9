#include "tensor/sort.h"

#include "cuda/kernels/sort.h"
#include "tensor/base/error.h"
#include "tensor/cpu/sort.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// The first k of the sorted order along a normalized axis.
Sorted leading(const char* op, const Tensor& x, i64 k, int axis, bool descending) {
  Shape shape = x.shape();
  shape[axis] = k;
  const Sorted y{empty(shape, x.dtype(), x.device(), op), empty(shape, Dtype::i64, x.device(), op)};
  on(x.device(), cpu::sort, cuda::sort)(transpose(y.values, axis, -1), transpose(y.indices, axis, -1),
                                        transpose(x, axis, -1), descending);
  return y;
}

}  // namespace

Sorted sort(const Tensor& x, int axis, bool descending) {
  axis = normalize_axis("sort", axis, x.shape());
  return leading("sort", x, x.shape()[axis], axis, descending);
}

Tensor argsort(const Tensor& x, int axis, bool descending) {
  axis = normalize_axis("argsort", axis, x.shape());
  return leading("argsort", x, x.shape()[axis], axis, descending).indices;
}

Sorted topk(const Tensor& x, i64 k, int axis, bool largest) {
  axis = normalize_axis("topk", axis, x.shape());
  if (k < 0 || k > x.shape()[axis]) {
    fail<ValueError>("topk: k = ", k, " is outside 0 … ", x.shape()[axis], ", the extent of axis ", axis, " of ",
                     x.shape());
  }
  return leading("topk", x, k, axis, largest);
}

}  // namespace cadena

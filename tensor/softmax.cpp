#include "tensor/softmax.h"

#include "cuda/kernels/softmax.h"
#include "tensor/arithmetic.h"
#include "tensor/binary.h"
#include "tensor/cpu/softmax.h"
#include "tensor/reduce.h"
#include "tensor/reduction.h"

namespace cadena {
namespace {

/// A view of x with `axis` moved to the end, the order of the others kept. Throws ShapeError for an axis out of range.
Tensor rows(const char* op, const Tensor& x, int axis) { return Reduction(op, x, axis).input; }

/// True where rows along `axis` lie across the memory of a processor: ops on whole tensors, which go along it, are then
/// faster than a kernel that turns both tensors.
bool lies_across(const char* op, const Tensor& x, int axis) {
  return x.device().is_cpu() && normalize_axis(op, axis, x.shape()) != x.rank() - 1;
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  const Tensor real = to_float(x), in = rows("softmax", real, axis);
  Tensor y = empty_like(real);
  on(x.device(), cpu::softmax, cuda::softmax)(rows("softmax", y, axis), in);
  return y;
}

Tensor log_softmax(const Tensor& x, int axis) {
  const Tensor real = to_float(x), in = rows("log_softmax", real, axis);
  Tensor y = empty_like(real);
  on(x.device(), cpu::log_softmax, cuda::log_softmax)(rows("log_softmax", y, axis), in);
  return y;
}

Tensor softmax_backward(const Tensor& ds, const Tensor& s, int axis) {
  if (lies_across("softmax", s, axis)) return mul(s, sub(ds, sum(mul(ds, s), axis, true)));
  Tensor dx = empty_like(s);
  on(s.device(), cpu::softmax_backward, cuda::softmax_backward)(rows("softmax", dx, axis), rows("softmax", ds, axis),
                                                                rows("softmax", s, axis));
  return dx;
}

Tensor log_softmax_backward(const Tensor& dy, const Tensor& y, int axis) {
  if (lies_across("log_softmax", y, axis)) return sub(dy, mul(softmax(y, axis), sum(dy, axis, true)));
  Tensor dx = empty_like(y);
  on(y.device(), cpu::log_softmax_backward, cuda::log_softmax_backward)(
      rows("log_softmax", dx, axis), rows("log_softmax", dy, axis), rows("log_softmax", y, axis));
  return dx;
}

}  // namespace cadena

#include "tensor/linear.h"

#include "cuda/kernels/linear.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/linear.h"
#include "tensor/views.h"

namespace cadena {

Tensor linear(const Tensor& x, const Tensor& w) { return linear(x, w, Tensor()); }

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  if (x.device() != w.device()) fail<DeviceError>("linear: devices differ: ", x.device(), " and ", w.device());
  if (x.rank() == 0 || w.rank() != 2 || x.size(-1) != w.size(1)) {
    fail<ShapeError>("linear: input ", x.shape(), " does not fit weight (out, in) = ", w.shape());
  }
  if (b.defined() && b.shape() != Shape{w.size(0)}) {
    fail<ShapeError>("linear: expected a bias of shape ", Shape{w.size(0)}, ", got ", b.shape());
  }
  const Dtype met = promote(x.dtype(), w.dtype());
  const Dtype dtype = is_floating(met) ? met : Dtype::f32;
  const Shape leading = x.shape().without(x.rank() - 1);
  const Tensor rows = contiguous(reshape(cast(x, dtype), {leading.numel(), w.size(1)}));
  const Tensor weight = contiguous(cast(w, dtype));
  const Tensor bias = b.defined() ? contiguous(cast(b, dtype)) : b;
  Tensor y = empty({leading.numel(), w.size(0)}, dtype, x.device());
  on(x.device(), cpu::linear, cuda::linear)(y, rows, weight, b.defined() ? bias.view() : View{});
  return reshape(y, leading.with_inserted(leading.rank(), w.size(0)));
}

}  // namespace cadena

#include "tensor/linear.h"

#include "cuda/kernels/linear.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/linear.h"
#include "tensor/optional_view.h"
#include "tensor/views.h"

namespace cadena {

namespace {

/// The operands as the kernel takes them: rows of x, row-major and in one dtype.
struct Operands {
  Tensor x, w, b;
  Shape shape;  ///< of the result

  Operands(const Tensor& input, const Tensor& weight, const Tensor& bias) {
    for (const Tensor& other : {weight, bias}) {
      if (!other.defined() || other.device() == input.device()) continue;
      fail<DeviceError>("linear: devices differ: ", input.device(), " and ", other.device());
    }
    if (input.rank() == 0 || weight.rank() != 2 || input.size(-1) != weight.size(1)) {
      fail<ShapeError>("linear: input ", input.shape(), " does not fit weight (out, in) = ", weight.shape());
    }
    if (bias.defined() && bias.shape() != Shape{weight.size(0)}) {
      fail<ShapeError>("linear: expected a bias of shape ", Shape{weight.size(0)}, ", got ", bias.shape());
    }
    const Dtype dtype = floating_dtype(promote(input.dtype(), weight.dtype()));
    const Shape leading = input.shape().without(input.rank() - 1);
    x = contiguous(reshape(cast(input, dtype), {leading.numel(), weight.size(1)}));
    w = contiguous(cast(weight, dtype));
    b = bias.defined() ? contiguous(cast(bias, dtype)) : bias;
    shape = leading.with_inserted(leading.rank(), weight.size(0));
  }

  Tensor result() const { return empty({x.size(0), w.size(0)}, x.dtype(), x.device(), "linear"); }
};

}  // namespace

Tensor linear(const Tensor& x, const Tensor& w) { return linear(x, w, Tensor()); }

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b) { return linear(x, w, b, LinearActivation::none); }

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b, LinearActivation activation) {
  const Operands operands(x, w, b);
  Tensor y = operands.result();
  on(x.device(), cpu::linear, cuda::linear)(y, View{}, operands.x, operands.w, view_or_none(operands.b), activation);
  return reshape(y, operands.shape);
}

std::array<Tensor, 2> linear_with_argument(const Tensor& x, const Tensor& w, const Tensor& b,
                                           LinearActivation activation) {
  const Operands operands(x, w, b);
  Tensor y = operands.result(), z = operands.result();
  on(x.device(), cpu::linear, cuda::linear)(y, z, operands.x, operands.w, view_or_none(operands.b), activation);
  return {reshape(y, operands.shape), reshape(z, operands.shape)};
}

}  // namespace cadena

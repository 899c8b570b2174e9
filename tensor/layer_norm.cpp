#include "tensor/layer_norm.h"

#include "cuda/kernels/layer_norm.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/layer_norm.h"
#include "tensor/optional_view.h"

namespace cadena {
namespace {

void check_norm(const char* op, const Tensor& x, double eps) {
  if (!is_floating(x.dtype())) fail<DtypeError>(op, ": expected a floating dtype, got ", x.dtype());
  if (x.rank() == 0) fail<ShapeError>(op, ": expected at least one axis, got a scalar");
  if (!(eps >= 0)) fail<ValueError>(op, ": eps = ", eps, " is negative");
}

/// The row-major parameter of one row, or nothing.
Tensor parameter_row(const char* op, const char* role, const Tensor& p, const Tensor& x) {
  if (!p.defined()) return p;
  check_same(op, x, p);
  if (p.shape() != Shape{x.size(-1)}) {
    fail<ShapeError>(op, ": ", role, " ", p.shape(), " does not fit the last axis of x ", x.shape());
  }
  return contiguous(p);
}

Tensor statistics(const Tensor& x, const char* op = __builtin_FUNCTION()) {
  return empty(x.shape().without(x.rank() - 1), compute_dtype(x.dtype()), x.device(), op);
}

}  // namespace

Normalized layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  check_norm("layer_norm", x, eps);
  const Tensor w = parameter_row("layer_norm", "weight", weight, x);
  const Tensor b = parameter_row("layer_norm", "bias", bias, x);
  const Normalized out{empty_like(x), statistics(x), statistics(x)};
  on(x.device(), cpu::layer_norm, cuda::layer_norm)(out.y, out.mean, out.rstd, contiguous(x), view_or_none(w),
                                                    view_or_none(b), eps);
  return out;
}

Normalized rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  check_norm("rms_norm", x, eps);
  const Tensor w = parameter_row("rms_norm", "weight", weight, x);
  const Normalized out{empty_like(x), Tensor(), statistics(x)};
  on(x.device(), cpu::layer_norm, cuda::layer_norm)(out.y, View{}, out.rstd, contiguous(x), view_or_none(w), View{},
                                                    eps);
  return out;
}

NormGradients layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                  const Tensor& rstd, NormWanted wanted) {
  NormGradients d;
  if (wanted.x) d.x = empty_like(x);
  if (wanted.weight) d.weight = empty({x.size(-1)}, x.dtype(), x.device());
  if (wanted.bias) d.bias = empty({x.size(-1)}, x.dtype(), x.device());
  const Tensor w = weight.defined() ? contiguous(weight) : weight;
  on(x.device(), cpu::layer_norm_backward, cuda::layer_norm_backward)(
      view_or_none(d.x), view_or_none(d.weight), view_or_none(d.bias), contiguous(dy), contiguous(x), view_or_none(w),
      view_or_none(mean), rstd);
  return d;
}

NormGradients rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& rstd,
                                NormWanted wanted) {
  wanted.bias = false;
  return layer_norm_backward(dy, x, weight, Tensor(), rstd, wanted);
}

}  // namespace cadena

#include "tensor/batch_norm.h"

#include "cuda/kernels/batch_norm.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/batch_norm.h"
#include "tensor/optional_view.h"
#include "tensor/views.h"

namespace cadena {
namespace {

void check_channels(const char* op, const Tensor& x, double eps) {
  if (!is_floating(x.dtype())) fail<DtypeError>(op, ": expected a floating dtype, got ", x.dtype());
  if (x.rank() < 2) fail<ShapeError>(op, ": expected x (N, C, …), got ", x.shape());
  if (!(eps >= 0)) fail<ValueError>(op, ": eps = ", eps, " is negative");
}

/// The row-major parameter of one value a channel, or nothing.
Tensor per_channel(const char* op, const char* role, const Tensor& p, const Tensor& x) {
  if (!p.defined()) return p;
  check_same(op, x, p);
  if (p.shape() != Shape{x.size(1)}) {
    fail<ShapeError>(op, ": ", role, " ", p.shape(), " does not fit axis 1 of x ", x.shape());
  }
  return contiguous(p);
}

/// x (N, C, …) as (N, C, positions), row-major.
Tensor flat_positions(const Tensor& x) {
  const i64 channels = x.size(1), batch = x.size(0);
  const i64 positions = x.numel() == 0 ? 0 : x.numel() / (batch * channels);
  return reshape(contiguous(x), {batch, channels, positions});
}

}  // namespace

BatchNormalized<Tensor> batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  check_channels("batch_norm", x, eps);
  const Tensor w = per_channel("batch_norm", "weight", weight, x), b = per_channel("batch_norm", "bias", bias, x);
  if (x.numel() == 0) fail<ShapeError>("batch_norm: expected at least one element in each channel, got ", x.shape());
  const Dtype dtype = compute_dtype(x.dtype());
  const BatchNormalized<Tensor> out{empty_like(x), empty({x.size(1)}, dtype, x.device()),
                                    empty({x.size(1)}, dtype, x.device())};
  on(x.device(), cpu::batch_norm, cuda::batch_norm)(out.y, out.mean, out.variance, flat_positions(x), view_or_none(w),
                                                    view_or_none(b), eps);
  return out;
}

NormGradients batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                  const Tensor& variance, double eps, NormWanted wanted) {
  NormGradients d;
  if (wanted.x) d.x = empty_like(x);
  if (wanted.weight) d.weight = empty({x.size(1)}, x.dtype(), x.device());
  if (wanted.bias) d.bias = empty({x.size(1)}, x.dtype(), x.device());
  const Tensor w = weight.defined() ? contiguous(weight) : weight;
  on(x.device(), cpu::batch_norm_backward, cuda::batch_norm_backward)(
      view_or_none(d.x), view_or_none(d.weight), view_or_none(d.bias), flat_positions(dy), flat_positions(x),
      view_or_none(w), mean, variance, eps);
  return d;
}

Tensor group_norm(const Tensor& x, i64 groups, const Tensor& weight, const Tensor& bias, double eps) {
  check_channels("group_norm", x, eps);
  const i64 batch = x.size(0), channels = x.size(1);
  if (groups < 1 || channels % groups != 0) {
    fail<ShapeError>("group_norm: ", groups, " groups do not divide the ", channels, " channels of x ", x.shape());
  }
  const Tensor w = per_channel("group_norm", "weight", weight, x), b = per_channel("group_norm", "bias", bias, x);
  const i64 size = x.numel() == 0 ? 0 : x.numel() / (batch * groups);
  Tensor y = reshape(layer_norm(reshape(x, {batch, groups, size}), {}, {}, eps).y, x.shape());
  Shape along_channels = Shape::filled(x.rank() - 1, 1);
  along_channels[0] = channels;
  if (w.defined()) y = mul(y, reshape(w, along_channels));
  if (b.defined()) y = add(y, reshape(b, along_channels));
  return y;
}

}  // namespace cadena

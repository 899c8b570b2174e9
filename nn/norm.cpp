#include "nn/norm.h"

#include "autograd/arithmetic.h"
#include "autograd/batch_norm.h"
#include "autograd/broadcast.h"
#include "autograd/layer_norm.h"
#include "autograd/power.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/power.h"

namespace cadena::nn {
namespace {

void check_options(const char* what, i64 width, double eps) {
  if (width < 1) fail<ValueError>(what, ": expected a positive width, got ", width);
  if (!(eps >= 0)) fail<ValueError>(what, ": expected eps of at least 0, got ", eps);
}

/// Throws unless the last axis of x has extent `width`.
void check_last(const Layer& layer, const Variable& x, i64 width) {
  if (x.rank() == 0 || x.size(-1) != width) {
    fail<ShapeError>(layer.description(), ": expected (…, ", width, "), got shape ", x.shape());
  }
}

/// Throws unless axis 1 of x has extent `channels`.
void check_channels(const Layer& layer, const Variable& x, i64 channels) {
  if (x.rank() < 2 || x.size(1) != channels) {
    fail<ShapeError>(layer.description(), ": expected (n, ", channels, ", …), got shape ", x.shape());
  }
}

/// \f$ r \leftarrow (1 - m) r + m s \f$, rounded to the dtype of the buffer once.
void move_towards(const Variable& running, const Tensor& statistic, double momentum) {
  const Tensor moved = add(mul(cast(running.value(), statistic.dtype()), 1 - momentum), mul(statistic, momentum));
  running.set_value(cast(moved, running.dtype()));
}

}  // namespace

LayerNorm::LayerNorm(i64 width, double eps) : eps_(eps) {
  check_options("LayerNorm", width, eps);
  weight_ = add_parameter("weight", ones({width}));
  bias_ = add_parameter("bias", zeros({width}));
}

Variable LayerNorm::forward(const Variable& x) {
  check_last(*this, x, weight_.numel());
  return layer_norm(x, weight_, bias_, eps_);
}

std::string LayerNorm::description() const { return concat("LayerNorm(", weight_.numel(), ")"); }

RMSNorm::RMSNorm(i64 width, double eps) : eps_(eps) {
  check_options("RMSNorm", width, eps);
  weight_ = add_parameter("weight", ones({width}));
}

Variable RMSNorm::forward(const Variable& x) {
  check_last(*this, x, weight_.numel());
  return rms_norm(x, weight_, eps_);
}

std::string RMSNorm::description() const { return concat("RMSNorm(", weight_.numel(), ")"); }

GroupNorm::GroupNorm(i64 groups, i64 channels, double eps) : groups_(groups), eps_(eps) {
  check_options("GroupNorm", channels, eps);
  if (groups < 1 || channels % groups != 0) {
    fail<ValueError>("GroupNorm: ", groups, " groups do not divide ", channels, " channels");
  }
  weight_ = add_parameter("weight", ones({channels}));
  bias_ = add_parameter("bias", zeros({channels}));
}

Variable GroupNorm::forward(const Variable& x) {
  check_channels(*this, x, weight_.numel());
  return group_norm(x, groups_, weight_, bias_, eps_);
}

std::string GroupNorm::description() const { return concat("GroupNorm(", groups_, ", ", weight_.numel(), ")"); }

BatchNorm::BatchNorm(i64 channels, double momentum, double eps) : momentum_(momentum), eps_(eps) {
  check_options("BatchNorm", channels, eps);
  if (!(momentum >= 0 && momentum <= 1)) fail<ValueError>("BatchNorm: expected a momentum in [0, 1], got ", momentum);
  weight_ = add_parameter("weight", ones({channels}));
  bias_ = add_parameter("bias", zeros({channels}));
  running_mean_ = add_buffer("running_mean", zeros({channels}));
  running_var_ = add_buffer("running_var", ones({channels}));
}

Variable BatchNorm::forward(const Variable& x) {
  check_channels(*this, x, weight_.numel());
  return is_training() ? by_batch(x) : by_running_statistics(x);
}

Variable BatchNorm::by_batch(const Variable& x) {
  const i64 count = x.numel() / weight_.numel();
  if (count < 2) {
    fail<ValueError>(description(), ": a variance needs more than one value per channel in training, got shape ",
                     x.shape());
  }
  const BatchNormalized<Variable> batch = batch_norm(x, weight_, bias_, eps_);
  const double n = static_cast<double>(count);
  move_towards(running_mean_, batch.mean, momentum_);
  move_towards(running_var_, mul(batch.variance, n / (n - 1)), momentum_);
  return batch.y;
}

Variable BatchNorm::by_running_statistics(const Variable& x) const {
  Shape per_channel = Shape::filled(x.rank() - 1, 1);
  per_channel[0] = weight_.numel();
  const Dtype dtype = promote(x.dtype(), weight_.dtype()), computed = compute_dtype(dtype);  // rounded once, at the end
  const Variable rstd(rsqrt(cadena::add(cast(running_var_.value(), computed), eps_)));
  const Variable centered = cast(x, computed) - reshape(cast(running_mean_, computed), per_channel);
  const Variable y = centered * reshape(cast(weight_, computed) * rstd, per_channel);
  return cast(y + reshape(cast(bias_, computed), per_channel), dtype);
}

std::string BatchNorm::description() const { return concat("BatchNorm(", weight_.numel(), ")"); }

}  // namespace cadena::nn

#include "autograd/batch_norm.h"

#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/layer_norm.h"
#include "autograd/reduce.h"
#include "autograd/standardize.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {

/// y = w_c xhat + b_c with xhat = (x - mean_c) / sqrt(v_c + eps) over all axes but the channels'. The statistics are
/// outputs for the fused rule and for running averages; the rules below compute them from x again.
struct BatchNorm {
  static constexpr auto name = "batch_norm";
  static constexpr auto formula = R"(y = w_c \frac{x - \bar x_c}{\sqrt{v_c + \epsilon}} + b_c)";
  using constant_outputs = Constant<1, 2>;
  double eps;

  std::array<Tensor, 3> forward(const Tensor& x, const Tensor& w, const Tensor& b) const {
    BatchNormalized<Tensor> n = batch_norm(x, w, b, eps);
    return {n.y, n.mean, n.variance};
  }

  Variable vjp(Wrt<0>, CotOf<0> dy, Arg<0> x, Arg<1> w) const {
    return xhat(x).jacobian_times(dy * along(w, x.rank()));
  }
  Variable vjp(Wrt<1>, CotOf<0> dy, Arg<0> x) const { return sum(dy * xhat(x).xhat(), others(x.rank())); }
  Variable vjp(Wrt<2>, CotOf<0> dy) const { return sum(dy, others(dy.rank())); }

  std::array<Variable, 3> jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Arg<1> w) const {
    return {along(w, x.rank()) * xhat(x).jacobian_times(dx), {}, {}};
  }
  std::array<Variable, 3> jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const {
    return {along(dw, x.rank()) * xhat(x).xhat(), {}, {}};
  }
  std::array<Variable, 3> jvp(Wrt<2>, Tan<2> db, ArgMeta<0> x) const {
    return {broadcast_to(along(db, x.shape.rank()), x.shape), {}, {}};
  }

  std::array<Tensor, 3> vjp_all(Mask<3> wanted, CotOf<0> dy, Arg<0> x, Arg<1> w, Res<1> mean, Res<2> variance) const {
    NormGradients d = batch_norm_backward(dy.value(), x.value(), w.value(), mean.value(), variance.value(), eps,
                                          {wanted[0], wanted[1], wanted[2]});
    return {d.x, d.weight, d.bias};
  }

  /// Every axis but that of the channels.
  static Axes others(int rank) {
    std::vector<int> axes;
    for (int axis = 0; axis < rank; ++axis) {
      if (axis != 1) axes.push_back(axis);
    }
    return Axes(std::span<const int>(axes));
  }
  /// A value for each channel, seen along axis 1 of x.
  static Variable along(const Variable& p, int rank) {
    Shape shape = Shape::filled(rank, 1);
    shape[1] = p.numel();
    return reshape(p, shape);
  }
  Standardized xhat(const Variable& x) const { return {x, others(x.rank()), eps}; }

  static Samples<BatchNorm> samples() {
    Draw draw(name);
    const auto sample = [&](const char* label, double epsilon, const Shape& x) {
      return Sample<BatchNorm>{label, {epsilon}, {draw.normal(x), draw.normal({x[1]}), draw.normal({x[1]})}};
    };
    return {sample("eps=1e-05", 1e-5, {4, 3}), sample("eps=0.1", 0.1, {3, 2, 4}),
            sample("eps=0.1 #images", 0.1, {2, 3, 2, 2})};
  }
  static WrongRules<BatchNorm> wrong() {
    using enum WrongRule<BatchNorm>::Mode;
    using Op = BatchNorm;
    return {{"takes mean and variance for constants", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               return c.cot() * along(c.arg(1), c.arg(0).rank()) * op.xhat(c.arg(0)).rstd();
             }},
            {"takes the variance for a constant", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Variable g = c.cot() * along(c.arg(1), c.arg(0).rank());
               return op.xhat(c.arg(0)).rstd() * (g - mean(g, others(g.rank()), true));
             }},
            {"forgets the weight", vjp, 0,
             [](const Op& op, const RuleContext& c) { return op.xhat(c.arg(0)).jacobian_times(c.cot()); }},
            {"normalizes over the last axis", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               return Standardized(c.arg(0), -1, op.eps).jacobian_times(c.cot() * along(c.arg(1), c.arg(0).rank()));
             }},
            {"x for xhat", vjp, 1,
             [](const Op&, const RuleContext& c) { return sum(c.cot() * c.arg(0), others(c.arg(0).rank())); }},
            {"averages instead of summing", vjp, 2,
             [](const Op&, const RuleContext& c) { return mean(c.cot(), others(c.cot().rank())); }},
            {"forgets the weight", jvp, 0,
             [](const Op& op, const RuleContext& c) { return op.xhat(c.arg(0)).jacobian_times(c.tan()); }},
            {"x for xhat", jvp, 1,
             [](const Op&, const RuleContext& c) { return along(c.tan(), c.arg(0).rank()) * c.arg(0); }}};
  }
};

BatchNormalized<Variable> batch_norm(const Variable& x, const Variable& weight, const Variable& bias, double eps) {
  if (x.rank() < 2) fail<ShapeError>("batch_norm: expected x (N, C, …), got ", x.shape());
  const auto or_constant = [&](const Variable& p, double value) {
    return p.defined() ? p : Variable(full({x.size(1)}, value, x.dtype(), x.device()));
  };
  const auto outputs = apply(BatchNorm{eps}, x, or_constant(weight, 1), or_constant(bias, 0));
  return {outputs[0], outputs[1].value(), outputs[2].value()};
}

Variable group_norm(const Variable& x, i64 groups, const Variable& weight, const Variable& bias, double eps) {
  if (x.rank() < 2 || groups < 1 || x.size(1) % groups != 0) {
    fail<ShapeError>("group_norm: ", groups, " groups do not divide the channels of x (N, C, …), ", x.shape());
  }
  const i64 size = x.numel() == 0 ? 0 : x.numel() / (x.size(0) * groups);
  Variable y = reshape(layer_norm(reshape(x, {x.size(0), groups, size}), {}, {}, eps), x.shape());
  Shape along_channels = Shape::filled(x.rank() - 1, 1);
  along_channels[0] = x.size(1);
  if (weight.defined()) y = y * reshape(weight, along_channels);
  if (bias.defined()) y = y + reshape(bias, along_channels);
  return y;
}

template const OpEntry& entry_of<BatchNorm>();

}  // namespace cadena

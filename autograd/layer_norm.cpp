#include "autograd/layer_norm.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/standardize.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/layer_norm.h"

namespace cadena {

/// y = w xhat + b with xhat = (x - mean) rstd. The statistics are outputs for the fused rule alone; the rules below
/// compute them from x again, so that they can be differentiated.
struct LayerNorm {
  static constexpr auto name = "layer_norm";
  static constexpr auto formula = R"(y = w \frac{x - \bar x}{\sqrt{v + \epsilon}} + b)";
  using constant_outputs = Constant<1, 2>;
  double eps;

  std::array<Tensor, 3> forward(const Tensor& x, const Tensor& w, const Tensor& b) const {
    Normalized n = layer_norm(x, w, b, eps);
    return {n.y, n.mean, n.rstd};
  }

  Variable vjp(Wrt<0>, CotOf<0> dy, Arg<0> x, Arg<1> w) const { return xhat(x).jacobian_times(dy * w); }
  Variable vjp(Wrt<1>, CotOf<0> dy, Arg<0> x, ArgMeta<1> w) const { return sum_to(dy * xhat(x).xhat(), w.shape); }
  Variable vjp(Wrt<2>, CotOf<0> dy, ArgMeta<2> b) const { return sum_to(dy, b.shape); }

  std::array<Variable, 3> jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Arg<1> w) const {
    return {w * xhat(x).jacobian_times(dx), {}, {}};
  }
  std::array<Variable, 3> jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const { return {dw * xhat(x).xhat(), {}, {}}; }
  std::array<Variable, 3> jvp(Wrt<2>, Tan<2> db, ArgMeta<0> x) const { return {broadcast_to(db, x.shape), {}, {}}; }

  std::array<Tensor, 3> vjp_all(Mask<3> wanted, CotOf<0> dy, Arg<0> x, Arg<1> w, Res<1> mean, Res<2> rstd) const {
    NormGradients d = layer_norm_backward(dy.value(), x.value(), w.value(), mean.value(), rstd.value(),
                                          {wanted[0], wanted[1], wanted[2]});
    return {d.x, d.weight, d.bias};
  }

  Standardized xhat(const Variable& x) const { return {x, -1, eps}; }

  static Samples<LayerNorm> samples() {
    Draw draw(name);
    const auto sample = [&](const char* label, double epsilon, const Shape& x) {
      const Shape row{x[x.rank() - 1]};
      return Sample<LayerNorm>{label, {epsilon}, {draw.normal(x), draw.normal(row), draw.normal(row)}};
    };
    return {sample("eps=1e-05", 1e-5, {3, 5}), sample("eps=0.1", 0.1, {2, 3, 4}), sample("eps=0.1 #vector", 0.1, {6}),
            sample("eps=0.1 #empty", 0.1, {0, 3})};
  }
  static WrongRules<LayerNorm> wrong() {
    using enum WrongRule<LayerNorm>::Mode;
    using Op = LayerNorm;
    return {{"takes mean and variance for constants", vjp, 0,
             [](const Op& op, const RuleContext& c) { return c.cot() * c.arg(1) * op.xhat(c.arg(0)).rstd(); }},
            {"takes the variance for a constant", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Variable g = c.cot() * c.arg(1);
               const double n = static_cast<double>(g.size(-1));
               Shape kept = g.shape();
               kept[g.rank() - 1] = 1;
               return op.xhat(c.arg(0)).rstd() * (g - sum_to(g, kept) / n);
             }},
            {"forgets the weight", vjp, 0,
             [](const Op& op, const RuleContext& c) { return op.xhat(c.arg(0)).jacobian_times(c.cot()); }},
            {"multiplies by the weight after the Jacobian", vjp, 0,
             [](const Op& op, const RuleContext& c) { return c.arg(1) * op.xhat(c.arg(0)).jacobian_times(c.cot()); }},
            {"x for xhat", vjp, 1,
             [](const Op&, const RuleContext& c) { return sum_to(c.cot() * c.arg(0), c.meta(1).shape); }},
            {"forgets xhat", vjp, 1, [](const Op&, const RuleContext& c) { return sum_to(c.cot(), c.meta(1).shape); }},
            {"multiplies by xhat", vjp, 2,
             [](const Op& op, const RuleContext& c) {
               return sum_to(c.cot() * op.xhat(c.arg(0)).xhat(), c.meta(2).shape);
             }},
            {"forgets the weight", jvp, 0,
             [](const Op& op, const RuleContext& c) { return op.xhat(c.arg(0)).jacobian_times(c.tan()); }},
            {"x for xhat", jvp, 1, [](const Op&, const RuleContext& c) { return c.tan() * c.arg(0); }}};
  }
};

/// y = w x r with r = 1 / sqrt(mean x^2 + eps).
struct RmsNorm {
  static constexpr auto name = "rms_norm";
  static constexpr auto formula = R"(y = w \frac{x}{\sqrt{\overline{x^2} + \epsilon}})";
  using constant_outputs = Constant<1>;
  double eps;

  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& w) const {
    Normalized n = rms_norm(x, w, eps);
    return {n.y, n.rstd};
  }

  Variable vjp(Wrt<0>, CotOf<0> dy, Arg<0> x, Arg<1> w) const { return xhat(x).jacobian_times(dy * w); }
  Variable vjp(Wrt<1>, CotOf<0> dy, Arg<0> x, ArgMeta<1> w) const { return sum_to(dy * xhat(x).xhat(), w.shape); }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Arg<1> w) const {
    return {w * xhat(x).jacobian_times(dx), {}};
  }
  std::array<Variable, 2> jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const { return {dw * xhat(x).xhat(), {}}; }

  std::array<Tensor, 2> vjp_all(Mask<2> wanted, CotOf<0> dy, Arg<0> x, Arg<1> w, Res<1> rstd) const {
    NormGradients d = rms_norm_backward(dy.value(), x.value(), w.value(), rstd.value(), {wanted[0], wanted[1], false});
    return {d.x, d.weight};
  }

  Standardized xhat(const Variable& x) const { return {x, -1, eps, false}; }

  static Samples<RmsNorm> samples() {
    Draw draw(name);
    return {{"eps=1e-06", {1e-6}, {draw.normal({3, 5}), draw.normal({5})}},
            {"eps=0.1", {0.1}, {draw.normal({2, 3, 4}), draw.normal({4})}},
            {"eps=0.1 #empty", {0.1}, {draw.normal({0, 3}), draw.normal({3})}}};
  }
  static WrongRules<RmsNorm> wrong() {
    using enum WrongRule<RmsNorm>::Mode;
    using Op = RmsNorm;
    return {{"takes the mean square for a constant", vjp, 0,
             [](const Op& op, const RuleContext& c) { return c.cot() * c.arg(1) * op.xhat(c.arg(0)).rstd(); }},
            {"centres, as layer norm does", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               return LayerNorm{op.eps}.xhat(c.arg(0)).jacobian_times(c.cot() * c.arg(1));
             }},
            {"multiplies by the weight after the Jacobian", vjp, 0,
             [](const Op& op, const RuleContext& c) { return c.arg(1) * op.xhat(c.arg(0)).jacobian_times(c.cot()); }},
            {"x for xhat", vjp, 1,
             [](const Op&, const RuleContext& c) { return sum_to(c.cot() * c.arg(0), c.meta(1).shape); }},
            {"forgets the weight", jvp, 0,
             [](const Op& op, const RuleContext& c) { return op.xhat(c.arg(0)).jacobian_times(c.tan()); }},
            {"forgets xhat", jvp, 1,
             [](const Op&, const RuleContext& c) { return broadcast_to(c.tan(), c.meta(0).shape); }}};
  }
};

namespace {

/// The parameter itself, or one that changes nothing.
Variable or_constant(const Variable& p, double value, const Variable& x) {
  return p.defined() ? p : Variable(full({x.size(-1)}, value, x.dtype(), x.device()));
}

}  // namespace

Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias, double eps) {
  if (x.rank() == 0) fail<ShapeError>("layer_norm: expected at least one axis, got a scalar");
  return apply(LayerNorm{eps}, x, or_constant(weight, 1, x), or_constant(bias, 0, x))[0];
}

Variable rms_norm(const Variable& x, const Variable& weight, double eps) {
  if (x.rank() == 0) fail<ShapeError>("rms_norm: expected at least one axis, got a scalar");
  return apply(RmsNorm{eps}, x, or_constant(weight, 1, x))[0];
}

template const OpEntry& entry_of<LayerNorm>();
template const OpEntry& entry_of<RmsNorm>();

}  // namespace cadena

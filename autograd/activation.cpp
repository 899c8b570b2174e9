#include "autograd/activation.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/exponential.h"
#include "autograd/rounding.h"
#include "tensor/compare.h"

namespace cadena {

/// dy/dx = [x > 0]; the subgradient at 0 is 0.
struct Relu {
  static constexpr auto name = "relu";
  static constexpr auto formula = R"(y = \max(x, 0))";

  Tensor forward(const Tensor& x) const { return relu(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return where(le(y.value(), 0), 0, dy); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return where(le(y.value(), 0), 0, dx); }

  static Samples<Relu> samples() {
    Draw draw(name);
    return {{"", {}, {draw.away_from_zero({2, 3})}}, {"# empty", {}, {draw.normal({2, 0})}}};
  }
  static WrongRules<Relu> wrong() {
    using enum WrongRule<Relu>::Mode;
    return {{"lets everything through", vjp, 0, [](const Relu&, const RuleContext& c) { return c.cot(); }},
            {"the negative half", vjp, 0,
             [](const Relu&, const RuleContext& c) { return where(le(c.res().value(), 0), c.cot(), 0); }},
            {"multiplies by y", jvp, 0, [](const Relu&, const RuleContext& c) { return c.tan() * c.res(); }}};
  }
};

/// dy/dx = 1 for x > 0, the slope a elsewhere, at 0 too.
struct LeakyRelu {
  static constexpr auto name = "leaky_relu";
  static constexpr auto formula = R"(y = \max(x, 0) + a \min(x, 0))";
  double slope;

  Tensor forward(const Tensor& x) const { return leaky_relu(x, slope); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return where(gt(x.value(), 0), dy, dy * slope); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return where(gt(x.value(), 0), dx, dx * slope); }

  static Samples<LeakyRelu> samples() {
    Draw draw(name);
    return {{"slope=0.2", {0.2}, {draw.away_from_zero({2, 3})}}, {"slope=-1.5", {-1.5}, {draw.away_from_zero({3})}}};
  }
  static WrongRules<LeakyRelu> wrong() {
    using enum WrongRule<LeakyRelu>::Mode;
    return {
        {"relu's rule", vjp, 0,
         [](const LeakyRelu&, const RuleContext& c) { return where(gt(c.arg(0).value(), 0), c.cot(), 0); }},
        {"the branches swapped", vjp, 0,
         [](const LeakyRelu& op, const RuleContext& c) {
           return where(gt(c.arg(0).value(), 0), c.cot() * op.slope, c.cot());
         }},
        {"the slope everywhere", jvp, 0, [](const LeakyRelu& op, const RuleContext& c) { return c.tan() * op.slope; }}};
  }
};

/// dy/dx = 1 for x > 0, α e^x elsewhere, at 0 too. The exponent is cut at 0, so that the branch not taken stays finite.
struct Elu {
  static constexpr auto name = "elu";
  static constexpr auto formula = R"(y = \max(x, 0) + \alpha\,(e^{\min(x, 0)} - 1))";
  double alpha;

  Tensor forward(const Tensor& x) const { return elu(x, alpha); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return times_slope(dy, x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return times_slope(dx, x); }

  Variable times_slope(const Variable& u, const Variable& x) const {
    return where(gt(x.value(), 0), u, u * (exp(clamp_max(x, 0)) * alpha));
  }

  static Samples<Elu> samples() {
    Draw draw(name);
    return {{"alpha=1.0", {1}, {draw.away_from_zero({2, 3})}}, {"alpha=0.7", {0.7}, {draw.away_from_zero({2, 3})}}};
  }
  static WrongRules<Elu> wrong() {
    using enum WrongRule<Elu>::Mode;
    return {
        {"forgets α", vjp, 0, [](const Elu&, const RuleContext& c) { return Elu{1}.times_slope(c.cot(), c.arg(0)); }},
        {"takes y for x", vjp, 0, [](const Elu& op, const RuleContext& c) { return op.times_slope(c.cot(), c.res()); }},
        {"relu's rule", jvp, 0,
         [](const Elu&, const RuleContext& c) { return where(gt(c.arg(0).value(), 0), c.tan(), 0); }}};
  }
};

/// dy/dx = y (1 - y).
struct Sigmoid {
  static constexpr auto name = "sigmoid";
  static constexpr auto formula = R"(y = 1 / (1 + e^{-x}))";

  Tensor forward(const Tensor& x) const { return sigmoid(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy * (y * (1 - y)); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx * (y * (1 - y)); }

  static Samples<Sigmoid> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Sigmoid> wrong() {
    using enum WrongRule<Sigmoid>::Mode;
    return {
        {"takes x for y", vjp, 0,
         [](const Sigmoid&, const RuleContext& c) { return c.cot() * (c.arg(0) * (1 - c.arg(0))); }},
        {"forgets the factor 1 - y", vjp, 0, [](const Sigmoid&, const RuleContext& c) { return c.cot() * c.res(); }},
        {"the derivative of tanh", jvp, 0,
         [](const Sigmoid&, const RuleContext& c) { return c.tan() * (1 - c.res() * c.res()); }}};
  }
};

/// dy/dx = e^x / (1 + e^x) = sigmoid(x).
struct Softplus {
  static constexpr auto name = "softplus";
  static constexpr auto formula = R"(y = \ln(1 + e^x))";

  Tensor forward(const Tensor& x) const { return softplus(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * sigmoid(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * sigmoid(x); }

  static Samples<Softplus> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Softplus> wrong() {
    using enum WrongRule<Softplus>::Mode;
    return {{"takes y for x", vjp, 0, [](const Softplus&, const RuleContext& c) { return c.cot() * sigmoid(c.res()); }},
            {"the derivative for large x", vjp, 0, [](const Softplus&, const RuleContext& c) { return c.cot(); }}};
  }
};

/// With s = sigmoid(x): dy/dx = s + x s (1 - s) = s (1 + x (1 - s)).
struct Silu {
  static constexpr auto name = "silu";
  static constexpr auto formula = R"(y = x / (1 + e^{-x}))";

  Tensor forward(const Tensor& x) const { return silu(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * slope(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * slope(x); }

  static Variable slope(const Variable& x) {
    const Variable s = sigmoid(x);
    return s * (1 + x * (1 - s));
  }

  static Samples<Silu> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Silu> wrong() {
    using enum WrongRule<Silu>::Mode;
    return {{"drops the term x s (1 - s)", vjp, 0,
             [](const Silu&, const RuleContext& c) { return c.cot() * sigmoid(c.arg(0)); }},
            {"takes y for x", vjp, 0, [](const Silu&, const RuleContext& c) { return c.cot() * slope(c.res()); }},
            {"y for s", jvp, 0,
             [](const Silu&, const RuleContext& c) { return c.tan() * (c.res() * (1 + c.arg(0) * (1 - c.res()))); }}};
  }
};

Variable relu(const Variable& x) { return apply(Relu{}, x); }
Variable leaky_relu(const Variable& x, double slope) { return apply(LeakyRelu{slope}, to_float(x)); }
Variable elu(const Variable& x, double alpha) { return apply(Elu{alpha}, to_float(x)); }
Variable sigmoid(const Variable& x) { return apply(Sigmoid{}, to_float(x)); }
Variable softplus(const Variable& x) { return apply(Softplus{}, to_float(x)); }
Variable log_sigmoid(const Variable& x) { return -softplus(-to_float(x)); }
Variable silu(const Variable& x) { return apply(Silu{}, to_float(x)); }

template const OpEntry& entry_of<Relu>();
template const OpEntry& entry_of<LeakyRelu>();
template const OpEntry& entry_of<Elu>();
template const OpEntry& entry_of<Sigmoid>();
template const OpEntry& entry_of<Softplus>();
template const OpEntry& entry_of<Silu>();

}  // namespace cadena

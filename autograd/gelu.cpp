#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/exponential.h"
#include "autograd/power.h"
#include "autograd/rounding.h"

namespace cadena {

namespace {

constexpr double kSqrt2OverPi = 0.79788456080286535588;
constexpr double kInvSqrt2Pi = 0.39894228040143267794;
constexpr double kCubic = 0.044715;

}  // namespace

/// dy/dx has an op of its own, one kernel that stays finite where the factors of its formula overflow.
struct Gelu {
  static constexpr auto name = "gelu";
  static constexpr auto formula = R"(y = x\,\Phi(x))";
  GeluForm form;

  Tensor forward(const Tensor& x) const { return gelu(x, form); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * gelu_slope(x, form); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * gelu_slope(x, form); }

  static Samples<Gelu> samples() {
    Draw draw(name);
    return {{"form='exact'", {GeluForm::exact}, {draw.normal({2, 3})}},
            {"form='tanh'", {GeluForm::tanh}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Gelu> wrong() {
    using enum WrongRule<Gelu>::Mode;
    return {{"drops the term x φ(x)", vjp, 0,
             [](const Gelu&, const RuleContext& c) { return c.cot() * (c.res() / c.arg(0)); }},
            {"takes y for x", vjp, 0,
             [](const Gelu& op, const RuleContext& c) { return c.cot() * gelu_slope(c.res(), op.form); }},
            {"the derivative of silu", jvp, 0, [](const Gelu&, const RuleContext& c) {
               const Variable s = sigmoid(c.arg(0));
               return c.tan() * (s * (1 + c.arg(0) * (1 - s)));
             }}};
  }
};

/// y = (x Φ(x))' = Φ(x) + x φ(x). Since φ' = -x φ,
///     dy/dx = φ + φ - x^2 φ = (2 - x^2) φ.
/// In the tanh form Φ is s = sigmoid(v), v = 2 sqrt(2/π) (x + 0.044715 x^3). With s' = s (1 - s), s'' = s' (1 - 2 s),
///     dy/dx = (x s(v))'' = s' (2 v' + x (v'^2 (1 - 2 s) + v'')).
/// Both vanish for large |x|. There x is cut, so that no factor overflows, in f16 either.
struct GeluSlope {
  static constexpr auto name = "gelu_slope";
  static constexpr auto formula = R"(y = \Phi(x) + x\,\varphi(x))";
  GeluForm form;

  Tensor forward(const Tensor& x) const { return gelu_slope(x, form); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * slope(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * slope(x); }

  Variable slope(const Variable& x) const {
    return form == GeluForm::exact ? exact_slope(clamp(x, -40, 40)) : tanh_slope(clamp(x, -10, 10));
  }
  static Variable exact_slope(const Variable& x) {
    const Variable x2 = square(x);
    return (2 - x2) * (exp(x2 * -0.5) * kInvSqrt2Pi);
  }
  static Variable tanh_slope(const Variable& x) {
    const Variable x2 = square(x);
    const Variable s = sigmoid(x * (1 + x2 * kCubic) * (2 * kSqrt2OverPi));
    const Variable dv = (1 + x2 * (3 * kCubic)) * (2 * kSqrt2OverPi);
    const Variable ddv = x * (12 * kCubic * kSqrt2OverPi);
    return s * (1 - s) * (dv * 2 + x * (square(dv) * (1 - s * 2) + ddv));
  }

  static Samples<GeluSlope> samples() {
    Draw draw(name);
    return {{"form='exact'", {GeluForm::exact}, {draw.normal({2, 3})}},
            {"form='tanh'", {GeluForm::tanh}, {draw.normal({2, 3})}}};
  }
  static WrongRules<GeluSlope> wrong() {
    using enum WrongRule<GeluSlope>::Mode;
    return {{"counts φ once", vjp, 0,
             [](const GeluSlope&, const RuleContext& c) {
               const Variable x2 = square(c.arg(0));
               return c.cot() * ((1 - x2) * (exp(x2 * -0.5) * kInvSqrt2Pi));
             }},
            {"takes y for x", vjp, 0,
             [](const GeluSlope& op, const RuleContext& c) { return c.cot() * op.slope(c.res()); }},
            {"the slope itself instead of its derivative", jvp, 0,
             [](const GeluSlope&, const RuleContext& c) { return c.tan() * c.res(); }}};
  }
};

Variable gelu(const Variable& x, GeluForm form) { return apply(Gelu{form}, to_float(x)); }
Variable gelu_slope(const Variable& x, GeluForm form) { return apply(GeluSlope{form}, to_float(x)); }

template const OpEntry& entry_of<Gelu>();
template const OpEntry& entry_of<GeluSlope>();

}  // namespace cadena

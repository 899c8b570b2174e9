#include "autograd/trigonometric.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/exponential.h"
#include "autograd/power.h"
#include "tensor/trigonometric.h"

namespace cadena {
namespace {

constexpr double kTwoOverSqrtPi = 1.1283791670955125739;

}  // namespace

/// dy/dx = cos x.
struct Sin {
  static constexpr auto name = "sin";
  static constexpr auto formula = R"(y = \sin x)";

  Tensor forward(const Tensor& x) const { return sin(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * cos(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * cos(x); }

  static Samples<Sin> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Sin> wrong() {
    using enum WrongRule<Sin>::Mode;
    return {
        {"sin instead of cos", vjp, 0, [](const Sin&, const RuleContext& c) { return c.cot() * c.res(); }},
        {"cos y instead of cos x", vjp, 0, [](const Sin&, const RuleContext& c) { return c.cot() * cos(c.res()); }}};
  }
};

/// dy/dx = -sin x.
struct Cos {
  static constexpr auto name = "cos";
  static constexpr auto formula = R"(y = \cos x)";

  Tensor forward(const Tensor& x) const { return cos(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return -(dy * sin(x)); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return -(dx * sin(x)); }

  static Samples<Cos> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Cos> wrong() {
    using enum WrongRule<Cos>::Mode;
    return {{"the sign of sin", vjp, 0, [](const Cos&, const RuleContext& c) { return c.cot() * sin(c.arg(0)); }},
            {"cos instead of sin", vjp, 0, [](const Cos&, const RuleContext& c) { return -(c.cot() * c.res()); }}};
  }
};

/// dy/dx = 1 - y^2.
struct Tanh {
  static constexpr auto name = "tanh";
  static constexpr auto formula = R"(y = \tanh x)";

  Tensor forward(const Tensor& x) const { return tanh(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy * (1 - square(y)); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx * (1 - square(y)); }

  static Samples<Tanh> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Tanh> wrong() {
    using enum WrongRule<Tanh>::Mode;
    return {
        {"takes x for y", vjp, 0, [](const Tanh&, const RuleContext& c) { return c.cot() * (1 - square(c.arg(0))); }},
        {"forgets the square", vjp, 0, [](const Tanh&, const RuleContext& c) { return c.cot() * (1 - c.res()); }},
        {"drops y^2", jvp, 0, [](const Tanh&, const RuleContext& c) { return c.tan(); }}};
  }
};

/// dy/dx = 2 / sqrt(π) e^(-x^2).
struct Erf {
  static constexpr auto name = "erf";
  static constexpr auto formula = R"(y = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2}\,dt)";

  Tensor forward(const Tensor& x) const { return erf(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * (exp(-square(x)) * kTwoOverSqrtPi); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * (exp(-square(x)) * kTwoOverSqrtPi); }

  static Samples<Erf> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Erf> wrong() {
    using enum WrongRule<Erf>::Mode;
    return {{"takes y for x", vjp, 0,
             [](const Erf&, const RuleContext& c) { return c.cot() * (exp(-square(c.res())) * kTwoOverSqrtPi); }},
            {"forgets the normalization", vjp, 0,
             [](const Erf&, const RuleContext& c) { return c.cot() * exp(-square(c.arg(0))); }},
            {"forgets the square", vjp, 0,
             [](const Erf&, const RuleContext& c) { return c.cot() * (exp(-c.arg(0)) * kTwoOverSqrtPi); }}};
  }
};

Variable sin(const Variable& x) { return apply(Sin{}, to_float(x)); }
Variable cos(const Variable& x) { return apply(Cos{}, to_float(x)); }
Variable tanh(const Variable& x) { return apply(Tanh{}, to_float(x)); }
Variable erf(const Variable& x) { return apply(Erf{}, to_float(x)); }

template const OpEntry& entry_of<Sin>();
template const OpEntry& entry_of<Cos>();
template const OpEntry& entry_of<Tanh>();
template const OpEntry& entry_of<Erf>();

}  // namespace cadena

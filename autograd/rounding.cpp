#include "autograd/rounding.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/factories.h"
#include "tensor/rounding.h"

namespace cadena {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

/// dy/dx = sign(x); the subgradient at 0 is 0.
struct Abs {
  static constexpr auto name = "abs";
  static constexpr auto formula = R"(y = |x|)";

  Tensor forward(const Tensor& x) const { return abs(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * sign(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * sign(x); }

  static Samples<Abs> samples() {
    Draw draw(name);
    return {{"", {}, {draw.away_from_zero({2, 3})}}};
  }
  static WrongRules<Abs> wrong() {
    using enum WrongRule<Abs>::Mode;
    return {
        {"lets everything through", vjp, 0, [](const Abs&, const RuleContext& c) { return c.cot(); }},
        {"the sign of the output", vjp, 0, [](const Abs&, const RuleContext& c) { return c.cot() * sign(c.res()); }},
        {"x instead of its sign", jvp, 0, [](const Abs&, const RuleContext& c) { return c.tan() * c.arg(0); }}};
  }
};

/// dy/dx = [low <= x <= high]: 1 at the bounds too, where the subgradients are all of [0, 1].
struct Clamp {
  static constexpr auto name = "clamp";
  static constexpr auto formula = R"(y = \min(\max(x, l), h))";
  double low;
  double high;

  Tensor forward(const Tensor& x) const { return clamp(x, low, high); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return where(inside(x), dy, 0); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return where(inside(x), dx, 0); }

  Tensor inside(const Variable& x) const { return logical_and(ge(x.value(), low), le(x.value(), high)); }

  static Samples<Clamp> samples() {
    Draw draw(name);
    const auto three_regions = [&] { return draw.away_from_zero({2, 3}, 0.3) * tensor({0.3, 1, 2}, Dtype::f64); };
    return {{"low=-0.25, high=0.25", {-0.25, 0.25}, {three_regions()}},
            {"low=-inf, high=0.0", {-kInfinity, 0}, {three_regions()}},
            {"low=0.0, high=inf", {0, kInfinity}, {three_regions()}}};
  }
  static WrongRules<Clamp> wrong() {
    using enum WrongRule<Clamp>::Mode;
    return {{"lets everything through", vjp, 0, [](const Clamp&, const RuleContext& c) { return c.cot(); }},
            {"forgets the upper bound", vjp, 0,
             [](const Clamp& op, const RuleContext& c) { return where(ge(c.arg(0).value(), op.low), c.cot(), 0); }},
            {"forgets the lower bound", vjp, 0,
             [](const Clamp& op, const RuleContext& c) { return where(le(c.arg(0).value(), op.high), c.cot(), 0); }},
            {"takes y for x", jvp, 0,
             [](const Clamp& op, const RuleContext& c) { return where(op.inside(c.res()), c.tan(), 0); }}};
  }
};

Variable abs(const Variable& x) { return apply(Abs{}, x); }

Variable sign(const Variable& x) { return Variable(sign(x.value())); }
Variable round(const Variable& x) { return Variable(round(x.value())); }
Variable floor(const Variable& x) { return Variable(floor(x.value())); }
Variable ceil(const Variable& x) { return Variable(ceil(x.value())); }

Variable clamp(const Variable& x, Number low, Number high) {
  if (!is_floating(x.dtype())) return Variable(clamp(x.value(), low, high));
  return apply(Clamp{low.as<double>(), high.as<double>()}, x);
}

Variable clamp_min(const Variable& x, Number low) {
  if (!is_floating(x.dtype())) return Variable(clamp_min(x.value(), low));
  return apply(Clamp{low.as<double>(), kInfinity}, x);
}

Variable clamp_max(const Variable& x, Number high) {
  if (!is_floating(x.dtype())) return Variable(clamp_max(x.value(), high));
  return apply(Clamp{-kInfinity, high.as<double>()}, x);
}

template const OpEntry& entry_of<Abs>();
template const OpEntry& entry_of<Clamp>();

}  // namespace cadena

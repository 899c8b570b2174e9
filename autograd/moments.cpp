#include "autograd/moments.h"

#include <algorithm>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/reduce.h"
#include "autograd/reduction.h"
#include "tensor/compare.h"
#include "tensor/moments.h"

namespace cadena {
namespace {

Variable centred(const Variable& x, const Axes& axes) { return x - mean(x, axes, true); }

double degrees(const Axes& axes, double correction, const Shape& shape) {
  return std::max(0.0, static_cast<double>(reduced_count(axes, shape)) - correction);
}

/// 1 / s, and 0 where s is 0: the subgradient of the square root of a variance at its kink.
Variable inverse_or_zero(const Variable& s) {
  const Tensor is_zero = eq(s.value(), 0);
  return where(is_zero, 0, 1 / where(is_zero, 1, s));
}

}  // namespace

/// dv = 2/(n - c) sum (x - mean) (dx - mean dx) = 2/(n - c) sum (x - mean) dx, as the first factor sums to 0.
struct Var {
  static constexpr auto name = "var";
  static constexpr auto formula = R"(v = \frac{1}{n - c} \sum_i (x_i - \bar x)^2)";
  Axes axes;
  double correction;

  Tensor forward(const Tensor& x) const { return var(x, axes, correction); }

  Variable vjp(Wrt<0>, Cot dv, Arg<0> x) const { return spread(dv, axes, x.shape()) * gradient(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return sum(gradient(x) * dx, axes); }

  Variable gradient(const Variable& x) const { return centred(x, axes) * (2 / degrees(axes, correction, x.shape())); }

  static Samples<Var> samples() {
    Draw draw(name);
    return {{"axes=(), correction=1.0", {{}, 1}, {draw.normal({2, 3})}},
            {"axes=(0, 2), correction=0.0", {{0, 2}, 0}, {draw.normal({2, 3, 4})}},
            {"axes=(1,), correction=1.0", {1, 1}, {draw.normal({0, 3})}}};
  }
  static WrongRules<Var> wrong() {
    using enum WrongRule<Var>::Mode;
    return {{"forgets the mean", vjp, 0,
             [](const Var& op, const RuleContext& c) {
               const double scale = 2 / degrees(op.axes, op.correction, c.meta(0).shape);
               return spread(c.cot(), op.axes, c.meta(0).shape) * c.arg(0) * scale;
             }},
            {"divides by n in place of n - c", vjp, 0,
             [](const Var& op, const RuleContext& c) {
               return spread(c.cot(), op.axes, c.meta(0).shape) * Var{op.axes, 0}.gradient(c.arg(0));
             }},
            {"forgets the factor 2 of the square", jvp, 0, [](const Var& op, const RuleContext& c) {
               const double scale = 1 / degrees(op.axes, op.correction, c.meta(0).shape);
               return sum(centred(c.arg(0), op.axes) * c.tan() * scale, op.axes);
             }}};
  }
};

/// s = sqrt(v): ds = dv / (2 s) = 1/((n - c) s) sum (x - mean) dx, and 0 where s = 0.
struct Stddev {
  static constexpr auto name = "stddev";
  static constexpr auto formula = R"(s = \sqrt{\frac{1}{n - c} \sum_i (x_i - \bar x)^2})";
  Axes axes;
  double correction;

  Tensor forward(const Tensor& x) const { return stddev(x, axes, correction); }

  Variable vjp(Wrt<0>, Cot ds, Arg<0> x, Res<> s) const {
    return spread(ds * slope(s, x.shape()), axes, x.shape()) * centred(x, axes);
  }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> s) const {
    return slope(s, x.shape()) * sum(centred(x, axes) * dx, axes);
  }

  Variable slope(const Variable& s, const Shape& shape) const {
    return inverse_or_zero(s) / degrees(axes, correction, shape);
  }

  static Samples<Stddev> samples() {
    Draw draw(name);
    return {{"axes=(), correction=1.0", {{}, 1}, {draw.normal({2, 3})}},
            {"axes=(0, 2), correction=0.0", {{0, 2}, 0}, {draw.normal({2, 3, 4})}},
            {"axes=(1,), correction=1.0", {1, 1}, {draw.normal({0, 3})}}};
  }
  static WrongRules<Stddev> wrong() {
    using enum WrongRule<Stddev>::Mode;
    return {{"forgets the mean", vjp, 0,
             [](const Stddev& op, const RuleContext& c) {
               const Shape& shape = c.meta(0).shape;
               return spread(c.cot() * op.slope(c.res(), shape), op.axes, shape) * c.arg(0);
             }},
            {"the derivative of the variance", vjp, 0,
             [](const Stddev& op, const RuleContext& c) {
               return spread(c.cot(), op.axes, c.meta(0).shape) * Var{op.axes, op.correction}.gradient(c.arg(0));
             }},
            {"multiplies by s instead of dividing", jvp, 0, [](const Stddev& op, const RuleContext& c) {
               const Variable slope = c.res() / degrees(op.axes, op.correction, c.meta(0).shape);
               return slope * sum(centred(c.arg(0), op.axes) * c.tan(), op.axes);
             }}};
  }
};

Variable var(const Variable& x, const Axes& axes, double correction, bool keep_dims) {
  return with_dims("var", apply(Var{axes, correction}, to_float(x)), axes, x.shape(), keep_dims);
}

Variable stddev(const Variable& x, const Axes& axes, double correction, bool keep_dims) {
  return with_dims("stddev", apply(Stddev{axes, correction}, to_float(x)), axes, x.shape(), keep_dims);
}

template const OpEntry& entry_of<Var>();
template const OpEntry& entry_of<Stddev>();

}  // namespace cadena

#include "autograd/norm.h"

#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/extremum.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "autograd/reduction.h"
#include "autograd/rounding.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/norm.h"

namespace cadena {

/// y^2 = sum x_i^2, so y dy = sum x_i dx_i: the gradient is the unit vector along x, and 0 at x = 0.
struct Norm {
  static constexpr auto name = "norm";
  static constexpr auto formula = R"(y = \sqrt{\sum_i x_i^2})";
  Axes axes;

  Tensor forward(const Tensor& x) const { return norm(x, axes); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return spread(dy, axes, x.shape()) * unit(x, y); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return sum(unit(x, y) * dx, axes); }

  Variable unit(const Variable& x, const Variable& y) const {
    const Variable divisor = where(eq(y.value(), 0), 1, y);  // x is 0 there
    return x / spread(divisor, axes, x.shape());
  }

  static Samples<Norm> samples() {
    Draw draw(name);
    return {{"axes=()", {}, {draw.normal({2, 3})}},
            {"axes=(0, 2)", {{0, 2}}, {draw.normal({2, 3, 4})}},
            {"axes=(-1,)", {-1}, {draw.away_from_zero({3, 1})}},
            {"axes=(1,)", {1}, {draw.normal({0, 3})}}};
  }
  static WrongRules<Norm> wrong() {
    using enum WrongRule<Norm>::Mode;
    return {{"forgets to divide by the norm", vjp, 0,
             [](const Norm& op, const RuleContext& c) { return spread(c.cot(), op.axes, c.meta(0).shape) * c.arg(0); }},
            {"divides by the squared norm", vjp, 0,
             [](const Norm& op, const RuleContext& c) {
               return spread(c.cot() / c.res(), op.axes, c.meta(0).shape) * op.unit(c.arg(0), c.res());
             }},
            {"the norm of the tangent", jvp, 0,
             [](const Norm& op, const RuleContext& c) { return norm(c.tan(), op.axes); }}};
  }
};

Variable norm(const Variable& x, const Axes& axes, double p, bool keep_dims) {
  if (std::isnan(p)) fail<ValueError>("norm: p is NaN");
  if (p == 2) return with_dims("norm", apply(Norm{axes}, to_float(x)), axes, x.shape(), keep_dims);
  if (p == 0) return Variable(norm(x.value(), axes, 0, keep_dims));  // a count: its derivative is 0
  const Variable magnitude = abs(to_float(x));
  if (p == 1) return sum(magnitude, axes, keep_dims);
  if (std::isinf(p)) return p > 0 ? max(magnitude, axes, keep_dims) : min(magnitude, axes, keep_dims);
  return pow(sum(pow(magnitude, p), axes, keep_dims), 1 / p);
}

template const OpEntry& entry_of<Norm>();

}  // namespace cadena

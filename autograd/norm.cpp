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
#include "tensor/reduce.h"

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
    const Variable divisor = where(eq(y.value(), 0), 1, y);  // x is 0 there, or too small to be squared
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
  const Variable given = to_float(x);
  if (p == 1) return sum(abs(given), axes, keep_dims);
  if (std::isinf(p)) return p > 0 ? max(abs(given), axes, keep_dims) : min(abs(given), axes, keep_dims);
  // In f64, as the header says. Zeros are left out before each power, so that no derivative there is infinite.
  const Variable wide = cast(given, Dtype::f64);
  const Tensor is_zero = eq(wide.value(), 0);
  const Variable powers = pow(abs(where(is_zero, 1, wide)), p);
  const Variable total = sum(p > 0 ? where(is_zero, 0, powers) : powers, axes, keep_dims);
  const Tensor vanishes = p > 0 ? eq(total.value(), 0) : any(is_zero, axes, keep_dims);
  return cast(where(vanishes, 0, pow(where(vanishes, 1, total), 1 / p)), given.dtype());
}

template const OpEntry& entry_of<Norm>();

}  // namespace cadena

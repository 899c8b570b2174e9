#include "autograd/power.h"

#include <cmath>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/exponential.h"
#include "tensor/compare.h"
#include "tensor/factories.h"
#include "tensor/power.h"

namespace cadena {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

/// dy/dx = 1 / (2 y), infinite at 0.
struct Sqrt {
  static constexpr auto name = "sqrt";
  static constexpr auto formula = R"(y = \sqrt x)";

  Tensor forward(const Tensor& x) const { return sqrt(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy / (y * 2); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx / (y * 2); }

  static Samples<Sqrt> samples() {
    Draw draw(name);
    return {{"", {}, {draw.uniform({2, 3}, 0.5, 3)}}};
  }
  static WrongRules<Sqrt> wrong() {
    using enum WrongRule<Sqrt>::Mode;
    return {{"x instead of y", vjp, 0, [](const Sqrt&, const RuleContext& c) { return c.cot() / (c.arg(0) * 2); }},
            {"forgets the 2", vjp, 0, [](const Sqrt&, const RuleContext& c) { return c.cot() / c.res(); }},
            {"multiplies", jvp, 0, [](const Sqrt&, const RuleContext& c) { return c.tan() * c.res() / 2; }}};
  }
};

/// dy/dx = -x^(-3/2) / 2 = -y^3 / 2, infinite at 0.
struct Rsqrt {
  static constexpr auto name = "rsqrt";
  static constexpr auto formula = R"(y = 1 / \sqrt x)";

  Tensor forward(const Tensor& x) const { return rsqrt(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy * (y * square(y) * -0.5); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx * (y * square(y) * -0.5); }

  static Samples<Rsqrt> samples() {
    Draw draw(name);
    return {{"", {}, {draw.uniform({2, 3}, 0.5, 3)}}};
  }
  static WrongRules<Rsqrt> wrong() {
    using enum WrongRule<Rsqrt>::Mode;
    return {{"y^2 instead of y^3", vjp, 0,
             [](const Rsqrt&, const RuleContext& c) { return c.cot() * (square(c.res()) * -0.5); }},
            {"the sign", vjp, 0,
             [](const Rsqrt&, const RuleContext& c) { return c.cot() * (c.res() * square(c.res()) * 0.5); }},
            {"x^3 instead of y^3", vjp, 0,
             [](const Rsqrt&, const RuleContext& c) { return c.cot() * (c.arg(0) * square(c.arg(0)) * -0.5); }}};
  }
};

/// dy/dx = -1 / x^2 = -y^2.
struct Reciprocal {
  static constexpr auto name = "reciprocal";
  static constexpr auto formula = R"(y = 1 / x)";

  Tensor forward(const Tensor& x) const { return reciprocal(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return -(dy * square(y)); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return -(dx * square(y)); }

  static Samples<Reciprocal> samples() {
    Draw draw(name);
    return {{"", {}, {draw.away_from_zero({2, 3}, 0.5)}}};
  }
  static WrongRules<Reciprocal> wrong() {
    using enum WrongRule<Reciprocal>::Mode;
    return {{"the sign", vjp, 0, [](const Reciprocal&, const RuleContext& c) { return c.cot() * square(c.res()); }},
            {"y instead of y^2", vjp, 0, [](const Reciprocal&, const RuleContext& c) { return -(c.cot() * c.res()); }},
            {"x^2 instead of y^2", jvp, 0,
             [](const Reciprocal&, const RuleContext& c) { return -(c.tan() * square(c.arg(0))); }}};
  }
};

/// dy/dx = 2 x.
struct Square {
  static constexpr auto name = "square";
  static constexpr auto formula = R"(y = x^2)";

  Tensor forward(const Tensor& x) const { return square(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * 2; }

  static Samples<Square> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Square> wrong() {
    using enum WrongRule<Square>::Mode;
    return {{"forgets the 2", vjp, 0, [](const Square&, const RuleContext& c) { return c.cot() * c.arg(0); }},
            {"y instead of x", vjp, 0, [](const Square&, const RuleContext& c) { return c.cot() * c.res() * 2; }}};
  }
};

/// y = x^e for a host value e: dy/dx = e x^(e - 1). The case e = 0 is a constant, at x = 0 too.
struct PowNumber {
  static constexpr auto name = "pow_number";
  static constexpr auto formula = R"(y = x^e)";
  double exponent;

  Tensor forward(const Tensor& x) const { return pow(x, exponent); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return times_slope(dy, x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return times_slope(dx, x); }

  Variable times_slope(const Variable& u, const Variable& x) const {
    return exponent == 0 ? u * 0 : u * (pow(x, exponent - 1) * exponent);
  }

  static Samples<PowNumber> samples() {
    Draw draw(name);
    return {{"exponent=3.0", {3}, {draw.normal({2, 3})}},
            {"exponent=-1.5", {-1.5}, {draw.uniform({2, 3}, 0.5, 3)}},
            {"exponent=1.0", {1}, {draw.normal({3})}},
            {"exponent=0.0", {0}, {draw.normal({3})}}};
  }
  static WrongRules<PowNumber> wrong() {
    using enum WrongRule<PowNumber>::Mode;
    return {{"x^e instead of x^(e - 1)", vjp, 0,
             [](const PowNumber& op, const RuleContext& c) { return c.cot() * (c.res() * op.exponent); }},
            {"forgets the factor e", vjp, 0,
             [](const PowNumber& op, const RuleContext& c) { return c.cot() * pow(c.arg(0), op.exponent - 1); }},
            {"takes y for x", jvp, 0,
             [](const PowNumber& op, const RuleContext& c) { return op.times_slope(c.tan(), c.res()); }}};
  }
};

/// y = a^b: dy/da = b a^(b - 1), dy/db = a^b ln a. Where a formula would be 0 times infinity the limit is taken, as in
/// PyTorch: dy/da = 0 at b = 0 where 1 / a is not finite, and dy/db = 0 at a = 0, b >= 0.
struct Pow {
  static constexpr auto name = "pow";
  static constexpr auto formula = R"(y = a^b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return pow(a, b); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> a, Arg<1> b) const { return dy * base_slope(a, b); }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> a, Arg<1> b, Res<> y) const { return dy * exponent_slope(a, b, y); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Arg<1> b) const { return da * base_slope(a, b); }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a, Arg<1> b, Res<> y) const { return db * exponent_slope(a, b, y); }

  Variable base_slope(const Variable& a, const Variable& b) const {
    const Tensor vanishes = logical_and(eq(b.value(), 0), logical_not(isfinite(reciprocal(a.value()))));
    return b * pow(a, where(vanishes, 1, b) - 1);
  }
  Variable exponent_slope(const Variable& a, const Variable& b, const Variable& y) const {
    const Tensor vanishes = logical_and(eq(a.value(), 0), ge(b.value(), 0));
    return y * log(where(vanishes, 1, a));
  }

  static Samples<Pow> samples() {
    Draw draw(name);
    return {{"", {}, {draw.uniform({2, 3}, 0.5, 2), draw.normal({2, 3})}},
            {"# scalars", {}, {draw.uniform({}, 0.5, 2), draw.normal({})}}};
  }
  static WrongRules<Pow> wrong() {
    using enum WrongRule<Pow>::Mode;
    return {{"a^b instead of a^(b - 1)", vjp, 0,
             [](const Pow&, const RuleContext& c) { return c.cot() * (c.arg(1) * c.res()); }},
            {"base and exponent confused", vjp, 0,
             [](const Pow& op, const RuleContext& c) { return c.cot() * op.base_slope(c.arg(1), c.arg(0)); }},
            {"forgets the factor b", jvp, 0,
             [](const Pow&, const RuleContext& c) { return c.tan() * pow(c.arg(0), c.arg(1) - 1); }},
            {"forgets the logarithm", vjp, 1, [](const Pow&, const RuleContext& c) { return c.cot() * c.res(); }},
            {"ln y instead of ln a", vjp, 1,
             [](const Pow&, const RuleContext& c) { return c.cot() * (c.res() * log(c.res())); }},
            {"the rules of a and b swapped", vjp, 1,
             [](const Pow& op, const RuleContext& c) { return c.cot() * op.base_slope(c.arg(0), c.arg(1)); }}};
  }
};

/// y = c^x for a host value c: dy/dx = y ln c. At c = 0, where y ln c would be 0 times infinity for x >= 0, it is 0.
struct NumberPow {
  static constexpr auto name = "number_pow";
  static constexpr auto formula = R"(y = c^x)";
  double base;

  Tensor forward(const Tensor& x) const { return pow(base, x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return times_slope(dy, x, y); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return times_slope(dx, x, y); }

  Variable times_slope(const Variable& u, const Variable& x, const Variable& y) const {
    if (base != 0) return u * (y * std::log(base));
    return u * (y * Variable(where(ge(x.value(), 0), 0, full_like(x.value(), -kInfinity))));
  }

  static Samples<NumberPow> samples() {
    Draw draw(name);
    return {{"base=0.5", {0.5}, {draw.normal({2, 3})}},
            {"base=3.0", {3}, {draw.normal({3})}},
            {"base=0.0", {0}, {draw.uniform({3}, 0.5, 2)}}};
  }
  static WrongRules<NumberPow> wrong() {
    using enum WrongRule<NumberPow>::Mode;
    return {
        {"the rule of x^c", vjp, 0,
         [](const NumberPow& op, const RuleContext& c) { return c.cot() * (c.arg(0) * pow(op.base, c.arg(0) - 1)); }},
        {"the rule of e^x", vjp, 0, [](const NumberPow&, const RuleContext& c) { return c.cot() * c.res(); }},
        {"x for y", jvp, 0,
         [](const NumberPow& op, const RuleContext& c) { return op.times_slope(c.tan(), c.arg(0), c.arg(0)); }}};
  }
};

Variable sqrt(const Variable& x) { return apply(Sqrt{}, to_float(x)); }
Variable rsqrt(const Variable& x) { return apply(Rsqrt{}, to_float(x)); }
Variable reciprocal(const Variable& x) { return apply(Reciprocal{}, to_float(x)); }
Variable square(const Variable& x) { return apply(Square{}, x); }

Variable pow(const Variable& a, const Variable& b) {
  const auto [u, v] = align("pow", a, b);
  return apply(Pow{}, u, v);
}

Variable pow(const Variable& x, Number exponent) {
  if (!is_floating(exponent.meet(x.dtype()))) return Variable(pow(x.value(), exponent));
  const double e = exponent.as<double>();
  if (e == 2) return square(to_float(x));
  if (e == 0.5) return sqrt(x);
  return apply(PowNumber{e}, to_float(x));
}

Variable pow(Number base, const Variable& exponent) {
  if (!is_floating(base.meet(exponent.dtype()))) return Variable(pow(base, exponent.value()));
  return apply(NumberPow{base.as<double>()}, to_float(exponent));
}

template const OpEntry& entry_of<Sqrt>();
template const OpEntry& entry_of<Rsqrt>();
template const OpEntry& entry_of<Reciprocal>();
template const OpEntry& entry_of<Square>();
template const OpEntry& entry_of<Pow>();
template const OpEntry& entry_of<PowNumber>();
template const OpEntry& entry_of<NumberPow>();

}  // namespace cadena

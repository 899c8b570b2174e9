#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "tensor/arithmetic.h"
#include "tensor/binary.h"
#include "tensor/compare.h"

namespace cadena {

namespace {

/// 0 where the operand loses, half of u where both tie, u elsewhere.
Variable split(const Variable& u, const Tensor& loses, const Tensor& ties) {
  return where(loses, 0, where(ties, u / 2, u));
}

}  // namespace

/// dy/da = [a > b], dy/db = [b > a]; where they tie, each gets one half.
struct Maximum {
  static constexpr auto name = "maximum";
  static constexpr auto formula = R"(y = \max(a, b))";

  Tensor forward(const Tensor& a, const Tensor& b) const { return maximum(a, b); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> a, Arg<1> b) const { return share(dy, a, b); }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> a, Arg<1> b) const { return share(dy, b, a); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Arg<1> b) const { return share(da, a, b); }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a, Arg<1> b) const { return share(db, b, a); }

  /// The part of u that belongs to `self`.
  static Variable share(const Variable& u, const Variable& self, const Variable& other) {
    return split(u, lt(self.value(), other.value()), eq(self.value(), other.value()));
  }

  static Samples<Maximum> samples() {
    Draw draw(name);
    const Tensor a = draw.normal({2, 3});
    return {{"", {}, {a, a + draw.away_from_zero({2, 3})}}};
  }
  static WrongRules<Maximum> wrong() {
    using enum WrongRule<Maximum>::Mode;
    return {{"gives to the one that loses", vjp, 0,
             [](const Maximum&, const RuleContext& c) { return share(c.cot(), c.arg(1), c.arg(0)); }},
            {"gives to the one that loses", vjp, 1,
             [](const Maximum&, const RuleContext& c) { return share(c.cot(), c.arg(0), c.arg(1)); }},
            {"gives to both", vjp, 0, [](const Maximum&, const RuleContext& c) { return c.cot(); }},
            {"one half everywhere", jvp, 1, [](const Maximum&, const RuleContext& c) { return c.tan() / 2; }}};
  }
};

/// dy/da = [a < b], dy/db = [b < a]; where they tie, each gets one half.
struct Minimum {
  static constexpr auto name = "minimum";
  static constexpr auto formula = R"(y = \min(a, b))";

  Tensor forward(const Tensor& a, const Tensor& b) const { return minimum(a, b); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> a, Arg<1> b) const { return share(dy, a, b); }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> a, Arg<1> b) const { return share(dy, b, a); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Arg<1> b) const { return share(da, a, b); }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a, Arg<1> b) const { return share(db, b, a); }

  /// The part of u that belongs to `self`.
  static Variable share(const Variable& u, const Variable& self, const Variable& other) {
    return split(u, gt(self.value(), other.value()), eq(self.value(), other.value()));
  }

  static Samples<Minimum> samples() {
    Draw draw(name);
    const Tensor a = draw.normal({2, 3});
    return {{"", {}, {a, a + draw.away_from_zero({2, 3})}}};
  }
  static WrongRules<Minimum> wrong() {
    using enum WrongRule<Minimum>::Mode;
    return {{"gives to the one that loses", vjp, 0,
             [](const Minimum&, const RuleContext& c) { return share(c.cot(), c.arg(1), c.arg(0)); }},
            {"gives to the one that loses", vjp, 1,
             [](const Minimum&, const RuleContext& c) { return share(c.cot(), c.arg(0), c.arg(1)); }},
            {"gives to both", vjp, 0, [](const Minimum&, const RuleContext& c) { return c.cot(); }},
            {"one half everywhere", jvp, 1, [](const Minimum&, const RuleContext& c) { return c.tan() / 2; }}};
  }
};

Variable maximum(const Variable& a, const Variable& b) {
  const auto [u, v] = align("maximum", a, b);
  return apply(Maximum{}, u, v);
}

Variable minimum(const Variable& a, const Variable& b) {
  const auto [u, v] = align("minimum", a, b);
  return apply(Minimum{}, u, v);
}

Variable maximum(const Variable& a, Number b) { return maximum(a, Variable(scalar_like(a.value(), b))); }
Variable minimum(const Variable& a, Number b) { return minimum(a, Variable(scalar_like(a.value(), b))); }

template const OpEntry& entry_of<Maximum>();
template const OpEntry& entry_of<Minimum>();

}  // namespace cadena

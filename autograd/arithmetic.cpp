#include "autograd/arithmetic.h"

#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "tensor/arithmetic.h"
#include "tensor/binary.h"

namespace cadena {

/// Both arguments are passed on unchanged, and so is what flows back.
struct Add {
  static constexpr auto name = "add";
  static constexpr auto formula = R"(y = a + b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return add(a, b); }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable vjp(Wrt<1>, Cot dy) const { return dy; }
  Variable jvp(Wrt<0>, Tan<0> da) const { return da; }
  Variable jvp(Wrt<1>, Tan<1> db) const { return db; }

  static Samples<Add> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.normal({2, 3})}}};
  }
  static WrongRules<Add> wrong() {
    using enum WrongRule<Add>::Mode;
    return {
        {"multiplies instead of adding", vjp, 0, [](const Add&, const RuleContext& c) { return c.cot() * c.cot(); }},
        {"forgets b", vjp, 1, [](const Add&, const RuleContext& c) { return c.cot() * 0; }}};
  }
};

/// dy/da = 1, dy/db = -1.
struct Sub {
  static constexpr auto name = "sub";
  static constexpr auto formula = R"(y = a - b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return sub(a, b); }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable vjp(Wrt<1>, Cot dy) const { return -dy; }
  Variable jvp(Wrt<0>, Tan<0> da) const { return da; }
  Variable jvp(Wrt<1>, Tan<1> db) const { return -db; }

  static Samples<Sub> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.normal({2, 3})}}};
  }
  static WrongRules<Sub> wrong() {
    using enum WrongRule<Sub>::Mode;
    return {{"takes b for a", vjp, 1, [](const Sub&, const RuleContext& c) { return c.cot(); }},
            {"takes a for b", vjp, 0, [](const Sub&, const RuleContext& c) { return -c.cot(); }}};
  }
};

/// dy/da = b, dy/db = a.
struct Mul {
  static constexpr auto name = "mul";
  static constexpr auto formula = R"(y = a\,b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return mul(a, b); }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> b) const { return dy * b; }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> a) const { return dy * a; }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<1> b) const { return da * b; }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a) const { return db * a; }

  static Samples<Mul> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.normal({2, 3})}}};
  }
  static WrongRules<Mul> wrong() {
    using enum WrongRule<Mul>::Mode;
    return {{"the factor itself instead of the other one", vjp, 0,
             [](const Mul&, const RuleContext& c) { return c.cot() * c.arg(0); }},
            {"the factor itself instead of the other one", vjp, 1,
             [](const Mul&, const RuleContext& c) { return c.cot() * c.arg(1); }},
            {"forgets the other factor", jvp, 0, [](const Mul&, const RuleContext& c) { return c.tan(); }}};
  }
};

/// dy/da = 1 / b, dy/db = -a / b^2 = -y / b.
struct Div {
  static constexpr auto name = "div";
  static constexpr auto formula = R"(y = a / b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return div(a, b); }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> b) const { return dy / b; }
  Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Res<> y) const { return -dy * y / b; }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<1> b) const { return da / b; }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<1> b, Res<> y) const { return -db * y / b; }

  static Samples<Div> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.away_from_zero({2, 3}, 0.5)}}};
  }
  static WrongRules<Div> wrong() {
    using enum WrongRule<Div>::Mode;
    return {{"the sign of the denominator's rule", vjp, 1,
             [](const Div&, const RuleContext& c) { return c.cot() * c.res() / c.arg(1); }},
            {"1 / b^2 without the numerator", vjp, 1,
             [](const Div&, const RuleContext& c) { return -c.cot() / c.arg(1) / c.arg(1); }},
            {"one division too few", vjp, 1, [](const Div&, const RuleContext& c) { return -c.cot() * c.res(); }},
            {"forgets to divide", vjp, 0, [](const Div&, const RuleContext& c) { return c.cot(); }}};
  }
};

/// y = -x.
struct Neg {
  static constexpr auto name = "neg";
  static constexpr auto formula = R"(y = -x)";

  Tensor forward(const Tensor& x) const { return neg(x); }

  Variable vjp(Wrt<0>, Cot dy) const { return -dy; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return -dx; }

  static Samples<Neg> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Neg> wrong() {
    using enum WrongRule<Neg>::Mode;
    return {{"forgets the sign", vjp, 0, [](const Neg&, const RuleContext& c) { return c.cot(); }}};
  }
};

/// y = x + c for a host value c.
struct AddNumber {
  static constexpr auto name = "add_number";
  static constexpr auto formula = R"(y = x + c)";
  Number c;

  Tensor forward(const Tensor& x) const { return add(x, c); }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }

  static Samples<AddNumber> samples() {
    Draw draw(name);
    return {{"c=-2.5", {-2.5}, {draw.normal({2, 3})}}, {"c=0.75", {0.75}, {draw.normal({3})}}};
  }
  static WrongRules<AddNumber> wrong() {
    using enum WrongRule<AddNumber>::Mode;
    return {{"scales by c", vjp, 0, [](const AddNumber& op, const RuleContext& at) { return at.cot() * op.c; }}};
  }
};

/// y = c x for a host value c.
struct MulNumber {
  static constexpr auto name = "mul_number";
  static constexpr auto formula = R"(y = c\,x)";
  Number c;

  Tensor forward(const Tensor& x) const { return mul(x, c); }

  Variable vjp(Wrt<0>, Cot dy) const { return dy * c; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * c; }

  static Samples<MulNumber> samples() {
    Draw draw(name);
    return {{"c=-2.5", {-2.5}, {draw.normal({2, 3})}}, {"c=0.75", {0.75}, {draw.normal({3})}}};
  }
  static WrongRules<MulNumber> wrong() {
    using enum WrongRule<MulNumber>::Mode;
    return {
        {"forgets the factor", vjp, 0, [](const MulNumber&, const RuleContext& at) { return at.cot(); }},
        {"divides by the factor", jvp, 0, [](const MulNumber& op, const RuleContext& at) { return at.tan() / op.c; }}};
  }
};

/// y = x / c for a host value c, rounded as a division.
struct DivNumber {
  static constexpr auto name = "div_number";
  static constexpr auto formula = R"(y = x / c)";
  Number c;

  Tensor forward(const Tensor& x) const { return div(x, c); }

  Variable vjp(Wrt<0>, Cot dy) const { return dy / c; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx / c; }

  static Samples<DivNumber> samples() {
    Draw draw(name);
    return {{"c=-2.5", {-2.5}, {draw.normal({2, 3})}}, {"c=0.75", {0.75}, {draw.normal({3})}}};
  }
  static WrongRules<DivNumber> wrong() {
    using enum WrongRule<DivNumber>::Mode;
    return {{"multiplies", vjp, 0, [](const DivNumber& op, const RuleContext& at) { return at.cot() * op.c; }},
            {"forgets to divide", jvp, 0, [](const DivNumber&, const RuleContext& at) { return at.tan(); }}};
  }
};

/// y = c / x for a host value c: dy/dx = -c / x^2 = -y / x.
struct NumberDiv {
  static constexpr auto name = "number_div";
  static constexpr auto formula = R"(y = c / x)";
  Number c;

  Tensor forward(const Tensor& x) const { return div(c, x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return -dy * y / x; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return -dx * y / x; }

  static Samples<NumberDiv> samples() {
    Draw draw(name);
    return {{"c=-2.5", {-2.5}, {draw.away_from_zero({2, 3}, 0.5)}}, {"c=3", {3}, {draw.away_from_zero({3}, 0.5)}}};
  }
  static WrongRules<NumberDiv> wrong() {
    using enum WrongRule<NumberDiv>::Mode;
    return {
        {"one division too few", vjp, 0, [](const NumberDiv&, const RuleContext& at) { return -at.cot() * at.res(); }},
        {"multiplies", vjp, 0,
         [](const NumberDiv&, const RuleContext& at) { return -at.cot() * at.res() * at.arg(0); }},
        {"the numerator's rule", jvp, 0, [](const NumberDiv&, const RuleContext& at) { return at.tan() / at.arg(0); }}};
  }
};

Variable add(const Variable& a, const Variable& b) {
  return with_aligned("add", a, b, [](const Variable& u, const Variable& v) { return apply(Add{}, u, v); });
}
Variable sub(const Variable& a, const Variable& b) {
  return with_aligned("sub", a, b, [](const Variable& u, const Variable& v) { return apply(Sub{}, u, v); });
}
Variable mul(const Variable& a, const Variable& b) {
  return with_aligned("mul", a, b, [](const Variable& u, const Variable& v) { return apply(Mul{}, u, v); });
}
Variable div(const Variable& a, const Variable& b) {
  const auto [u, v] = align_float("div", a, b);
  return apply(Div{}, u, v);
}
Variable neg(const Variable& x) { return apply(Neg{}, x); }

Variable add(const Variable& a, Number b) { return apply(AddNumber{b}, a); }
Variable sub(const Variable& a, Number b) { return apply(AddNumber{b.negated()}, a); }
Variable sub(Number a, const Variable& b) { return apply(AddNumber{a}, neg(b)); }
Variable mul(const Variable& a, Number b) { return apply(MulNumber{b}, a); }
Variable div(const Variable& a, Number b) { return apply(DivNumber{b}, to_float(a)); }
Variable div(Number a, const Variable& b) { return apply(NumberDiv{a}, to_float(b)); }

template const OpEntry& entry_of<Add>();
template const OpEntry& entry_of<Sub>();
template const OpEntry& entry_of<Mul>();
template const OpEntry& entry_of<Div>();
template const OpEntry& entry_of<Neg>();
template const OpEntry& entry_of<AddNumber>();
template const OpEntry& entry_of<MulNumber>();
template const OpEntry& entry_of<DivNumber>();
template const OpEntry& entry_of<NumberDiv>();

}  // namespace cadena

#include "autograd/exponential.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "tensor/exponential.h"

namespace cadena {

/// dy/dx = y.
struct Exp {
  static constexpr auto name = "exp";
  static constexpr auto formula = R"(y = e^x)";

  Tensor forward(const Tensor& x) const { return exp(x); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy * y; }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx * y; }

  static Samples<Exp> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Exp> wrong() {
    using enum WrongRule<Exp>::Mode;
    return {{"takes x for y", vjp, 0, [](const Exp&, const RuleContext& c) { return c.cot() * c.arg(0); }},
            {"forgets the factor", jvp, 0, [](const Exp&, const RuleContext& c) { return c.tan(); }}};
  }
};

/// dy/dx = e^x, which y + 1 would give with cancellation for negative x.
struct Expm1 {
  static constexpr auto name = "expm1";
  static constexpr auto formula = R"(y = e^x - 1)";

  Tensor forward(const Tensor& x) const { return expm1(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * exp(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * exp(x); }

  static Samples<Expm1> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Expm1> wrong() {
    using enum WrongRule<Expm1>::Mode;
    return {{"takes y for e^x, as if it were exp", vjp, 0,
             [](const Expm1&, const RuleContext& c) { return c.cot() * c.res(); }},
            {"e^y instead of e^x", vjp, 0, [](const Expm1&, const RuleContext& c) { return c.cot() * exp(c.res()); }}};
  }
};

/// dy/dx = 1 / x.
struct Log {
  static constexpr auto name = "log";
  static constexpr auto formula = R"(y = \ln x)";

  Tensor forward(const Tensor& x) const { return log(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy / x; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx / x; }

  static Samples<Log> samples() {
    Draw draw(name);
    return {{"", {}, {draw.uniform({2, 3}, 0.5, 3)}}};
  }
  static WrongRules<Log> wrong() {
    using enum WrongRule<Log>::Mode;
    return {{"divides by y", vjp, 0, [](const Log&, const RuleContext& c) { return c.cot() / c.res(); }},
            {"multiplies", jvp, 0, [](const Log&, const RuleContext& c) { return c.tan() * c.arg(0); }}};
  }
};

/// dy/dx = 1 / (1 + x).
struct Log1p {
  static constexpr auto name = "log1p";
  static constexpr auto formula = R"(y = \ln(1 + x))";

  Tensor forward(const Tensor& x) const { return log1p(x); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy / (x + 1); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx / (x + 1); }

  static Samples<Log1p> samples() {
    Draw draw(name);
    return {{"", {}, {draw.uniform({2, 3}, 0.5, 3)}}};
  }
  static WrongRules<Log1p> wrong() {
    using enum WrongRule<Log1p>::Mode;
    return {
        {"forgets the 1", vjp, 0, [](const Log1p&, const RuleContext& c) { return c.cot() / c.arg(0); }},
        {"1 + y instead of 1 + x", vjp, 0, [](const Log1p&, const RuleContext& c) { return c.cot() / (c.res() + 1); }}};
  }
};

Variable exp(const Variable& x) { return apply(Exp{}, to_float(x)); }
Variable expm1(const Variable& x) { return apply(Expm1{}, to_float(x)); }
Variable log(const Variable& x) { return apply(Log{}, to_float(x)); }
Variable log1p(const Variable& x) { return apply(Log1p{}, to_float(x)); }

template const OpEntry& entry_of<Exp>();
template const OpEntry& entry_of<Expm1>();
template const OpEntry& entry_of<Log>();
template const OpEntry& entry_of<Log1p>();

}  // namespace cadena

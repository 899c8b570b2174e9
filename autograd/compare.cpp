#include "autograd/compare.h"

#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "tensor/binary.h"
#include "tensor/compare.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {

/// Each argument receives what flows back where it was chosen, and 0 elsewhere.
struct Where {
  static constexpr auto name = "where";
  static constexpr auto formula = R"(y_i = c_i \mathbin{?} a_i : b_i)";
  using constants = Constant<0>;

  Tensor forward(const Tensor& condition, const Tensor& a, const Tensor& b) const { return where(condition, a, b); }

  Variable vjp(Wrt<1>, Cot dy, Arg<0> condition) const { return where(condition.value(), dy, 0); }
  Variable vjp(Wrt<2>, Cot dy, Arg<0> condition) const { return where(condition.value(), 0, dy); }
  Variable jvp(Wrt<1>, Tan<1> da, Arg<0> condition) const { return where(condition.value(), da, 0); }
  Variable jvp(Wrt<2>, Tan<2> db, Arg<0> condition) const { return where(condition.value(), 0, db); }

  static Samples<Where> samples() {
    Draw draw(name);
    const auto mask = [](std::initializer_list<double> values) {
      return reshape(tensor(values, Dtype::boolean), {2, 3});
    };
    return {{"", {}, {mask({1, 0, 0, 1, 0, 1}), draw.normal({2, 3}), draw.normal({2, 3})}}};
  }
  static WrongRules<Where> wrong() {
    using enum WrongRule<Where>::Mode;
    return {{"the branches swapped", vjp, 1,
             [](const Where&, const RuleContext& c) { return where(c.arg(0).value(), 0, c.cot()); }},
            {"the branches swapped", vjp, 2,
             [](const Where&, const RuleContext& c) { return where(c.arg(0).value(), c.cot(), 0); }},
            {"forgets the condition", vjp, 1, [](const Where&, const RuleContext& c) { return c.cot(); }},
            {"forgets the condition", jvp, 2, [](const Where&, const RuleContext& c) { return c.tan(); }}};
  }
};

Variable where(const Tensor& condition, const Variable& a, const Variable& b) {
  const auto [u, v] = align("where", a, b);
  const Shape shape = broadcast_shapes("where", condition.shape(), u.shape());
  return apply(Where{}, Variable(broadcast_to(condition, shape)), broadcast_to(u, shape), broadcast_to(v, shape));
}

Variable where(const Tensor& condition, const Variable& a, Number b) {
  return where(condition, a, Variable(scalar_like(a.value(), b)));
}

Variable where(const Tensor& condition, Number a, const Variable& b) {
  return where(condition, Variable(scalar_like(b.value(), a)), b);
}

template const OpEntry& entry_of<Where>();

}  // namespace cadena

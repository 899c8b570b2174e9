#include "autograd/arithmetic.h"
#include "autograd/define_op.h"
#include "autograd/transforms.h"

namespace cadena {

/// y = x, with a node of its own.
struct Identity {
  static constexpr auto name = "identity";
  static constexpr auto formula = R"(y = x)";

  Tensor forward(const Tensor& x) const { return x; }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }

  static Samples<Identity> samples() { return {{"", {}, {Draw(name).normal({2, 3})}}}; }
  static WrongRules<Identity> wrong() {
    using enum WrongRule<Identity>::Mode;
    return {{"cuts the graph", vjp, 0, [](const Identity&, const RuleContext& c) { return c.cot() * 0; }}};
  }
};

Variable identity(const Variable& x) { return apply(Identity{}, x); }

template const OpEntry& entry_of<Identity>();

}  // namespace cadena

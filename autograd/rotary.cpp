#include "autograd/rotary.h"

#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/rotary.h"

namespace cadena {

/// Each pair x_{p,i} of row p is turned: y = R x with rotations R = blockdiag(cos, -sin; sin, cos); R^T = R^-1 turns
/// back.
struct RotaryEmbedding {
  static constexpr auto name = "rotary_embedding";
  static constexpr auto formula = R"(y_{p,i} = R\bigl((p + o)\, b^{-2i/D}\bigr)\, x_{p,i})";
  i64 offset;
  double base;
  bool inverse = false;

  Tensor forward(const Tensor& x) const { return rotary_embedding(x, offset, base, inverse); }

  Variable vjp(Wrt<0>, Cot dy) const { return apply(RotaryEmbedding{offset, base, !inverse}, Variable(dy)); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return apply(*this, Variable(dx)); }

  static Samples<RotaryEmbedding> samples() {
    Draw draw(name);
    return {{"offset=0, base=10000.0, inverse=False", {0, 10000}, {draw.normal({3, 4})}},
            {"offset=5, base=10.0, inverse=True", {5, 10, true}, {draw.normal({2, 3, 6})}},
            {"offset=1, base=10.0, inverse=False", {1, 10}, {draw.normal({2, 0, 4})}}};
  }
  static WrongRules<RotaryEmbedding> wrong() {
    using enum WrongRule<RotaryEmbedding>::Mode;
    using Op = RotaryEmbedding;
    return {{"turns forward again", vjp, 0, [](const Op& op, const RuleContext& c) { return apply(op, c.cot()); }},
            {"turns backward", jvp, 0,
             [](const Op& op, const RuleContext& c) {
               return apply(Op{op.offset, op.base, !op.inverse}, c.tan());
             }},
            {"does not turn", vjp, 0, [](const Op&, const RuleContext& c) { return c.cot(); }},
            {"forgets the offset", vjp, 0, [](const Op& op, const RuleContext& c) {
               return apply(Op{0, op.base, !op.inverse}, c.cot());
             }}};
  }
};

Variable rotary_embedding(const Variable& x, i64 offset, double base) {
  return apply(RotaryEmbedding{offset, base}, x);
}

template const OpEntry& entry_of<RotaryEmbedding>();

}  // namespace cadena

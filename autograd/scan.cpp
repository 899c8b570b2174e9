#include "autograd/scan.h"

#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/scan.h"

namespace cadena {

/// y = L x with a lower triangle of ones; L^T adds up from the other end.
struct CumSum {
  static constexpr auto name = "cumsum";
  static constexpr auto formula = R"(y_i = \sum_{j \le i} x_j)";
  int axis;

  Tensor forward(const Tensor& x) const { return cumsum(x, axis); }

  Variable vjp(Wrt<0>, Cot dy) const { return flip(cumsum(flip(dy, axis), axis), axis); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return cumsum(dx, axis); }

  static Samples<CumSum> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({4, 3})}},
            {"axis=-1", {-1}, {draw.normal({2, 3, 5})}},
            {"axis=1", {1}, {draw.normal({2, 1})}},
            {"axis=2", {2}, {draw.normal({2, 0, 3})}}};
  }
  static WrongRules<CumSum> wrong() {
    using enum WrongRule<CumSum>::Mode;
    return {{"adds up from the same end", vjp, 0,
             [](const CumSum& op, const RuleContext& c) { return cumsum(c.cot(), op.axis); }},
            {"leaves the sums reversed", vjp, 0,
             [](const CumSum& op, const RuleContext& c) { return cumsum(flip(c.cot(), op.axis), op.axis); }},
            {"does not add up", jvp, 0, [](const CumSum&, const RuleContext& c) { return Variable(c.tan()); }}};
  }
};

Variable cumsum(const Variable& x, int axis) {
  normalize_axis("cumsum", axis, x.shape());
  return is_floating(x.dtype()) ? apply(CumSum{axis}, x) : Variable(cumsum(x.value(), axis));
}

template const OpEntry& entry_of<CumSum>();

}  // namespace cadena

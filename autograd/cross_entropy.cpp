#include "autograd/cross_entropy.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/reduce.h"
#include "autograd/reduction.h"
#include "autograd/softmax.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/cross_entropy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {

/// With q = (1 - ε) e_t + ε/C, which sums to 1: loss = lse(z) - q^T z, so dloss/dz = softmax(z) - q. The log-sum-exp is
/// a second output that the fused rule reads.
struct CrossEntropyOp {
  static constexpr auto name = "cross_entropy";
  static constexpr auto formula = R"(\ell = \ln \sum_c e^{z_c} - q^T z, q = (1 - \varepsilon) e_t + \varepsilon / C)";
  using constants = Constant<1>;
  using constant_outputs = Constant<1>;
  int axis;
  i64 ignore_index;
  double label_smoothing;

  std::array<Tensor, 2> forward(const Tensor& z, const Tensor& t) const {
    CrossEntropy y = cross_entropy(z, t, axis, ignore_index, label_smoothing);
    return {y.loss, y.lse};
  }

  Variable vjp(Wrt<0>, CotOf<0> dy, Arg<0> z, Arg<1> t) const {
    return counted(spread(dy, axis, z.shape()), t.value()) * gradient(z, t.value());
  }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dz, Arg<0> z, Arg<1> t) const {
    return {sum(gradient(z, t.value()) * counted(dz, t.value()), axis), Variable()};
  }

  std::array<Tensor, 2> vjp_all(Mask<2>, CotOf<0> dy, Arg<0> z, Arg<1> t, Res<1> lse) const {
    return {cross_entropy_backward(dy.value(), z.value(), t.value(), lse.value(), axis, ignore_index, label_smoothing),
            Tensor()};
  }

  /// x with 0 in ignored rows, whatever stands there: logits of NaN, the cotangent of a mean of nothing.
  Variable counted(const Variable& x, const Tensor& t) const {
    return where(broadcast_to(eq(unsqueeze(t, normalized(x)), ignore_index), x.shape()), 0, x);
  }

  /// softmax(z) - q, and 0 in ignored rows: they are left out before and after.
  Variable gradient(const Variable& z, const Tensor& t) const {
    return counted(softmax(counted(z, t), axis) - Variable(labels(z, t)), t);
  }

  /// q: one minus the smoothing at the target, and the smoothing evenly on all classes.
  Tensor labels(const Variable& z, const Tensor& t) const {
    const i64 classes = z.size(axis);
    Shape along = Shape::filled(z.rank(), 1);
    along[normalized(z)] = classes;
    const Tensor each = reshape(arange(0, classes, 1, Dtype::i64, t.device()), along);
    const Tensor hit = cast(eq(unsqueeze(t, normalized(z)), each), z.dtype());
    return add(mul(hit, 1 - label_smoothing), label_smoothing / static_cast<double>(classes));
  }

  int normalized(const Variable& z) const { return axis < 0 ? axis + z.rank() : axis; }

  static Samples<CrossEntropyOp> samples() {
    Draw draw(name);
    const auto sample = [&](const char* label, CrossEntropyOp op, const Shape& shape) {
      const int at = op.axis < 0 ? op.axis + shape.rank() : op.axis;
      return Sample<CrossEntropyOp>{label, op, {draw.normal(shape), draw.integers(shape.without(at), 0, shape[at])}};
    };
    return {sample("axis=-1, ignore_index=-100, label_smoothing=0.0", {-1, -100, 0}, {4, 5}),
            sample("axis=1, ignore_index=2, label_smoothing=0.1", {1, 2, 0.1}, {3, 3, 4}),
            sample("axis=0, ignore_index=-100, label_smoothing=0.3", {0, -100, 0.3}, {4}),
            sample("axis=-1, ignore_index=-100, label_smoothing=0.0 #empty", {-1, -100, 0}, {0, 3})};
  }
  static WrongRules<CrossEntropyOp> wrong() {
    using enum WrongRule<CrossEntropyOp>::Mode;
    using Op = CrossEntropyOp;
    return {{"forgets the target", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               return spread(c.cot(), op.axis, c.meta(0).shape) * softmax(c.arg(0), op.axis);
             }},
            {"forgets the smoothing", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Op sharp{op.axis, op.ignore_index, 0};
               return spread(c.cot(), op.axis, c.meta(0).shape) * sharp.gradient(c.arg(0), c.arg(1).value());
             }},
            {"lets ignored rows count", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Op all{op.axis, -100, op.label_smoothing};
               return spread(c.cot(), op.axis, c.meta(0).shape) * all.gradient(c.arg(0), c.arg(1).value());
             }},
            {"log softmax instead of softmax", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Variable labels(op.labels(c.arg(0), c.arg(1).value()));
               return spread(c.cot(), op.axis, c.meta(0).shape) * (log_softmax(c.arg(0), op.axis) - labels);
             }},
            {"forgets the softmax", jvp, 0, [](const Op& op, const RuleContext& c) {
               return sum(-Variable(op.labels(c.arg(0), c.arg(1).value())) * c.tan(), op.axis);
             }}};
  }
};

Variable cross_entropy(const Variable& logits, const Tensor& targets, int axis, i64 ignore_index,
                       double label_smoothing) {
  return apply(CrossEntropyOp{axis, ignore_index, label_smoothing}, to_float(logits), Variable(targets))[0];
}

template const OpEntry& entry_of<CrossEntropyOp>();

}  // namespace cadena

#include "autograd/logsumexp.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/exponential.h"
#include "autograd/reduce.h"
#include "autograd/reduction.h"
#include "tensor/compare.h"
#include "tensor/logsumexp.h"

namespace cadena {

/// dy = sum s_i dx_i with s_i = e^(x_i - y), the softmax.
struct LogSumExp {
  static constexpr auto name = "logsumexp";
  static constexpr auto formula = R"(y = \ln \sum_i e^{x_i})";
  Axes axes;

  Tensor forward(const Tensor& x) const { return logsumexp(x, axes); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return spread(dy, axes, x.shape()) * weights(x, y); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return sum(weights(x, y) * dx, axes); }

  /// e^(x - y); a y of minus infinity is left out, so that its weights are 0.
  Variable weights(const Variable& x, const Variable& y) const {
    const Tensor is_empty = eq(y.value(), -std::numeric_limits<double>::infinity());
    return exp(x - spread(where(is_empty, 0, y), axes, x.shape()));
  }

  static Samples<LogSumExp> samples() {
    Draw draw(name);
    return {{"axes=()", {}, {draw.normal({2, 3})}},
            {"axes=(0, 2)", {{0, 2}}, {draw.normal({2, 3, 4})}},
            {"axes=(-1,)", {-1}, {draw.normal({3, 1})}},
            {"axes=(1,)", {1}, {draw.normal({0, 3})}}};
  }
  static WrongRules<LogSumExp> wrong() {
    using enum WrongRule<LogSumExp>::Mode;
    return {
        {"forgets the normalizer", vjp, 0,
         [](const LogSumExp& op, const RuleContext& c) {
           return spread(c.cot(), op.axes, c.meta(0).shape) * exp(c.arg(0));
         }},
        {"x - y without the exponential", vjp, 0,
         [](const LogSumExp& op, const RuleContext& c) {
           const Shape& shape = c.meta(0).shape;
           return spread(c.cot(), op.axes, shape) * (c.arg(0) - spread(c.res(), op.axes, shape));
         }},
        {"drops the weights", jvp, 0, [](const LogSumExp& op, const RuleContext& c) { return sum(c.tan(), op.axes); }}};
  }
};

Variable logsumexp(const Variable& x, const Axes& axes, bool keep_dims) {
  return with_dims("logsumexp", apply(LogSumExp{axes}, to_float(x)), axes, x.shape(), keep_dims);
}

template const OpEntry& entry_of<LogSumExp>();

}  // namespace cadena

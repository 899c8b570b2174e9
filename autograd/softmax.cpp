#include "autograd/softmax.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/softmax.h"

namespace cadena {
namespace {

/// Sum over one axis, which stays with extent 1: \f$ \mathbf 1^T u \f$ for each row.
Variable row_sum(const Variable& u, int axis) {
  Shape shape = u.shape();
  shape[normalize_axis("softmax", axis, shape)] = 1;
  return sum_to(u, shape);
}

}  // namespace

/// ds_i/dx_j = s_i (δ_ij - s_j), that is J = diag(s) - s s^T. J is symmetric, so one formula serves both modes.
struct Softmax {
  static constexpr auto name = "softmax";
  static constexpr auto formula = R"(s_i = e^{x_i} / \sum_j e^{x_j})";
  int axis;

  Tensor forward(const Tensor& x) const { return softmax(x, axis); }

  Variable vjp(Wrt<0>, Cot ds, Res<> s) const { return jacobian_times(s, ds); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> s) const { return jacobian_times(s, dx); }

  std::array<Tensor, 1> vjp_all(Mask<1>, Cot ds, Res<> s) const {
    return {softmax_backward(ds.value(), s.value(), axis)};
  }

  /// (diag(s) - s s^T) u = s (u - s^T u)
  Variable jacobian_times(const Variable& s, const Variable& u) const { return s * (u - row_sum(s * u, axis)); }

  static Samples<Softmax> samples() {
    Draw draw(name);
    return {{"axis=-1", {-1}, {draw.normal({3, 5})}},
            {"axis=0", {0}, {draw.normal({4, 2, 3})}},
            {"axis=1", {1}, {draw.normal({2, 1})}},
            {"axis=2", {2}, {draw.normal({2, 0, 3})}}};
  }
  static WrongRules<Softmax> wrong() {
    using enum WrongRule<Softmax>::Mode;
    return {{"drops the term s s^T", vjp, 0, [](const Softmax&, const RuleContext& c) { return c.res() * c.cot(); }},
            {"takes x for s", vjp, 0,
             [](const Softmax& op, const RuleContext& c) { return op.jacobian_times(c.arg(0), c.cot()); }},
            {"sums u instead of s u", vjp, 0,
             [](const Softmax& op, const RuleContext& c) { return c.res() * (c.cot() - row_sum(c.cot(), op.axis)); }},
            {"sums over the whole tensor", jvp, 0,
             [](const Softmax&, const RuleContext& c) { return c.res() * (c.tan() - sum_to(c.res() * c.tan(), {})); }}};
  }
};

/// dy_i/dx_j = δ_ij - s_j with s = e^y: J = I - 1 s^T, J^T = I - s 1^T.
struct LogSoftmax {
  static constexpr auto name = "log_softmax";
  static constexpr auto formula = R"(y_i = x_i - \ln \sum_j e^{x_j})";
  int axis;

  Tensor forward(const Tensor& x) const { return log_softmax(x, axis); }

  Variable vjp(Wrt<0>, Cot dy, Res<> y) const { return dy - softmax_of(y) * row_sum(dy, axis); }
  Variable jvp(Wrt<0>, Tan<0> dx, Res<> y) const { return dx - row_sum(softmax_of(y) * dx, axis); }

  std::array<Tensor, 1> vjp_all(Mask<1>, Cot dy, Res<> y) const {
    return {log_softmax_backward(dy.value(), y.value(), axis)};
  }

  /// softmax(log_softmax(x)) = softmax(x): shifting a row does not change it.
  Variable softmax_of(const Variable& y) const { return softmax(y, axis); }

  static Samples<LogSoftmax> samples() {
    Draw draw(name);
    return {{"axis=-1", {-1}, {draw.normal({3, 5})}},
            {"axis=0", {0}, {draw.normal({4, 2, 3})}},
            {"axis=1", {1}, {draw.normal({2, 1})}}};
  }
  static WrongRules<LogSoftmax> wrong() {
    using enum WrongRule<LogSoftmax>::Mode;
    return {{"uses J where J^T belongs", vjp, 0,
             [](const LogSoftmax& op, const RuleContext& c) {
               return c.cot() - row_sum(op.softmax_of(c.res()) * c.cot(), op.axis);
             }},
            {"uses J^T where J belongs", jvp, 0,
             [](const LogSoftmax& op, const RuleContext& c) {
               return c.tan() - op.softmax_of(c.res()) * row_sum(c.tan(), op.axis);
             }},
            {"forgets the normalizer", vjp, 0, [](const LogSoftmax&, const RuleContext& c) { return c.cot(); }},
            {"y instead of its exponential", vjp, 0,
             [](const LogSoftmax& op, const RuleContext& c) { return c.cot() - c.res() * row_sum(c.cot(), op.axis); }}};
  }
};

Variable softmax(const Variable& x, int axis) {
  normalize_axis("softmax", axis, x.shape());
  return apply(Softmax{axis}, to_float(x));
}

Variable log_softmax(const Variable& x, int axis) {
  normalize_axis("log_softmax", axis, x.shape());
  return apply(LogSoftmax{axis}, to_float(x));
}

template const OpEntry& entry_of<Softmax>();
template const OpEntry& entry_of<LogSoftmax>();

}  // namespace cadena

#include "tensor/linear.h"

#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/linear.h"
#include "autograd/matmul.h"
#include "autograd/power.h"
#include "autograd/trigonometric.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/factories.h"

namespace cadena {

/// dy = dx W^T + x dW^T + 1 db^T, and <u, dy> = <u W, dx> + <u^T x, dW> + <u^T 1, db>.
struct Linear {
  static constexpr auto name = "linear";
  static constexpr auto formula = R"(y = x\,W^T + b)";

  Tensor forward(const Tensor& x, const Tensor& w, const Tensor& b) const {  // M x K * (N x K)^T -> M x N
    return linear(x, w, b);
  }

  Variable vjp(Wrt<0>, Cot u, Arg<1> w) const { return matmul(u, w); }             // M x N * N x K -> M x K
  Variable vjp(Wrt<1>, Cot u, Arg<0> x) const { return matmul(transpose(u), x); }  // N x M * M x K -> N x K
  Variable vjp(Wrt<2>, Cot u, ArgMeta<2> b) const { return sum_to(u, b.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> w) const { return matmul(dx, transpose(w)); }
  Variable jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const { return matmul(x, transpose(dw)); }
  Variable jvp(Wrt<2>, Tan<2> db, ArgMeta<0> x) const { return broadcast_to(db, {x.shape[0], db.size(0)}); }

  static Samples<Linear> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.normal({4, 3}), draw.normal({4})}},
            {"#square", {}, {draw.normal({3, 3}), draw.normal({3, 3}), draw.normal({3})}},
            {"#empty", {}, {draw.normal({0, 2}), draw.normal({3, 2}), draw.normal({3})}}};
  }
  static WrongRules<Linear> wrong() {
    using enum WrongRule<Linear>::Mode;
    return {{"the transposed weight, reshaped to fit", vjp, 0,
             [](const Linear&, const RuleContext& c) {
               return matmul(c.cot(), reshape(transpose(c.arg(1)), c.meta(1).shape));
             }},
            {"factors in the wrong order", vjp, 1,
             [](const Linear&, const RuleContext& c) {
               return reshape(matmul(transpose(c.arg(0)), c.cot()), c.meta(1).shape);
             }},
            {"the mean over rows instead of their sum", vjp, 2,
             [](const Linear&, const RuleContext& c) {
               Variable u = c.cot();
               const i64 m = u.size(0);
               return m == 0 ? sum_to(u, c.meta(2).shape) : sum_to(u, c.meta(2).shape) / m;
             }},
            {"forgets x", jvp, 1, [](const Linear&, const RuleContext& c) {
               return broadcast_to(sum_to(transpose(c.tan()), {c.meta(1).shape[0]}),
                                   {c.meta(0).shape[0], c.meta(1).shape[0]});
             }}};
  }
};

/// z = x W^T + b and y = f(z), so dy = f'(z) dz, and what flows back to z is u = f'(z) dy plus its own. z is an output,
/// and not a constant one, so that the second derivatives flow through it.
struct LinearActivated {
  static constexpr auto name = "linear_activation";
  static constexpr auto formula = R"((y, z) = (f(z), x\,W^T + b))";
  LinearActivation f;

  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& w, const Tensor& b) const {
    return linear_with_argument(x, w, b, f);
  }

  Variable vjp(Wrt<0>, CotOf<0> dy, CotOf<1> dz, Arg<1> w, Res<1> z) const { return matmul(at_z(dy, dz, z), w); }
  Variable vjp(Wrt<1>, CotOf<0> dy, CotOf<1> dz, Arg<0> x, Res<1> z) const {
    return matmul(transpose(at_z(dy, dz, z)), x);
  }
  Variable vjp(Wrt<2>, CotOf<0> dy, CotOf<1> dz, ArgMeta<2> b, Res<1> z) const {
    return sum_to(at_z(dy, dz, z), b.shape);
  }
  std::array<Tensor, 3> vjp_all(Mask<3> wanted, CotOf<0> dy, CotOf<1> dz, Arg<0> x, Arg<1> w, ArgMeta<2> b,
                                Res<1> z) const {
    const Variable u = at_z(dy, dz, z);
    return {wanted[0] ? matmul(u, w).value() : Tensor(), wanted[1] ? matmul(transpose(u), x).value() : Tensor(),
            wanted[2] ? sum_to(u, b.shape).value() : Tensor()};
  }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dx, Arg<1> w, Res<1> z) const {
    return forward_from(matmul(dx, transpose(w)), z);
  }
  std::array<Variable, 2> jvp(Wrt<1>, Tan<1> dw, Arg<0> x, Res<1> z) const {
    return forward_from(matmul(x, transpose(dw)), z);
  }
  std::array<Variable, 2> jvp(Wrt<2>, Tan<2> db, Res<1> z) const {
    return forward_from(broadcast_to(db, z.shape()), z);
  }

  std::array<Variable, 2> forward_from(const Variable& dz, const Variable& z) const { return {times_slope(dz, z), dz}; }
  Variable at_z(const Variable& dy, const Variable& dz, const Variable& z) const { return times_slope(dy, z) + dz; }

  /// u f'(z)
  Variable times_slope(const Variable& u, const Variable& z) const {
    switch (f) {
      case LinearActivation::none: break;
      case LinearActivation::relu: return where(le(z.value(), 0), 0, u);
      case LinearActivation::gelu: return u * gelu_slope(z);
      case LinearActivation::gelu_tanh: return u * gelu_slope(z, GeluForm::tanh);
      case LinearActivation::silu: {
        const Variable s = sigmoid(z);
        return u * (s * (1 + z * (1 - s)));
      }
      case LinearActivation::sigmoid: {
        const Variable s = sigmoid(z);
        return u * (s * (1 - s));
      }
      case LinearActivation::tanh: return u * (1 - square(tanh(z)));
    }
    return u;
  }

  static Samples<LinearActivated> samples() {
    Draw draw(name);
    Samples<LinearActivated> list;
    using enum LinearActivation;
    for (const auto& [label, f] : {std::pair{"activation='none'", none},
                                   {"activation='relu'", relu},
                                   {"activation='gelu'", gelu},
                                   {"activation='gelu_tanh'", gelu_tanh},
                                   {"activation='silu'", silu},
                                   {"activation='sigmoid'", sigmoid},
                                   {"activation='tanh'", LinearActivation::tanh}}) {
      list.push_back({label, {f}, {draw.normal({2, 3}), draw.normal({4, 3}), draw.normal({4})}});
    }
    list.push_back({"activation='silu' #square", {silu}, {draw.normal({3, 3}), draw.normal({3, 3}), draw.normal({3})}});
    list.push_back({"activation='gelu' #empty", {gelu}, {draw.normal({0, 2}), draw.normal({3, 2}), draw.normal({3})}});
    return list;
  }
  static WrongRules<LinearActivated> wrong() {
    using enum WrongRule<LinearActivated>::Mode;
    return {{"forgets the slope", vjp, 0,
             [](const LinearActivated&, const RuleContext& c) { return matmul(c.cot(0) + c.cot(1), c.arg(1)); }},
            {"the slope at y instead of z", vjp, 0,
             [](const LinearActivated& op, const RuleContext& c) {
               return matmul(op.at_z(c.cot(0), c.cot(1), c.res(0)), c.arg(1));
             }},
            {"forgets what flows back to z itself", vjp, 1,
             [](const LinearActivated& op, const RuleContext& c) {
               return matmul(transpose(op.times_slope(c.cot(0), c.res(1))), c.arg(0));
             }},
            {"the slope of both cotangents", vjp, 2,
             [](const LinearActivated& op, const RuleContext& c) {
               return sum_to(op.times_slope(c.cot(0) + c.cot(1), c.res(1)), c.meta(2).shape);
             }},
            {"cotangents swapped", vjp, 2,
             [](const LinearActivated& op, const RuleContext& c) {
               return sum_to(op.at_z(c.cot(1), c.cot(0), c.res(1)), c.meta(2).shape);
             }},
            {"forgets the slope", jvp, 1,
             [](const LinearActivated&, const RuleContext& c) { return matmul(c.arg(0), transpose(c.tan())); }}};
  }
};

namespace {

/// The operands of a linear layer: rows of x, all in one floating dtype.
struct Rows {
  Variable x, w, b;
  Shape shape;  ///< of the result

  Rows(const Variable& input, const Variable& weight, const Variable& bias) {
    const Dtype dtype = floating_dtype(promote(input.dtype(), weight.dtype()));
    if (input.rank() == 0 || weight.rank() != 2 || input.size(-1) != weight.size(1)) {
      fail<ShapeError>("linear: input ", input.shape(), " does not fit weight (out, in) = ", weight.shape());
    }
    const Shape leading = input.shape().without(input.rank() - 1);
    shape = leading.with_inserted(leading.rank(), weight.size(0));
    x = cast(input, dtype);
    if (input.rank() != 2) x = reshape(x, {leading.numel(), weight.size(1)});
    w = cast(weight, dtype);
    b = bias.defined() ? cast(bias, dtype) : Variable(zeros({weight.size(0)}, dtype, weight.device()));
  }

  Variable shaped(const Variable& y) const { return y.rank() == shape.rank() ? y : reshape(y, shape); }
};

}  // namespace

Variable linear(const Variable& x, const Variable& w) { return matmul(x, transpose(w)); }

Variable linear(const Variable& x, const Variable& w, const Variable& b) {
  const Rows rows(x, w, b);
  return rows.shaped(apply(Linear{}, rows.x, rows.w, rows.b));
}

Variable linear(const Variable& x, const Variable& w, const Variable& b, LinearActivation activation) {
  const Rows rows(x, w, b);
  if (activation == LinearActivation::none) return rows.shaped(apply(Linear{}, rows.x, rows.w, rows.b));
  return rows.shaped(apply(LinearActivated{activation}, rows.x, rows.w, rows.b)[0]);
}

template const OpEntry& entry_of<Linear>();
template const OpEntry& entry_of<LinearActivated>();

}  // namespace cadena

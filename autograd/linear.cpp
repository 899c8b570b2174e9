#include "tensor/linear.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/linear.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/base/error.h"

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

Variable linear(const Variable& x, const Variable& w) { return matmul(x, transpose(w)); }

Variable linear(const Variable& x, const Variable& w, const Variable& b) {
  const Dtype met = promote(x.dtype(), w.dtype());
  const Dtype dtype = is_floating(met) ? met : Dtype::f32;
  if (x.rank() == 0 || w.rank() != 2 || x.size(-1) != w.size(1)) {
    fail<ShapeError>("linear: input ", x.shape(), " does not fit weight (out, in) = ", w.shape());
  }
  const Variable input = cast(x, dtype), weight = cast(w, dtype), bias = cast(b, dtype);
  if (x.rank() == 2) return apply(Linear{}, input, weight, bias);
  const Shape leading = x.shape().without(x.rank() - 1);
  const Variable y = apply(Linear{}, reshape(input, {leading.numel(), w.size(1)}), weight, bias);
  return reshape(y, leading.with_inserted(leading.rank(), w.size(0)));
}

template const OpEntry& entry_of<Linear>();

}  // namespace cadena

#include "autograd/matmul.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tensor/matrices.h"

namespace cadena {

/// dy = da b + a db. With <u, v> = tr(u^T v): <dy, u> = <da, u b^T> + <db, a^T u>.
struct MatMul {
  static constexpr auto name = "matmul";
  static constexpr auto formula = R"(y = a\,b)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return matmul(a, b); }  // M x K * K x N -> M x N

  Variable vjp(Wrt<0>, Cot dy, Arg<1> b) const { return matmul(dy, transpose(b)); }  // M x N * N x K -> M x K
  Variable vjp(Wrt<1>, Cot dy, Arg<0> a) const { return matmul(transpose(a), dy); }  // K x M * M x N -> K x N
  Variable jvp(Wrt<0>, Tan<0> da, Arg<1> b) const { return matmul(da, b); }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a) const { return matmul(a, db); }

  static Samples<MatMul> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({2, 3}), draw.normal({3, 4})}},
            {"#batch", {}, {draw.normal({2, 3, 3}), draw.normal({2, 3, 3})}},
            {"#empty", {}, {draw.normal({2, 0}), draw.normal({0, 3})}}};
  }
  static WrongRules<MatMul> wrong() {
    using enum WrongRule<MatMul>::Mode;
    return {{"b instead of its transpose", vjp, 0,
             [](const MatMul&, const RuleContext& c) {
               return matmul(c.cot(), reshape(c.arg(1), transpose(c.arg(1)).shape()));
             }},
            {"factors in the wrong order, transposed to fit", vjp, 1,
             [](const MatMul&, const RuleContext& c) {
               return reshape(matmul(transpose(c.cot()), c.arg(0)), c.meta(1).shape);
             }},
            {"a instead of its transpose", vjp, 1, [](const MatMul&, const RuleContext& c) {
               return matmul(reshape(c.arg(0), transpose(c.arg(0)).shape()), c.cot());
             }}};
  }
};

Variable matmul(const Variable& a, const Variable& b) {
  const int m = a.rank(), n = b.rank();
  if (m == 0 || n == 0 || a.size(-1) != b.size(n == 1 ? 0 : -2)) {
    fail<ShapeError>("matmul: inner dimensions differ: ", a.shape(), " x ", b.shape());
  }
  if (m == 1) {  // a row
    const Variable y = matmul(reshape(a, {1, a.numel()}), b);
    return reshape(y, y.shape().without(n == 1 ? 0 : y.rank() - 2));
  }
  if (n == 1) {  // a column
    const Variable y = matmul(a, reshape(b, {b.numel(), 1}));
    return reshape(y, y.shape().without(y.rank() - 1));
  }
  const Dtype dtype = promote(a.dtype(), b.dtype());
  const Variable left = cast(a, dtype), right = cast(b, dtype);
  if (m > 2 && n == 2) {  // one matrix for the whole batch: a single product of (batch * m, k) with it
    Shape shape = a.shape();
    shape[m - 1] = b.size(1);
    return reshape(apply(MatMul{}, reshape(left, {a.shape().without(m - 1).numel(), a.size(-1)}), right), shape);
  }
  const Shape batch = broadcast_shapes("matmul", batch_of(a.shape()), batch_of(b.shape()));
  return apply(MatMul{}, broadcast_to(left, with_matrix(batch, a.size(-2), a.size(-1))),
               broadcast_to(right, with_matrix(batch, b.size(-2), b.size(-1))));
}

template const OpEntry& entry_of<MatMul>();

}  // namespace cadena

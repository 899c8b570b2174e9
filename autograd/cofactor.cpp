#include "tensor/cofactor.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/cofactor.h"
#include "autograd/define_op.h"
#include "autograd/linalg.h"
#include "autograd/matmul.h"
#include "autograd/matrices.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/norm.h"
#include "tensor/reduce.h"
#include "tensor/rounding.h"

namespace cadena {

/// C(A) is the gradient of det, so its derivative along X, the Hessian of det applied to X, is its own adjoint.
struct Cofactor {
  static constexpr auto name = "cofactor";
  static constexpr auto formula = R"(C = \partial \det A / \partial A)";

  Tensor forward(const Tensor& a) const { return cofactor(a); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a) const { return cofactor_derivative(a, u); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a) const { return cofactor_derivative(a, da); }

  static Samples<Cofactor> samples() {
    Draw draw(name);
    return {{"", {}, {draw.invertible({3, 3})}},
            {"#batch", {}, {draw.invertible({2, 2, 2})}},
            {"#one", {}, {draw.normal({1, 1})}},
            {"#negative", {}, {flip(draw.invertible({3, 3}), 0)}}};
  }
  static WrongRules<Cofactor> wrong() {
    using enum WrongRule<Cofactor>::Mode;
    return {{"the derivative at C", vjp, 0,
             [](const Cofactor&, const RuleContext& c) { return cofactor_derivative(c.res(), c.cot()); }},
            {"the transposed cotangent", vjp, 0,
             [](const Cofactor&, const RuleContext& c) { return cofactor_derivative(c.arg(0), transpose(c.cot())); }},
            {"the determinant's part alone", jvp, 0, [](const Cofactor&, const RuleContext& c) {
               return c.res() * as_matrix(matrix_inner(c.res(), c.tan()) / det(c.arg(0)));
             }}};
  }
};

/// K(A, X) = (C <C, X> - C X^T C) / det A, the Hessian of det applied to X. It is linear in X and symmetric, so both
/// rules for X are K itself. Along T, with dC = K(A, T) and d det = <C, T>,
///     dK = (dC <C, X> + C <dC, X> - dC X^T C - C X^T dC - K <C, T>) / det A,
/// a third derivative, symmetric in X, T and what it is multiplied with: so it is its own adjoint as well.
struct CofactorDerivative {
  static constexpr auto name = "cofactor_derivative";
  static constexpr auto formula = R"(K(A, X) = (\partial^2 \det A / \partial A^2)\,X)";

  Tensor forward(const Tensor& a, const Tensor& x) const { return cofactor_derivative(a, x); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a, Arg<1> x, Res<> k) const { return third(a, x, k, u); }
  Variable vjp(Wrt<1>, Cot u, Arg<0> a) const { return cofactor_derivative(a, u); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Arg<1> x, Res<> k) const { return third(a, x, k, da); }
  Variable jvp(Wrt<1>, Tan<1> dx, Arg<0> a) const { return cofactor_derivative(a, dx); }

  /// A determinant that may be nothing but rounding errors, measured by Hadamard's bound, the product of the lengths
  /// of the rows.
  static Tensor is_singular(const Tensor& a, const Tensor& d) {
    const double rounding = a.dtype() == Dtype::f64 ? 0x1p-44 : 0x1p-16;
    return le(abs(d), mul(prod(norm(a, {-1}), {-1}), rounding));
  }

  static Variable third(const Variable& a, const Variable& x, const Variable& k, const Variable& t) {
    const Variable d = det(a);
    if (any(is_singular(a.value(), d.value())).item() != 0) {
      fail<LinalgError>("det: the third derivative was asked for at a singular matrix, expected one that is not");
    }
    const Variable c = cofactor(a);
    return (without_det(c, cofactor_derivative(a, t), x) - k * as_matrix(matrix_inner(c, t))) / as_matrix(d);
  }
  /// dC <C, X> + C <dC, X> - dC X^T C - C X^T dC
  static Variable without_det(const Variable& c, const Variable& dc, const Variable& x) {
    const Variable xt = transpose(x);
    return dc * as_matrix(matrix_inner(c, x)) + c * as_matrix(matrix_inner(dc, x)) - matmul(dc, matmul(xt, c)) -
           matmul(c, matmul(xt, dc));
  }

  static Samples<CofactorDerivative> samples() {
    Draw draw(name);
    return {{"", {}, {draw.invertible({3, 3}), draw.normal({3, 3})}},
            {"#batch", {}, {draw.invertible({2, 2, 2}), draw.normal({2, 2, 2})}},
            {"#four", {}, {draw.invertible({4, 4}), draw.normal({4, 4})}}};
  }
  static WrongRules<CofactorDerivative> wrong() {
    using enum WrongRule<CofactorDerivative>::Mode;
    return {
        {"forgets that the determinant moves", vjp, 0,
         [](const CofactorDerivative&, const RuleContext& c) {
           const Variable& a = c.arg(0);
           const Variable moved = without_det(cofactor(a), cofactor_derivative(a, c.cot()), c.arg(1));
           return moved / as_matrix(det(a));
         }},
        {"X instead of its transpose", vjp, 0,
         [](const CofactorDerivative&, const RuleContext& c) {
           return third(c.arg(0), transpose(c.arg(1)), c.res(), c.cot());
         }},
        {"X for K", vjp, 0,
         [](const CofactorDerivative&, const RuleContext& c) { return third(c.arg(0), c.arg(1), c.arg(1), c.cot()); }},
        {"the derivative at X", vjp, 1,
         [](const CofactorDerivative&, const RuleContext& c) { return cofactor_derivative(c.arg(1), c.cot()); }},
        {"the transposed tangent", jvp, 1, [](const CofactorDerivative&, const RuleContext& c) {
           return cofactor_derivative(c.arg(0), transpose(c.tan()));
         }}};
  }
};

Variable cofactor(const Variable& a) { return apply(Cofactor{}, to_float(a)); }

Variable cofactor_derivative(const Variable& a, const Variable& x) { return apply(CofactorDerivative{}, a, x); }

template const OpEntry& entry_of<Cofactor>();
template const OpEntry& entry_of<CofactorDerivative>();

}  // namespace cadena

#include "tensor/spectral.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/matmul.h"
#include "autograd/matrices.h"
#include "autograd/spectral.h"
#include "autograd/triangular.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/factories.h"
#include "tensor/linalg.h"
#include "tensor/matmul.h"
#include "tensor/matrices.h"

namespace cadena {
namespace {

/// x / d where `mask` is 0, and 0 where it is 1.
Variable divided(const Variable& x, const Variable& d, const Tensor& mask) {
  return x * Variable(sub(1, mask)) / (d + Variable(mask));
}

/// The differences v_j - v_i of all pairs: (…, n) -> (…, n, n).
Variable differences(const Variable& v) { return unsqueeze(v, -2) - unsqueeze(v, -1); }
Variable sums(const Variable& v) { return unsqueeze(v, -2) + unsqueeze(v, -1); }

/// Matrices with the given singular values or eigenvalues: Q diag(values) W^T for orthonormal Q (m, k) and W (n, k).
Tensor with_values(const Tensor& q, const Tensor& values, const Tensor& w) {
  return matmul(mul(qr(q)[0], values), transpose(qr(w)[0]));
}

/// The same of shape (m, n). Draws one after the other: compilers differ in which argument of a call they evaluate
/// first.
Tensor with_values(Draw& draw, i64 m, i64 n, const Tensor& values) {
  const Tensor w = draw.normal({n, values.size(0)});
  const Tensor q = draw.normal({m, values.size(0)});
  return with_values(q, values, w);
}

}  // namespace

/// S V = V Λ for the symmetric part S of A. With W = V^T dS V: dλ_i = W_ii and dV = V (W_ij / (λ_j - λ_i)) off the
/// diagonal, because V^T dV is skew. Magnus and Neudecker, "Matrix Differential Calculus", chapter 9.
struct Eigh {
  static constexpr auto name = "eigh";
  static constexpr auto formula = R"(\tfrac12 (A + A^T) = V \mathrm{diag}(\lambda) V^T)";

  std::array<Tensor, 2> forward(const Tensor& a) const { return eigh(a); }

  Variable vjp(Wrt<0>, CotOf<0> ul, CotOf<1> uv, Res<0> l, Res<1> v) const {
    const Variable rotation = over_differences(matmul(transpose(v), uv), l);
    return symmetric_part(in_basis(diag_embed(ul) + rotation, v));
  }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> da, Res<0> l, Res<1> v) const {
    const Variable w = matmul(transpose(v), matmul(symmetric_part(da), v));
    return {diagonal(w), matmul(v, over_differences(w, l))};
  }

  /// w_ij / (λ_j - λ_i), and 0 on the diagonal.
  static Variable over_differences(const Variable& w, const Variable& l) {
    return divided(w, differences(l), repeated(name, l.value(), w.value()));
  }
  static Variable in_basis(const Variable& m, const Variable& v) { return matmul(v, matmul(m, transpose(v))); }

  static Samples<Eigh> samples() {
    Draw draw(name);
    const Tensor q = draw.normal({3, 3});
    return {{"", {}, {with_values(q, tensor({-1.5, 0.5, 2.25}, Dtype::f64), q)}},
            {"#batch_not_symmetric", {}, {add(draw.normal({2, 2, 2}), tensor({{3, 0}, {0, -3}}, Dtype::f64))}},
            {"#one", {}, {draw.normal({1, 1})}}};
  }
  static WrongRules<Eigh> wrong() {
    using enum WrongRule<Eigh>::Mode;
    return {
        {"forgets the vectors", vjp, 0,
         [](const Eigh&, const RuleContext& c) { return in_basis(diag_embed(c.cot(0)), c.res(1)); }},
        {"forgets the values", vjp, 0,
         [](const Eigh&, const RuleContext& c) {
           const Variable w = matmul(transpose(c.res(1)), c.cot(1));
           return symmetric_part(in_basis(over_differences(w, c.res(0)), c.res(1)));
         }},
        {"differences of the wrong sign", vjp, 0,
         [](const Eigh&, const RuleContext& c) {
           const Variable w = matmul(transpose(c.res(1)), c.cot(1));
           return symmetric_part(in_basis(diag_embed(c.cot(0)) - over_differences(w, c.res(0)), c.res(1)));
         }},
        {"V for its transpose", vjp, 0,
         [](const Eigh&, const RuleContext& c) {
           const Variable w = matmul(transpose(c.res(1)), c.cot(1));
           return symmetric_part(in_basis(diag_embed(c.cot(0)) + over_differences(w, c.res(0)), transpose(c.res(1))));
         }},
        {"forgets that the symmetric part was taken", vjp, 0,
         [](const Eigh&, const RuleContext& c) {
           const Variable w = matmul(transpose(c.res(1)), c.cot(1));
           return in_basis(diag_embed(c.cot(0)) + over_differences(w, c.res(0)), c.res(1));
         }},
        {"the diagonal without the basis", jvp, 0,
         [](const Eigh&, const RuleContext& c) { return diagonal(c.tan()); }}};
  }
};

/// dλ_i = v_i^T dS v_i: the gradient is V diag(u) V^T.
struct Eigvalsh {
  static constexpr auto name = "eigvalsh";
  static constexpr auto formula = R"(\lambda(\tfrac12 (A + A^T)))";

  Tensor forward(const Tensor& a) const { return eigvalsh(a); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a) const {
    const Variable v = eigh(a)[1];
    return matmul(v * unsqueeze(u, -2), transpose(v));
  }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a) const {
    const Variable v = eigh(a)[1];
    return diagonal(matmul(transpose(v), matmul(da, v)));
  }

  static Samples<Eigvalsh> samples() {
    Draw draw(name);
    const Tensor q = draw.normal({3, 3});
    return {{"", {}, {with_values(q, tensor({-1.5, 0.5, 2.25}, Dtype::f64), q)}},
            {"#batch_not_symmetric", {}, {add(draw.normal({2, 2, 2}), tensor({{3, 0}, {0, -3}}, Dtype::f64))}}};
  }
  static WrongRules<Eigvalsh> wrong() {
    using enum WrongRule<Eigvalsh>::Mode;
    return {{"rows of V for its columns", vjp, 0,
             [](const Eigvalsh&, const RuleContext& c) {
               const Variable v = transpose(eigh(c.arg(0))[1]);
               return matmul(v * unsqueeze(c.cot(), -2), transpose(v));
             }},
            {"the diagonal without the basis", jvp, 0,
             [](const Eigvalsh&, const RuleContext& c) { return diagonal(c.tan()); }}};
  }
};

/// A = U diag(s) V^T. With P = U^T dA V and F_ij = 1 / (s_j^2 - s_i^2) off the diagonal: ds_i = P_ii,
/// dU = U (F (P S + S P^T)) + (I - U U^T) dA V S^{-1}, dV = V (F (S P + P^T S)) + (I - V V^T) dA^T U S^{-1}; the last
/// terms are there only where U or V is not square. Townsend, "Differentiating the singular value decomposition"
/// (2016).
struct Svd {
  static constexpr auto name = "svd";
  static constexpr auto formula = R"(A = U \mathrm{diag}(s) V^T)";

  std::array<Tensor, 3> forward(const Tensor& a) const { return svd(a); }

  Variable vjp(Wrt<0>, CotOf<0> uu, CotOf<1> us, CotOf<2> uvt, Res<0> u, Res<1> s, Res<2> vt) const {
    return pulled(uu, us, transpose(uvt), u, s, transpose(vt));
  }
  std::array<Variable, 3> jvp(Wrt<0>, Tan<0> da, Res<0> u, Res<1> s, Res<2> vt) const {
    const Variable v = transpose(vt);
    const Variable p = matmul(transpose(u), matmul(da, v));
    const Variable ps = p * unsqueeze(s, -2), sp = unsqueeze(s, -1) * p;
    Variable du = matmul(u, over_squares(ps + transpose(ps), s));
    Variable dv = matmul(v, over_squares(sp + transpose(sp), s));
    if (u.size(-2) > s.size(-1)) du = du + over_values(outside(matmul(da, v), u), s);
    if (v.size(-2) > s.size(-1)) dv = dv + over_values(outside(matmul(transpose(da), u), v), s);
    return {du, diagonal(p), transpose(dv)};
  }

  static Variable pulled(const Variable& uu, const Variable& us, const Variable& uv, const Variable& u,
                         const Variable& s, const Variable& v) {
    const Variable wu = over_squares(matmul(transpose(u), uu), s), wv = over_squares(matmul(transpose(v), uv), s);
    const Variable inner =
        (wu + transpose(wu)) * unsqueeze(s, -2) + unsqueeze(s, -1) * (wv + transpose(wv)) + diag_embed(us);
    Variable a = matmul(u, matmul(inner, transpose(v)));
    if (u.size(-2) > s.size(-1)) a = a + matmul(over_values(outside(uu, u), s), transpose(v));
    if (v.size(-2) > s.size(-1)) a = a + matmul(u, transpose(over_values(outside(uv, v), s)));
    return a;
  }

  /// w_ij / (s_j^2 - s_i^2), and 0 on the diagonal.
  static Variable over_squares(const Variable& w, const Variable& s) {
    const Tensor mask = repeated(name, s.value(), w.value());
    return divided(divided(w, differences(s), mask), sums(s), mask);
  }
  /// Column j divided by s_j.
  static Variable over_values(const Variable& x, const Variable& s) {
    return divided(x, unsqueeze(s, -2), vanishing(name, s.value(), x.value()));
  }
  /// (I - U U^T) x
  static Variable outside(const Variable& x, const Variable& u) { return x - matmul(u, matmul(transpose(u), x)); }

  static Samples<Svd> samples() {
    Draw draw(name);
    const Tensor values = tensor({3, 1.75, 0.5}, Dtype::f64), two = tensor({2, 0.75}, Dtype::f64);
    return {{"#square", {}, {with_values(draw, 3, 3, values)}},
            {"#tall", {}, {with_values(draw, 4, 2, two)}},
            {"#wide", {}, {reshape(with_values(draw, 2, 4, two), {1, 2, 4})}},
            {"#column", {}, {draw.normal({3, 1})}}};
  }
  static WrongRules<Svd> wrong() {
    using enum WrongRule<Svd>::Mode;
    return {{"forgets what flows through U", vjp, 0,
             [](const Svd&, const RuleContext& c) {
               return pulled(c.cot(0) * 0, c.cot(1), transpose(c.cot(2)), c.res(0), c.res(1), transpose(c.res(2)));
             }},
            {"forgets what flows through V", vjp, 0,
             [](const Svd&, const RuleContext& c) {
               return pulled(c.cot(0), c.cot(1), transpose(c.cot(2)) * 0, c.res(0), c.res(1), transpose(c.res(2)));
             }},
            {"forgets what flows through s", vjp, 0,
             [](const Svd&, const RuleContext& c) {
               return pulled(c.cot(0), c.cot(1) * 0, transpose(c.cot(2)), c.res(0), c.res(1), transpose(c.res(2)));
             }},
            {"forgets the part of U outside its own columns", vjp, 0,
             [](const Svd&, const RuleContext& c) {
               const Variable u = c.res(0);
               return pulled(matmul(u, matmul(transpose(u), c.cot(0))), c.cot(1), transpose(c.cot(2)), u, c.res(1),
                             transpose(c.res(2)));
             }},
            {"forgets the part of V outside its own columns", vjp, 0,
             [](const Svd&, const RuleContext& c) {
               const Variable v = transpose(c.res(2));
               return pulled(c.cot(0), c.cot(1), matmul(v, matmul(transpose(v), transpose(c.cot(2)))), c.res(0),
                             c.res(1), v);
             }},
            {"forgets the part of U outside its own columns", jvp, 0, [](const Svd&, const RuleContext& c) {
               const Variable u = c.res(0), s = c.res(1), v = transpose(c.res(2));
               const Variable ps = matmul(transpose(u), matmul(c.tan(), v)) * unsqueeze(s, -2);
               return matmul(u, over_squares(ps + transpose(ps), s));
             }}};
  }
};

/// ds_i = u_i^T dA v_i: the gradient is U diag(u) V^T.
struct Svdvals {
  static constexpr auto name = "svdvals";
  static constexpr auto formula = R"(s(A))";

  Tensor forward(const Tensor& a) const { return svdvals(a); }

  Variable vjp(Wrt<0>, Cot cot, Arg<0> a) const {
    const auto [u, s, vt] = svd(a);
    return matmul(u * unsqueeze(cot, -2), vt);
  }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a) const {
    const auto [u, s, vt] = svd(a);
    return diagonal(matmul(transpose(u), matmul(da, transpose(vt))));
  }

  static Samples<Svdvals> samples() {
    Draw draw(name);
    const Tensor values = tensor({2, 0.75}, Dtype::f64);
    return {{"#tall", {}, {with_values(draw, 3, 2, values)}},
            {"#wide", {}, {reshape(with_values(draw, 2, 4, values), {1, 2, 4})}}};
  }
  static WrongRules<Svdvals> wrong() {
    using enum WrongRule<Svdvals>::Mode;
    return {{"forgets the cotangent", vjp, 0,
             [](const Svdvals&, const RuleContext& c) {
               const auto [u, s, vt] = svd(c.arg(0));
               return matmul(u, vt);
             }},
            {"the values themselves for their derivative", vjp, 0, [](const Svdvals&, const RuleContext& c) {
               const auto [u, s, vt] = svd(c.arg(0));
               return matmul(u * unsqueeze(s * c.cot(), -2), vt);
             }}};
  }
};

/// P = A^+ at locally constant rank: dP = -P dA P + P P^T dA^T (I - A P) + (I - P A) dA^T P^T P.
/// Golub and Pereyra, "The differentiation of pseudo-inverses" (1973).
struct Pinv {
  static constexpr auto name = "pinv";
  static constexpr auto formula = R"(P = A^+)";
  double rcond;

  Tensor forward(const Tensor& a) const { return pinv(a, rcond); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a, Res<> p) const {
    const Variable pt = transpose(p), ut = transpose(u);
    return matmul(outside_columns(ut, a, p), matmul(p, pt)) + matmul(matmul(pt, p), outside_rows(ut, a, p)) -
           matmul(pt, matmul(u, pt));
  }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Res<> p) const {
    const Variable pt = transpose(p), dat = transpose(da);
    return matmul(matmul(p, pt), dat - matmul(matmul(dat, a), p)) +
           matmul(dat - matmul(p, matmul(a, dat)), matmul(pt, p)) - matmul(p, matmul(da, p));
  }

  /// (I - A P) x and x (I - P A)
  static Variable outside_columns(const Variable& x, const Variable& a, const Variable& p) {
    return x - matmul(a, matmul(p, x));
  }
  static Variable outside_rows(const Variable& x, const Variable& a, const Variable& p) {
    return x - matmul(matmul(x, p), a);
  }

  static Samples<Pinv> samples() {
    Draw draw(name);
    const Tensor values = tensor({2, 0.75}, Dtype::f64);
    return {{"rcond=-1 #tall", {-1}, {with_values(draw, 4, 2, values)}},
            {"rcond=-1 #wide", {-1}, {reshape(with_values(draw, 2, 3, values), {1, 2, 3})}},
            {"rcond=1e-3", {1e-3}, {draw.invertible({2, 2})}}};
  }
  static WrongRules<Pinv> wrong() {
    using enum WrongRule<Pinv>::Mode;
    return {{"the rule of inv", vjp, 0,
             [](const Pinv&, const RuleContext& c) {
               return -matmul(transpose(c.res()), matmul(c.cot(), transpose(c.res())));
             }},
            {"forgets the part outside the columns", vjp, 0,
             [](const Pinv&, const RuleContext& c) {
               const Variable pt = transpose(c.res());
               return matmul(matmul(pt, c.res()), outside_rows(transpose(c.cot()), c.arg(0), c.res())) -
                      matmul(pt, matmul(c.cot(), pt));
             }},
            {"forgets the part outside the rows", vjp, 0, [](const Pinv&, const RuleContext& c) {
               const Variable pt = transpose(c.res());
               return matmul(outside_columns(transpose(c.cot()), c.arg(0), c.res()), matmul(c.res(), pt)) -
                      matmul(pt, matmul(c.cot(), pt));
             }}};
  }
};

std::array<Variable, 2> eigh(const Variable& a) { return apply(Eigh{}, to_float(a)); }
Variable eigvalsh(const Variable& a) { return apply(Eigvalsh{}, to_float(a)); }
std::array<Variable, 3> svd(const Variable& a) { return apply(Svd{}, to_float(a)); }
Variable svdvals(const Variable& a) { return apply(Svdvals{}, to_float(a)); }
Variable pinv(const Variable& a, double rcond) { return apply(Pinv{rcond}, to_float(a)); }

template const OpEntry& entry_of<Eigh>();
template const OpEntry& entry_of<Eigvalsh>();
template const OpEntry& entry_of<Svd>();
template const OpEntry& entry_of<Svdvals>();
template const OpEntry& entry_of<Pinv>();

}  // namespace cadena

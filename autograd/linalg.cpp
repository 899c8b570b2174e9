#include "tensor/linalg.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/cofactor.h"
#include "autograd/define_op.h"
#include "autograd/linalg.h"
#include "autograd/matmul.h"
#include "autograd/matrices.h"
#include "autograd/spectral.h"
#include "autograd/triangular.h"
#include "autograd/views.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/matmul.h"
#include "tensor/matrices.h"

namespace cadena {

/// A X = B: dA X + A dX = dB, so dX = A^{-1} (dB - dA X). With G = A^{-T} U: <U, dX> = <G, dB> - <G X^T, dA>.
struct Solve {
  static constexpr auto name = "solve";
  static constexpr auto formula = R"(A\,X = B)";

  Tensor forward(const Tensor& a, const Tensor& b) const { return solve(a, b); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a, Res<> x) const { return -matmul(solve(transpose(a), u), transpose(x)); }
  Variable vjp(Wrt<1>, Cot u, Arg<0> a) const { return solve(transpose(a), u); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Res<> x) const { return -solve(a, matmul(da, x)); }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a) const { return solve(a, db); }

  static Samples<Solve> samples() {
    Draw draw(name);
    return {{"", {}, {draw.invertible({3, 3}), draw.normal({3, 2})}},
            {"#batch", {}, {draw.invertible({2, 2, 2}), draw.normal({2, 2, 3})}},
            {"#empty", {}, {draw.invertible({2, 2}), draw.normal({2, 0})}}};
  }
  static WrongRules<Solve> wrong() {
    using enum WrongRule<Solve>::Mode;
    return {{"A instead of its transpose", vjp, 1,
             [](const Solve&, const RuleContext& c) { return solve(c.arg(0), c.cot()); }},
            {"A instead of its transpose", vjp, 0,
             [](const Solve&, const RuleContext& c) { return -matmul(solve(c.arg(0), c.cot()), transpose(c.res())); }},
            {"B for X", vjp, 0,
             [](const Solve&, const RuleContext& c) {
               return -matmul(solve(transpose(c.arg(0)), c.cot()), transpose(c.arg(1)));
             }},
            {"the outer product transposed", vjp, 0, [](const Solve&, const RuleContext& c) {
               return -matmul(c.res(), transpose(solve(transpose(c.arg(0)), c.cot())));
             }}};
  }
};

/// The same where A is a triangle: only that triangle of A moves X.
struct TriangularSolve {
  static constexpr auto name = "triangular_solve";
  static constexpr auto formula = R"(\mathrm{tri}(A)\,X = B)";
  bool is_upper;

  Tensor forward(const Tensor& a, const Tensor& b) const { return triangular_solve(a, b, is_upper); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a, Res<> x) const {
    return -triangle(matmul(triangular_solve(transpose(a), u, !is_upper), transpose(x)));
  }
  Variable vjp(Wrt<1>, Cot u, Arg<0> a) const { return triangular_solve(transpose(a), u, !is_upper); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a, Res<> x) const {
    return -triangular_solve(a, matmul(triangle(da), x), is_upper);
  }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a) const { return triangular_solve(a, db, is_upper); }

  Variable triangle(const Variable& m) const { return is_upper ? triu(m) : tril(m); }

  static Samples<TriangularSolve> samples() {
    Draw draw(name);
    return {{"upper=False", {false}, {draw.invertible({3, 3}), draw.normal({3, 2})}},
            {"upper=True", {true}, {draw.invertible({2, 3, 3}), draw.normal({2, 3, 1})}}};
  }
  static WrongRules<TriangularSolve> wrong() {
    using enum WrongRule<TriangularSolve>::Mode;
    return {{"forgets that only the triangle counts", vjp, 0,
             [](const TriangularSolve& op, const RuleContext& c) {
               return -matmul(triangular_solve(transpose(c.arg(0)), c.cot(), !op.is_upper), transpose(c.res()));
             }},
            {"the other triangle of the transpose", vjp, 1,
             [](const TriangularSolve& op, const RuleContext& c) {
               return triangular_solve(transpose(c.arg(0)), c.cot(), op.is_upper);
             }},
            {"A instead of its transpose", vjp, 1, [](const TriangularSolve& op, const RuleContext& c) {
               return triangular_solve(c.arg(0), c.cot(), op.is_upper);
             }}};
  }
};

/// Y = A^{-1}: dA Y + A dY = 0 behind A, so dY = -Y dA Y.
struct Inv {
  static constexpr auto name = "inv";
  static constexpr auto formula = R"(Y = A^{-1})";

  Tensor forward(const Tensor& a) const { return inv(a); }

  Variable vjp(Wrt<0>, Cot u, Res<> y) const { return -matmul(transpose(y), matmul(u, transpose(y))); }
  Variable jvp(Wrt<0>, Tan<0> da, Res<> y) const { return -matmul(y, matmul(da, y)); }

  static Samples<Inv> samples() {
    Draw draw(name);
    return {{"", {}, {draw.invertible({3, 3})}}, {"#batch", {}, {draw.invertible({2, 2, 2})}}};
  }
  static WrongRules<Inv> wrong() {
    using enum WrongRule<Inv>::Mode;
    return {{"Y instead of its transpose", vjp, 0,
             [](const Inv&, const RuleContext& c) { return -matmul(c.res(), matmul(c.cot(), c.res())); }},
            {"A for Y", vjp, 0,
             [](const Inv&, const RuleContext& c) {
               return -matmul(transpose(c.arg(0)), matmul(c.cot(), transpose(c.arg(0))));
             }},
            {"one factor too few", jvp, 0, [](const Inv&, const RuleContext& c) { return -matmul(c.res(), c.tan()); }}};
  }
};

/// d det A = <C, dA> with the cofactors C, which are det A times A^{-T} where that exists (Jacobi) and finite
/// everywhere.
struct Det {
  static constexpr auto name = "det";
  static constexpr auto formula = R"(y = \det A)";

  Tensor forward(const Tensor& a) const { return det(a); }

  Variable vjp(Wrt<0>, Cot u, Arg<0> a) const { return as_matrix(u) * cofactor(a); }
  Variable jvp(Wrt<0>, Tan<0> da, Arg<0> a) const { return matrix_inner(cofactor(a), da); }

  static Samples<Det> samples() {
    Draw draw(name);
    const Tensor regular = draw.invertible({3, 3}), batch = draw.invertible({2, 2, 2});
    const Tensor right = draw.normal({2, 3}), left = draw.normal({3, 2}), rank_two = matmul(left, right);
    return {{"", {}, {regular}},
            {"#batch", {}, {batch}},
            {"#rank_two", {}, {rank_two}},
            {"#negative", {}, {flip(regular, 0)}}};
  }
  static WrongRules<Det> wrong() {
    using enum WrongRule<Det>::Mode;
    return {{"forgets the determinant", vjp, 0,
             [](const Det&, const RuleContext& c) { return as_matrix(c.cot()) * transpose(pinv(c.arg(0))); }},
            {"forgets the transpose", vjp, 0,
             [](const Det&, const RuleContext& c) { return as_matrix(c.cot()) * transpose(cofactor(c.arg(0))); }},
            {"the trace of the transpose", jvp, 0,
             [](const Det&, const RuleContext& c) { return matrix_inner(transpose(cofactor(c.arg(0))), c.tan()); }}};
  }
};

/// d ln |det A| = tr(A^{-1} dA); the sign does not move.
struct Slogdet {
  static constexpr auto name = "slogdet";
  static constexpr auto formula = R"((s, y) = (\mathrm{sign} \det A, \ln |\det A|))";
  using constant_outputs = Constant<0>;

  std::array<Tensor, 2> forward(const Tensor& a) const { return slogdet(a); }

  Variable vjp(Wrt<0>, CotOf<1> u, Arg<0> a) const { return as_matrix(u) * transpose(inv(a)); }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> da, Arg<0> a) const {
    return {Variable(), matrix_inner(transpose(inv(a)), da)};
  }

  static Samples<Slogdet> samples() {
    Draw draw(name);
    return {{"", {}, {draw.invertible({3, 3})}},
            {"#batch", {}, {draw.invertible({2, 3, 3})}},
            {"#negative", {}, {flip(draw.invertible({2, 2}), 0)}}};
  }
  static WrongRules<Slogdet> wrong() {
    using enum WrongRule<Slogdet>::Mode;
    return {{"the determinant's rule", vjp, 0,
             [](const Slogdet&, const RuleContext& c) {
               return as_matrix(c.cot(1) * det(c.arg(0))) * transpose(inv(c.arg(0)));
             }},
            {"forgets the transpose", vjp, 0,
             [](const Slogdet&, const RuleContext& c) { return as_matrix(c.cot(1)) * inv(c.arg(0)); }},
            {"the sign times the rule", vjp, 0,
             [](const Slogdet&, const RuleContext& c) {
               return as_matrix(c.cot(1) * c.res(0)) * transpose(inv(c.arg(0)));
             }},
            {"the determinant's rule", jvp, 0,
             [](const Slogdet&, const RuleContext& c) { return matrix_inner(cofactor(c.arg(0)), c.tan()); }}};
  }
};

/// L L^T = S, the symmetric part of A. L^{-1} dS L^{-T} = L^{-1} dL + (L^{-1} dL)^T, whose first term is lower
/// triangular: with Φ, which keeps the lower triangle and halves the diagonal, dL = L Φ(L^{-1} dS L^{-T}). The adjoint
/// reads dS = L^{-T} Φ(L^T U) L^{-1}. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
struct Cholesky {
  static constexpr auto name = "cholesky";
  static constexpr auto formula = R"(L L^T = \tfrac12 (A + A^T))";

  Tensor forward(const Tensor& a) const { return cholesky(a); }

  Variable vjp(Wrt<0>, Cot u, Res<> l) const { return symmetric_part(pulled(phi(matmul(transpose(l), u)), l)); }
  Variable jvp(Wrt<0>, Tan<0> da, Res<> l) const {
    const Variable left = triangular_solve(l, symmetric_part(da));
    return matmul(l, phi(triangular_solve_right(left, transpose(l), /*is_upper=*/true)));
  }

  static Variable phi(const Variable& m) { return (tril(m) + tril(m, -1)) * 0.5; }

  /// L^{-T} P L^{-1}
  static Variable pulled(const Variable& p, const Variable& l) {
    const Variable left = triangular_solve(transpose(l), p, /*upper=*/true);
    return triangular_solve_right(left, l, /*is_upper=*/false);
  }

  static Samples<Cholesky> samples() {
    Draw draw(name);
    return {{"", {}, {draw.positive_definite({3, 3})}},
            {"#batch", {}, {draw.positive_definite({2, 2, 2})}},
            {"#one", {}, {draw.positive_definite({1, 1})}}};
  }
  static WrongRules<Cholesky> wrong() {
    using enum WrongRule<Cholesky>::Mode;
    return {{"keeps the whole diagonal", vjp, 0,
             [](const Cholesky&, const RuleContext& c) {
               return symmetric_part(pulled(tril(matmul(transpose(c.res()), c.cot())), c.res()));
             }},
            {"forgets the triangle", vjp, 0,
             [](const Cholesky&, const RuleContext& c) {
               return symmetric_part(pulled(matmul(transpose(c.res()), c.cot()) * 0.5, c.res()));
             }},
            {"L instead of its transpose", vjp, 0,
             [](const Cholesky&, const RuleContext& c) {
               return symmetric_part(pulled(phi(matmul(c.res(), c.cot())), c.res()));
             }},
            {"forgets that the symmetric part was taken", vjp, 0, [](const Cholesky&, const RuleContext& c) {
               return pulled(phi(matmul(transpose(c.res()), c.cot())), c.res());
             }}};
  }
};

/// A = Q R for m >= n. Q^T dQ = Ω is skew and dR R^{-1} upper triangular, and C = Q^T dA R^{-1} is their sum: Ω is the
/// strict lower triangle of C minus its transpose. dR = (C - Ω) R, dQ = (I - Q Q^T) dA R^{-1} + Q Ω. The adjoint, with
/// M = R U_R^T - U_Q^T Q and its lower triangle mirrored: dA = (U_Q + Q mirror(M)) R^{-T}. Walter and Lehmann,
/// arXiv:1009.6112.
struct Qr {
  static constexpr auto name = "qr";
  static constexpr auto formula = R"(A = Q R)";

  std::array<Tensor, 2> forward(const Tensor& a) const { return qr(a); }

  Variable vjp(Wrt<0>, CotOf<0> uq, CotOf<1> ur, Res<0> q, Res<1> r) const { return pulled(uq, ur, q, r, mirrored); }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> da, Res<0> q, Res<1> r) const {
    const Variable b = triangular_solve_right(da, r, /*is_upper=*/true);
    const Variable c = matmul(transpose(q), b);
    const Variable omega = tril(c, -1) - transpose(tril(c, -1));
    return {b - matmul(q, c) + matmul(q, omega), matmul(c - omega, r)};
  }

  /// The lower triangle and its mirror image.
  static Variable mirrored(const Variable& m) { return tril(m) + transpose(tril(m, -1)); }

  static Variable pulled(const Variable& uq, const Variable& ur, const Variable& q, const Variable& r,
                         Variable (*mirror)(const Variable&)) {
    const Variable m = matmul(r, transpose(ur)) - matmul(transpose(uq), q);
    return triangular_solve_right(uq + matmul(q, mirror(m)), transpose(r), /*is_upper=*/false);
  }

  static Samples<Qr> samples() {
    Draw draw(name);
    return {{"", {}, {draw.normal({4, 2})}},
            {"#square", {}, {draw.invertible({2, 3, 3})}},
            {"#column", {}, {draw.normal({3, 1})}}};
  }
  static WrongRules<Qr> wrong() {
    using enum WrongRule<Qr>::Mode;
    return {
        {"forgets what flows through R", vjp, 0,
         [](const Qr&, const RuleContext& c) { return pulled(c.cot(0), c.cot(1) * 0, c.res(0), c.res(1), mirrored); }},
        {"forgets what flows through Q", vjp, 0,
         [](const Qr&, const RuleContext& c) { return pulled(c.cot(0) * 0, c.cot(1), c.res(0), c.res(1), mirrored); }},
        {"does not mirror the triangle", vjp, 0,
         [](const Qr&, const RuleContext& c) {
           return pulled(c.cot(0), c.cot(1), c.res(0), c.res(1), [](const Variable& m) { return tril(m); });
         }},
        {"takes M as it is", vjp, 0,
         [](const Qr&, const RuleContext& c) {
           return pulled(c.cot(0), c.cot(1), c.res(0), c.res(1), [](const Variable& m) { return m; });
         }},
        {"forgets that the columns turn among themselves", jvp, 0, [](const Qr&, const RuleContext& c) {
           const Variable b = triangular_solve_right(c.tan(), c.res(1), /*is_upper=*/true);
           return b - matmul(c.res(0), matmul(transpose(c.res(0)), b));
         }}};
  }
};

Variable solve(const Variable& a, const Variable& b) {
  check_square("solve", a.value());
  const LinearSystem system("solve", a, b);
  return system.restore(apply(Solve{}, system.a, system.b));
}

Variable triangular_solve(const Variable& a, const Variable& b, bool upper) {
  check_square("triangular_solve", a.value());
  const LinearSystem system("triangular_solve", a, b);
  return system.restore(apply(TriangularSolve{upper}, system.a, system.b));
}

Variable inv(const Variable& a) { return apply(Inv{}, to_float(a)); }
Variable det(const Variable& a) { return apply(Det{}, to_float(a)); }
std::array<Variable, 2> slogdet(const Variable& a) { return apply(Slogdet{}, to_float(a)); }
Variable cholesky(const Variable& a) { return apply(Cholesky{}, to_float(a)); }

Variable logdet(const Variable& a) {
  const auto [sign, logabs] = slogdet(a);
  return logabs + Variable(log(sign.value()));  // 0, or NaN for a negative determinant
}

std::array<Variable, 2> qr(const Variable& a) {
  check_matrices("qr", a.value());
  const Variable x = to_float(a);
  const i64 m = x.size(-2), n = x.size(-1);
  if (m >= n) return apply(Qr{}, x);
  const Variable square = slice(x, -1, {.stop = m});
  const Variable q = apply(Qr{}, square)[0];
  return {q, triu(matmul(transpose(q), x))};
}

Variable lstsq(const Variable& a, const Variable& b) {
  check_matrices("lstsq", a.value());
  const LinearSystem system("lstsq", a, b);
  const bool tall = a.size(-2) >= a.size(-1);
  const auto [q, r] = qr(tall ? system.a : transpose(system.a));
  check_full_rank("lstsq", r.value());
  return system.restore(tall ? triangular_solve(r, matmul(transpose(q), system.b), /*upper=*/true)
                             : matmul(q, triangular_solve(transpose(r), system.b)));
}

template const OpEntry& entry_of<Solve>();
template const OpEntry& entry_of<TriangularSolve>();
template const OpEntry& entry_of<Inv>();
template const OpEntry& entry_of<Det>();
template const OpEntry& entry_of<Slogdet>();
template const OpEntry& entry_of<Cholesky>();
template const OpEntry& entry_of<Qr>();

}  // namespace cadena

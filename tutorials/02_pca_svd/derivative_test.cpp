// The claims of chapter 2 on derivatives, where they exist and where they do not.
#include <gtest/gtest.h>

#include <cmath>

#include "cadena.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor random_matrix(std::uint64_t seed, i64 m, i64 n) {
  Generator g(seed);
  return randn(g, {m, n}, Dtype::f64);
}

Tensor symmetric(std::uint64_t seed, i64 n) {
  const Tensor a = random_matrix(seed, n, n);
  return a + transpose(a);
}

Tensor column(const Tensor& a, i64 i) { return slice(a, 1, {.start = i, .stop = i + 1}); }

double form(const Tensor& u, const Tensor& a, const Tensor& v) { return matmul(transpose(u), matmul(a, v)).item(); }

// (f(h) - f(-h)) / 2h with the error term in h^2 removed (Richardson).
template <class F>
Tensor difference(const F& f, double h = 1e-3) {
  const auto central = [&](double step) { return (f(step) - f(-step)) / (2 * step); };
  return (4 * central(h / 2) - central(h)) / 3;
}

TEST(PcaSvd, DerivativeOfAnEigenvalue) {
  Claim claim("2.13");
  const Tensor a = symmetric(1, 5), da = symmetric(2, 5), v = eigh(a)[1];
  const Tensor slopes = difference([&](double t) { return eigvalsh(a + t * da); });
  for (i64 i = 0; i < 5; ++i) claim.identity(slopes.at({i}), form(column(v, i), da, column(v, i)), 1e-8);
  claim.rejects("diagonal-of-the-change", slopes, diagonal(da));
  claim.rejects("eigenvalues-of-the-change", slopes, eigvalsh(da));
}

TEST(PcaSvd, DerivativeOfAnEigenvector) {
  Claim claim("2.14");
  const Tensor a = symmetric(3, 4), da = symmetric(4, 4);
  const auto [values, v] = eigh(a);
  const i64 i = 1;
  // The sign of a vector is free: differentiate the projector v v^T instead.
  const Tensor computed = difference([&](double t) {
    const Tensor moved = column(eigh(a + t * da)[1], i);
    return matmul(moved, transpose(moved));
  });
  const auto projector = [&, values = values, v = v](bool flip) {
    Tensor dv = zeros({4, 1}, Dtype::f64);
    for (i64 j = 0; j < 4; ++j) {
      const double gap = values.at({i}) - values.at({j});
      if (j != i) dv = dv + form(column(v, j), da, column(v, i)) / (flip ? -gap : gap) * column(v, j);
    }
    return matmul(dv, transpose(column(v, i))) + matmul(column(v, i), transpose(dv));
  };
  claim.identity(computed, projector(false), 1e-8);
  claim.rejects("sign-of-the-gap", computed, projector(true));
  // The library's rule, through the same gauge-invariant function.
  const auto f = [&](std::span<const Variable> x) {
    const Variable u = slice(eigh(x[0])[1], 1, {.start = i, .stop = i + 1});
    return matmul(u, transpose(u));
  };
  claim.identity(jvp(f, std::vector{Variable(a)}, std::vector{Variable(da)}).product.value(), projector(false), 1e-10);
}

TEST(PcaSvd, DerivativeOfASingularValue) {
  Claim claim("2.15");
  const Tensor a = random_matrix(5, 6, 4), da = random_matrix(6, 6, 4);
  const auto [u, s, vt] = svd(a);
  const Tensor slopes = difference([&](double t) { return svdvals(a + t * da); });
  for (i64 i = 0; i < 4; ++i) claim.identity(slopes.at({i}), form(column(u, i), da, column(transpose(vt), i)), 1e-8);
  const Tensor gram = matmul(transpose(a), da);
  claim.rejects("of-the-eigenvalue", slopes.at({0}),
                2 * form(column(transpose(vt), 0), gram, column(transpose(vt), 0)));
}

TEST(PcaSvd, DerivativeOfTheThinLeftFactor) {
  Claim claim("2.16");
  const Tensor a = random_matrix(7, 6, 3), da = random_matrix(8, 6, 3);
  const auto [u, s, vt] = svd(a);
  const Tensor v = transpose(vt), s2 = square(s);
  const Tensor gaps = unsqueeze(s2, 0) - unsqueeze(s2, 1) + eye(3, -1, Dtype::f64);
  const Tensor f = 1 / gaps - eye(3, -1, Dtype::f64);
  const Tensor inside = matmul(u, f * (matmul(matmul(transpose(u), da), v) * s +
                                       unsqueeze(s, 1) * matmul(transpose(v), matmul(transpose(da), u))));
  const Tensor outside = matmul(eye(6, -1, Dtype::f64) - matmul(u, transpose(u)), matmul(da, v)) / s;
  // Gauge-invariant: the projectors on the single left vectors, u_i u_i^T.
  const auto projectors = [u = u](const Tensor& du) {
    return einsum("ai,bi->iab", {du, u}) + einsum("ai,bi->iab", {u, du});
  };
  const Tensor computed = difference([&](double t) {
    const Tensor moved = svd(a + t * da)[0];
    return einsum("ai,bi->iab", {moved, moved});
  });
  claim.identity(computed, projectors(inside + outside), 1e-8);
  // The right factor, of exercise 4, is square and has the first part only.
  const Tensor p = matmul(matmul(transpose(u), da), v);
  const Tensor dv = matmul(v, f * (unsqueeze(s, 1) * p + transpose(p) * s));
  const Tensor right = difference([&](double t) {
    const Tensor moved = transpose(svd(a + t * da)[2]);
    return einsum("ai,bi->iab", {moved, moved});
  });
  claim.identity(right, einsum("ai,bi->iab", {dv, v}) + einsum("ai,bi->iab", {v, dv}), 1e-8);
  claim.rejects("projector-forgotten", computed, projectors(inside));
  claim.rejects("inside-forgotten", computed, projectors(outside));
}

TEST(PcaSvd, EigenvaluesOfAPlaneOfMatricesFormACone) {
  Claim claim("2.17");
  const auto matrix = [](double s, double t) { return reshape(tensor({s, t, t, -s}, Dtype::f64), {2, 2}); };
  const auto vector = [](double angle) { return tensor({std::cos(angle / 2), std::sin(angle / 2)}, Dtype::f64); };
  for (int step = 0; step < 12; ++step) {
    const double angle = step * M_PI / 6, r = 1e-3 * (step + 1), s = r * std::cos(angle), t = r * std::sin(angle);
    claim.identity(eigvalsh(matrix(s, t)), tensor({-r, r}, Dtype::f64), 1e-12);
    claim.identity(matmul(matrix(s, t), vector(angle)), r * vector(angle), 1e-12);
  }
  const auto slope = [&](double s, double t) { return eigvalsh(matrix(1e-6 * s, 1e-6 * t)).at({1}) / 1e-6; };
  claim.identity(slope(1, 0), 1, 1e-9);
  claim.identity(slope(0, 1), 1, 1e-9);
  const double root = std::sqrt(0.5);
  claim.rejects("smooth-along-each-line", slope(1, 0) * root + slope(0, 1) * root, slope(root, root));
  claim.rejects("back-after-a-turn", vector(1 + 2 * M_PI), vector(1));
}

TEST(PcaSvd, TraceFunctionsAreSmoothAtRepeatedEigenvalues) {
  Claim claim("2.18");
  const Tensor q = qr(random_matrix(9, 4, 4))[0], values = tensor({2, 2, 2, 5}, Dtype::f64);
  const Tensor a = matmul(q * values, transpose(q));
  // f = lambda ln lambda, the entropy's; f' = 1 + ln lambda.
  const Variable x = parameter(a);
  const Variable lambda = eigvalsh(x);
  const Tensor computed = grad(sum(lambda * log(lambda)), x).value();
  claim.identity(computed, matmul(q * (1 + log(values)), transpose(q)), 1e-11);
  const Tensor da = symmetric(10, 4);
  const double slope = difference([&](double t) {
                         const Tensor at = eigvalsh(a + t * da);
                         return sum(at * log(at));
                       }).item();
  claim.identity(slope, sum(computed * da).item(), 1e-7);
  claim.rejects("only-the-first-of-the-group", computed,
                matmul(q * (1 + log(values)) * tensor({1, 0, 0, 1}, Dtype::f64), transpose(q)));
  // One eigenvalue of the group alone has no derivative: its slopes in two opposite directions do not cancel.
  const auto one_sided = [&](double sign) { return (eigvalsh(a + sign * 1e-6 * da).at({0}) - 2) / 1e-6; };
  EXPECT_GT(std::abs(one_sided(1) + one_sided(-1)), 0.1);
}

TEST(PcaSvd, ProjectorOnASeparatedGroupIsSmooth) {
  Claim claim("2.19");
  const Tensor q = qr(random_matrix(11, 4, 4))[0], values = tensor({1, 1, 4, 6}, Dtype::f64);
  const Tensor a = matmul(q * values, transpose(q)), da = symmetric(12, 4);
  const Tensor computed = difference([&](double t) {
    const Tensor group = slice(eigh(a + t * da)[1], 1, {.stop = 2});
    return matmul(group, transpose(group));
  });
  const auto formula = [&](bool within) {
    Tensor dp = zeros({4, 4}, Dtype::f64);
    for (i64 i = 0; i < 2; ++i) {
      for (i64 j = 0; j < 4; ++j) {
        if (j == i || (!within && j < 2)) continue;
        const double gap = values.at({i}) - values.at({j});
        const double patched = gap / (gap * gap + 0.1);  // what some codes put in place of 1 / gap
        const Tensor vi = column(q, i), vj = column(q, j);
        dp = dp +
             form(vj, da, vi) * (within ? patched : 1 / gap) * (matmul(vj, transpose(vi)) + matmul(vi, transpose(vj)));
      }
    }
    return dp;
  };
  claim.identity(computed, formula(false), 1e-7);
  claim.rejects("patched-denominator", computed, formula(true));
  // The library differentiates a simple vector though others repeat, and refuses one of those.
  const auto projector = [](const Variable& x, i64 i) {
    const Variable vector = slice(eigh(x)[1], 1, {.start = i, .stop = i + 1});
    return matmul(vector, transpose(vector));
  };
  const Variable x = parameter(a);
  EXPECT_NO_THROW(grad(sum(projector(x, 3) * Variable(da)), x));
  EXPECT_THROW(grad(sum(projector(x, 0) * Variable(da)), x), LinalgError);
}

TEST(PcaSvd, GradientsOfTheLinearAutoencoder) {
  Claim claim("2.21");
  const Tensor x = random_matrix(13, 10, 5);
  const Variable w1 = parameter(random_matrix(14, 5, 2)), w2 = parameter(random_matrix(15, 2, 5));
  const Variable loss = 0.5 * sum(square(matmul(matmul(Variable(x), w1), w2) - Variable(x)));
  const std::vector<Variable> computed = grad(loss, {w1, w2});
  const Tensor error = matmul(matmul(x, w1.value()), w2.value()) - x;
  claim.identity(computed[0].value(), matmul(matmul(transpose(x), error), transpose(w2.value())), 1e-11);
  claim.identity(computed[1].value(), matmul(transpose(w1.value()), matmul(transpose(x), error)), 1e-11);
  claim.rejects("factor-two", computed[1].value(), 2 * matmul(transpose(w1.value()), matmul(transpose(x), error)));
  claim.rejects("encoder-forgotten", computed[1].value(), matmul(transpose(matmul(x, w1.value())), x));
}

}  // namespace
}  // namespace cadena::tutorials

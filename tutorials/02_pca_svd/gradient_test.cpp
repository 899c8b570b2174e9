// The claims of chapter 2 on components, low rank, and the three iterations.
#include <gtest/gtest.h>

#include <cmath>

#include "cadena.h"
#include "tutorials/02_pca_svd/iterations.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor random_matrix(std::uint64_t seed, i64 m, i64 n) {
  Generator g(seed);
  return randn(g, {m, n}, Dtype::f64);
}

Tensor centred(const Tensor& x) { return x - mean(x, {0}, true); }

// Samples whose features have different variances, and a mean that is not 0.
Tensor random_samples(std::uint64_t seed) {
  return matmul(random_matrix(seed, 40, 5), random_matrix(seed + 100, 5, 5)) + 3;
}

Tensor covariance(const Tensor& x) { return matmul(transpose(x), x) / static_cast<double>(x.size(0) - 1); }

// The last k columns of ascending eigenvectors: the first k components.
Tensor components(const Tensor& c, i64 k) { return slice(eigh(c)[1], 1, {.start = c.size(0) - k}); }

double squared(const Tensor& x) { return sum(square(x)).item(); }

TEST(PcaSvd, VarianceOfAProjectionIsAQuadraticForm) {
  Claim claim("2.1");
  const Tensor x = centred(random_samples(1)), u = random_matrix(2, 5, 1);
  const double quadratic = matmul(transpose(u), matmul(covariance(x), u)).item();
  claim.identity(var(matmul(x, u)).item(), quadratic, 1e-12);
  claim.rejects("divided-by-n", var(matmul(x, u)).item(), quadratic * 39 / 40);
}

TEST(PcaSvd, NoDirectionHasMoreVarianceThanTheFirstComponent) {
  Claim claim("2.2");
  const Tensor c = covariance(centred(random_samples(3)));
  const Tensor values = eigvalsh(c);
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    Tensor u = random_matrix(seed, 5, 1);
    u = u / norm(u);
    claim.bound(matmul(transpose(u), matmul(c, u)).item(), values.at({4}));
  }
  const Tensor first = components(c, 1);
  EXPECT_NEAR(matmul(transpose(first), matmul(c, first)).item(), values.at({4}), 1e-10);
  claim.rejects_bound("second-eigenvalue", matmul(transpose(first), matmul(c, first)).item(), values.at({3}));
}

TEST(PcaSvd, VarianceKeptAndErrorMadeAddUp) {
  Claim claim("2.3");
  const Tensor x = centred(random_samples(4)), c = covariance(x), v = components(c, 2);
  const Tensor kept = matmul(matmul(x, v), transpose(v));
  claim.identity(squared(x), squared(kept) + squared(x - kept), 1e-12);
  const double lost = 39 * sum(slice(eigvalsh(c), 0, {.stop = 3})).item();
  claim.identity(squared(x - kept), lost, 1e-12);
  claim.rejects("kept-for-lost", squared(kept), lost);
  const Tensor raw = random_samples(4), w = components(covariance(raw), 2);
  claim.rejects("without-centering", squared(raw - matmul(matmul(raw, w), transpose(w))), lost);
}

TEST(PcaSvd, FourPointsByHand) {
  Claim claim("2.4");
  const Tensor x = tensor({{2, 1}, {1, 2}, {-2, -1}, {-1, -2}}, Dtype::f64);
  const Tensor gram = matmul(transpose(x), x), v = components(gram, 1);
  claim.identity(gram, tensor({{10, 8}, {8, 10}}, Dtype::f64), 1e-15);
  claim.identity(eigvalsh(gram), tensor({2, 18}, Dtype::f64), 1e-12);
  claim.identity(abs(v), full({2, 1}, std::sqrt(0.5), Dtype::f64), 1e-12);
  claim.identity(squared(x - matmul(matmul(x, v), transpose(v))), 2.0, 1e-12);
  claim.rejects("singular-values", eigvalsh(gram), svdvals(x));
}

// Steps 1 to 4 of the text: V and the singular values from A^T A, U from A V, completed where sigma is 0.
TEST(PcaSvd, EigenvectorsOfTheGramMatrixGiveTheDecomposition) {
  Claim claim("2.5");
  const i64 m = 6, n = 4;
  for (const i64 rank : {4, 2, 0}) {
    const Tensor a = matmul(random_matrix(90, m, rank), random_matrix(91, rank, n));
    const auto [values, vectors] = eigh(matmul(transpose(a), a));
    const Tensor v = flip(vectors, {1}), positive = sqrt(slice(flip(values, {0}), 0, {.stop = rank}));
    const Tensor s = concat({positive, zeros({n - rank}, Dtype::f64)}), one = eye(n, -1, Dtype::f64);
    const Tensor image = slice(matmul(a, v), 1, {.stop = rank}) / positive;
    const Tensor rest = random_matrix(92, m, n - rank);
    const Tensor completed = slice(qr(concat({image, rest}, 1))[0], 1, {.start = rank});
    const Tensor u = concat({image, completed}, 1);
    claim.identity(matmul(transpose(u), u), one, 1e-12);
    claim.identity(matmul(transpose(v), v), one, 1e-12);
    claim.identity(matmul(u * s, transpose(v)), a, 1e-12);
    if (rank == 2) {
      const Tensor zero = concat({image, zeros({m, n - rank}, Dtype::f64)}, 1);
      claim.rejects("zero-where-sigma-is-zero", matmul(transpose(zero), zero), one);
    }
    if (rank == 4) {
      // -u_1 is an eigenvector of A A^T as good as u_1.
      const Tensor sign = tensor({-1, 1, 1, 1}, Dtype::f64), other = u * sign, outer = matmul(a, transpose(a));
      EXPECT_LT(max(abs(matmul(outer, other) - other * square(s))).item(), 1e-10);
      claim.rejects("vectors-of-both-products", matmul(other * s, transpose(v)), a);
    }
  }
}

TEST(PcaSvd, SingularVectorsOfTheDataAreThePrincipalComponents) {
  Claim claim("2.6");
  const Tensor x = centred(random_samples(5));
  const auto [u, s, vt] = svd(x);
  claim.identity(matmul(transpose(vt) * square(s) / 39.0, vt), covariance(x), 1e-12);
  claim.identity(matmul(x, transpose(vt)), u * s, 1e-12);
  claim.rejects("values-not-squared", matmul(transpose(vt) * s / 39.0, vt), covariance(x));
  claim.rejects("left-vectors", matmul(x, transpose(vt)), u);
}

TEST(PcaSvd, NoMatrixOfRankKIsCloserThanTheTruncatedSum) {
  Claim claim("2.7");
  const Tensor a = random_matrix(6, 7, 5);
  const i64 k = 2;
  const auto [u, s, vt] = svd(a);
  const double rest = sum(square(slice(s, 0, {.start = k}))).item();
  const auto truncated = [u = u, s = s, vt = vt](i64 rank) {
    return matmul(slice(u, 1, {.stop = rank}) * slice(s, 0, {.stop = rank}), slice(vt, 0, {.stop = rank}));
  };
  EXPECT_NEAR(squared(a - truncated(k)), rest, 1e-12);
  for (std::uint64_t seed = 30; seed < 40; ++seed) {  // the best of rank k with a random column space, and near misses
    const Tensor q = qr(random_matrix(seed, 7, k))[0];
    claim.bound(rest, squared(a - matmul(q, matmul(transpose(q), a))));
    const Tensor near = truncated(k) + 1e-3 * matmul(slice(u, 1, {.stop = k}), random_matrix(seed, k, 5));
    claim.bound(rest, squared(a - near));
  }
  claim.rejects_bound("rank-k-plus-one", rest, squared(a - truncated(k + 1)));
}

TEST(PcaSvd, CompressedLayerMovesItsOutputByTheNextSingularValue) {
  Claim claim("2.8");
  const Tensor w = random_matrix(7, 6, 9);
  const i64 k = 3;
  const auto [u, s, vt] = svd(w);
  const Tensor small = matmul(slice(u, 1, {.stop = k}) * slice(s, 0, {.stop = k}), slice(vt, 0, {.stop = k}));
  const Tensor difference = w - small;
  for (std::uint64_t seed = 50; seed < 60; ++seed) {
    const Tensor x = random_matrix(seed, 9, 1);
    claim.bound(norm(matmul(difference, x)).item(), s.at({k}) * norm(x).item());
  }
  const Tensor worst = unsqueeze(select(vt, 0, k), 1);  // attains it
  EXPECT_NEAR(norm(matmul(difference, worst)).item(), s.at({k}), 1e-12);
  claim.rejects_bound("one-value-later", norm(matmul(difference, worst)).item(), s.at({k + 1}));
}

TEST(PcaSvd, WhitenedDataHaveTheIdentityForCovariance) {
  Claim claim("2.9");
  const Tensor x = centred(random_samples(8)), c = covariance(x);
  const auto [values, v] = eigh(c);
  claim.identity(covariance(matmul(x, v) / sqrt(values)), eye(5, -1, Dtype::f64), 1e-11);
  claim.rejects("divided-by-variance", covariance(matmul(x, v) / values), eye(5, -1, Dtype::f64));
}

// A symmetric matrix with the given eigenvalues in a random frame, and that frame.
std::pair<Tensor, Tensor> with_eigenvalues(const Tensor& values, std::uint64_t seed) {
  const Tensor q = qr(random_matrix(seed, values.size(0), values.size(0)))[0];
  return {matmul(q * values, transpose(q)), q};
}

TEST(PcaSvd, PowerIterationClosesTheAngle) {
  Claim claim("2.10");
  const auto [a, q] = with_eigenvalues(tensor({5, -3, 2, 0.5}, Dtype::f64), 9);
  const Tensor v = select(q, 1, 0);
  const auto iterates = power_iteration(a, select(random_matrix(10, 4, 1), 1, 0), 25);
  const auto tangent = [&](const Tensor& x) {
    const double cosine = std::abs(sum(x * v).item());
    return norm(x - sum(x * v) * v).item() / cosine;
  };
  const double start = tangent(iterates[0]);
  for (std::size_t t = 1; t < iterates.size(); ++t)
    claim.bound(tangent(iterates[t]), std::pow(0.6, static_cast<double>(t)) * start);
  // A start in the plane of the first two vectors attains it.
  const auto slowest = power_iteration(a, v + 2 * select(q, 1, 1), 10);
  claim.bound(tangent(slowest[10]), std::pow(0.6, 10) * 2);
  EXPECT_NEAR(tangent(slowest[10]), std::pow(0.6, 10) * 2, 1e-12);
  claim.rejects_bound("square-of-the-ratio", tangent(iterates[20]), std::pow(0.36, 20) * start);
}

TEST(PcaSvd, QrStepKeepsTheEigenvalues) {
  Claim claim("2.11");
  const Tensor values = tensor({-1, 0.5, 3, 6}, Dtype::f64);
  const Tensor a = with_eigenvalues(values, 11).first;
  const auto [q, r] = qr(a);
  claim.identity(qr_iteration(a, 1).back(), matmul(transpose(q), matmul(a, q)), 1e-12);
  claim.identity(eigvalsh(qr_iteration(a, 7).back()), values, 1e-11);
  const Tensor late = qr_iteration(a, 120).back();
  claim.identity(sort(diagonal(late)).values, values, 1e-9);
  claim.rejects("product-in-the-old-order", matmul(q, r), matmul(r, q));
}

TEST(PcaSvd, JacobiRotationMakesTwoColumnsOrthogonal) {
  Claim claim("2.12");
  for (std::uint64_t seed = 70; seed < 76; ++seed) {
    const Tensor pair = random_matrix(seed, 6, 2), a = select(pair, 1, 0), b = select(pair, 1, 1);
    const auto [c, s] = jacobi_rotation(a, b);
    EXPECT_LE(std::abs(s), c + 1e-15) << "45 degrees at most";
    claim.identity(sum((c * a - s * b) * (s * a + c * b)).item(), 0.0, 1e-12);
    claim.identity(c * c + s * s, 1.0, 1e-12);
    if (seed == 70) claim.rejects("angle-of-the-other-sign", sum((c * a + s * b) * (c * b - s * a)).item(), 0.0);
  }
  // Columns of equal length: zeta is 0, and the angle 45 degrees.
  const Tensor first = tensor({1, 2}, Dtype::f64), second = tensor({2, 1}, Dtype::f64);
  const auto [cosine, sine] = jacobi_rotation(first, second);
  claim.identity(sum((cosine * first - sine * second) * (sine * first + cosine * second)).item(), 0.0, 1e-12);
  claim.rejects("sign-of-zero-is-zero", sum(first * second).item(), 0.0);
  const Tensor a = random_matrix(80, 9, 6);
  const JacobiSvd by_hand = jacobi_svd(a);
  claim.identity(by_hand.s, svdvals(a), 1e-12);
  claim.identity(matmul(by_hand.u * by_hand.s, transpose(by_hand.v)), a, 1e-12);
}

}  // namespace
}  // namespace cadena::tutorials

// The claims of chapter 4 on gradient descent, momentum and Nesterov's method.
#include <gtest/gtest.h>

#include <algorithm>
#include <complex>

#include "tutorials/04_adam/descent.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

constexpr double kM = 0.3, kL = 12;  // ends of the spectrum
constexpr i64 kN = 7;                // dimensions

Tensor random_start(std::uint64_t seed) {
  Generator g(seed);
  return randn(g, {kN}, Dtype::f64);
}

// e_0 and e_1 known, then e_t by the closed form c1 z1^t + c2 z2^t of e_{t+1} = p e_t - q e_{t-1}.
double by_roots(double p, double q, double e0, double e1, int t) {
  const std::complex<double> root = std::sqrt(std::complex<double>(p * p - 4 * q));
  const std::complex<double> z1 = (p + root) / 2.0, z2 = (p - root) / 2.0;
  const std::complex<double> c1 = (e1 - z2 * e0) / (z1 - z2), c2 = e0 - c1;
  return (c1 * std::pow(z1, t) + c2 * std::pow(z2, t)).real();
}

// The largest modulus of the roots of z^2 - p z + q.
double largest_root(double p, double q) {
  const std::complex<double> root = std::sqrt(std::complex<double>(p * p - 4 * q));
  return std::max(std::abs((p + root) / 2.0), std::abs((p - root) / 2.0));
}

TEST(Adam, GradientDescentShrinksEachEigendirectionByItsOwnFactor) {
  Claim claim("4.3");
  const Quadratic f = quadratic(kM, kL, kN);
  const double rate = 0.13;
  const Tensor start = random_start(1);
  const int steps = 9;
  const Tensor computed = descend<Sgd>(f, start, {.learning_rate = rate}, steps).back();
  const Tensor factor = add(mul(f.eigenvalues, -rate), 1);
  claim.identity(computed, mul(pow(factor, steps), start), 1e-12);
  claim.rejects("one-step-short", computed, mul(pow(factor, steps - 1), start));
  claim.rejects("exponential", computed, mul(exp(mul(f.eigenvalues, -rate * steps)), start));
}

// The factor by which one step shrinks the worst direction, measured by a run from each coordinate axis.
double measured_factor(const Quadratic& f, double rate) {
  const Tensor after = descend<Sgd>(f, ones({kN}, Dtype::f64), {.learning_rate = rate}, 1).back();
  return max(abs(after)).item();
}

TEST(Adam, BestRateOfGradientDescentBalancesTheEndsOfTheSpectrum) {
  Claim claim("4.4");
  const Quadratic f = quadratic(kM, kL, kN);
  const double kappa = kL / kM, best = 2 / (kL + kM);
  claim.identity(measured_factor(f, best), (kappa - 1) / (kappa + 1), 1e-12);
  for (const double other : {0.9, 0.99, 1.01, 1.1})
    EXPECT_GT(measured_factor(f, other * best), measured_factor(f, best));
  claim.rejects("rate-of-the-steepest-direction", measured_factor(f, 1 / kL), (kappa - 1) / (kappa + 1));
}

TEST(Adam, LossFallsAtLeastAsFastAsTheConditionNumberAllows) {
  Claim claim("4.5");
  const Quadratic f = quadratic(kM, kL, kN);
  const double kappa = kL / kM, rho = (kappa - 1) / (kappa + 1);
  for (const std::uint64_t seed : {2u, 3u, 4u}) {
    const auto points = descend<Sgd>(f, random_start(seed), {.learning_rate = 2 / (kL + kM)}, 40);
    for (std::size_t t = 1; t < points.size(); ++t)
      claim.bound(f(points[t]), std::pow(rho, 2 * static_cast<double>(t)) * f(points[0]));
  }
  // Errors in the directions of the ends of the spectrum alone attain it (exercise 1).
  const auto tight = descend<Sgd>(f, tensor({2, 0, 0, 0, 0, 0, -1}, Dtype::f64), {.learning_rate = 2 / (kL + kM)}, 10);
  claim.bound(f(tight[10]), std::pow(rho, 20) * f(tight[0]));
  EXPECT_NEAR(f(tight[10]), std::pow(rho, 20) * f(tight[0]), 1e-12);
  // The rate of (4.8), which gradient descent does not reach: the slowest direction alone breaks it.
  Tensor slowest = zeros({kN}, Dtype::f64);
  slowest.mutable_data<double>()[0] = 1;
  const double fast = (std::sqrt(kappa) - 1) / (std::sqrt(kappa) + 1);
  const double loss = f(descend<Sgd>(f, slowest, {.learning_rate = 2 / (kL + kM)}, 10).back());
  claim.rejects_bound("root-of-the-condition-number", loss, std::pow(fast, 20) * f(slowest));
}

TEST(Adam, HeavyBallFollowsTheRootsOfItsPolynomial) {
  Claim claim("4.7");
  const Quadratic f = quadratic(kM, kL, kN);
  const double rate = 0.05, mu = 0.7;
  const Tensor start = random_start(5);
  const auto points = descend<Sgd>(f, start, {.learning_rate = rate, .momentum = mu}, 25);
  const std::vector<double> lambda = f.eigenvalues.to_vector(), e0 = start.to_vector();
  const std::vector<double> computed = points.back().to_vector();
  for (std::size_t i = 0; i < e0.size(); ++i) {
    const double p = 1 + mu - rate * lambda[i], e1 = (1 - rate * lambda[i]) * e0[i];
    claim.identity(computed[i], by_roots(p, mu, e0[i], e1, 25), 1e-12);
  }
  // A direction with complex roots loses sqrt(mu) a step, not mu.
  const double p = 1 + mu - rate * kL;
  ASSERT_LT(p * p, 4 * mu);
  claim.identity(largest_root(p, mu), std::sqrt(mu), 1e-12);
  claim.rejects("modulus-mu", largest_root(p, mu), mu);
  claim.rejects("no-velocity-term", computed[6], by_roots(1 - rate * kL, 0, e0[6], (1 - rate * kL) * e0[6], 25));
}

TEST(Adam, BestMomentumHasTheRootOfTheConditionNumber) {
  Claim claim("4.8");
  const auto worst = [](double rate, double mu) {
    double modulus = 0;
    for (int i = 0; i <= 400; ++i)
      modulus = std::max(modulus, largest_root(1 + mu - rate * (kM + (kL - kM) * i / 400), mu));
    return modulus;
  };
  const double kappa = kL / kM, rho = (std::sqrt(kappa) - 1) / (std::sqrt(kappa) + 1);
  const double rate = std::pow(2 / (std::sqrt(kL) + std::sqrt(kM)), 2);
  // Double roots: rounding in the coefficients moves them by its square root.
  claim.identity(worst(rate, rho * rho), rho, 1e-6);
  for (const double other : {0.97, 1.03}) {
    EXPECT_GT(worst(other * rate, rho * rho), rho);
    EXPECT_GT(worst(rate, other * rho * rho), rho);
  }
  claim.rejects("condition-number-itself", worst(rate, rho * rho), (kappa - 1) / (kappa + 1));
  claim.rejects("rate-of-gradient-descent", worst(2 / (kL + kM), rho * rho), rho);
}

TEST(Adam, NesterovInOnePointIsNesterovInTwo) {
  Claim claim("4.10");
  const Quadratic f = quadratic(kM, kL, kN);
  const double rate = 0.06, mu = 0.8;
  const Tensor start = random_start(6);
  const int steps = 20;
  Tensor theta = copy(start), v = zeros({kN}, Dtype::f64);  // (4.9)
  for (int t = 0; t < steps; ++t) {
    const Tensor ahead = add(theta, mul(v, mu));
    v = sub(mul(v, mu), mul(mul(f.eigenvalues, ahead), rate));
    theta = add(theta, v);
  }
  const Tensor computed =
      descend<Sgd>(f, start, {.learning_rate = rate, .momentum = mu, .nesterov = true}, steps).back();
  claim.identity(computed, add(theta, mul(v, mu)), 1e-12);
  claim.rejects("the-point-itself", computed, theta);
  claim.rejects("heavy-ball", computed, descend<Sgd>(f, start, {.learning_rate = rate, .momentum = mu}, steps).back());
}

TEST(Adam, NesterovRateOnAQuadratic) {
  Claim claim("4.11");
  const Quadratic f = quadratic(kM, kL, kN);
  const double kappa = kL / kM, rate = 1 / kL, mu = (std::sqrt(kappa) - 1) / (std::sqrt(kappa) + 1);
  // The roots at every curvature, and the run against the recurrence of theta, whose w is theta + mu v.
  double modulus = 0;
  for (int i = 0; i <= 400; ++i) {
    const double shrink = 1 - rate * (kM + (kL - kM) * i / 400);
    modulus = std::max(modulus, largest_root((1 + mu) * shrink, mu * shrink));
  }
  claim.identity(modulus, 1 - 1 / std::sqrt(kappa), 1e-6);
  const Tensor start = random_start(7);
  const auto points = descend<Sgd>(f, start, {.learning_rate = rate, .momentum = mu, .nesterov = true}, 12);
  const std::vector<double> lambda = f.eigenvalues.to_vector(), computed = points.back().to_vector();
  for (std::size_t i = 1; i + 1 < computed.size(); ++i) {  // at both ends the two roots are equal
    const double shrink = 1 - rate * lambda[i], p = (1 + mu) * shrink, q = mu * shrink;
    const double e0 = points[0].to_vector()[i], e1 = points[1].to_vector()[i];
    claim.identity(computed[i], by_roots(p, q, e0, e1, 12), 1e-9);
  }
  claim.rejects("rate-of-the-heavy-ball", modulus, mu);
}

}  // namespace
}  // namespace cadena::tutorials

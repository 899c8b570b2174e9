// The claims of chapter 3 on the model, its likelihood, and Newton's method.
#include <gtest/gtest.h>

#include <cmath>

#include "tutorials/03_logistic_regression/model.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

// n random samples with d features; labels drawn from a random plane, with noise.
Dataset random_data(std::uint64_t seed, i64 n, i64 d) {
  Generator g(seed);
  Dataset data;
  data.x = randn(g, {n, d}, Dtype::f64);
  const Tensor z = matmul(data.x, randn(g, {d}, Dtype::f64));
  data.y = cast(lt(uniform(g, {n}, 0, 1, Dtype::f64), sigmoid(z)), Dtype::i64);
  return data;
}

Tensor random_weights(std::uint64_t seed, i64 d) {
  Generator g(seed);
  return randn(g, {d}, Dtype::f64);
}

Variable loss_of(const LogisticRegression& model, const Variable& w) { return model(w); }

TEST(LogisticRegression, SigmoidInvertsTheLogOdds) {
  Claim claim("3.2");
  const Tensor z = linspace(-8, 8, 33, Dtype::f64), p = sigmoid(z);
  claim.identity(log(p / (1 - p)), z, 1e-11);
  const Variable at = parameter(z);
  const Tensor slope = grad(sum(1 / (1 + exp(-at))), at).value();  // by the rules of quotient and exponential
  claim.identity(slope, p * (1 - p), 1e-12);
  claim.identity(grad(sum(sigmoid(at)), at).value(), slope, 1e-12);
  claim.identity(sigmoid(-z), 1 - p, 1e-12);
  claim.rejects("odds-without-logarithm", p / (1 - p), z);
  claim.rejects("derivative-without-the-second-factor", slope, p);
}

TEST(LogisticRegression, LogPartitionGivesMeanAndVariance) {
  Claim claim("3.3");
  const Variable eta = parameter(linspace(-6, 6, 25, Dtype::f64));
  const Tensor p = 1 / (1 + exp(-eta.value()));
  // Mean and variance as sums over the two outcomes.
  const Tensor mean = p * 1 + (1 - p) * 0, variance = p * square(1 - mean) + (1 - p) * square(0 - mean);
  const Variable first = grad(sum(log(1 + exp(eta))), eta, {.differentiable = true});
  claim.identity(first.value(), mean, 1e-12);
  claim.identity(grad(sum(first), eta).value(), variance, 1e-12);
  claim.rejects("second-moment", grad(sum(first), eta).value(), p);
}

TEST(LogisticRegression, NegativeLogLikelihood) {
  Claim claim("3.4");
  const LogisticRegression model = logistic_regression(random_data(1, 40, 5), 0);
  const Tensor w = random_weights(2, 6), p = model.probabilities(w), y = model.y;
  claim.identity(model(w), -sum(y * log(p) + (1 - y) * log(1 - p)).item(), 1e-12);
  claim.rejects("only-the-positives", model(w), -sum(y * log(p)).item());
  claim.rejects("mean-for-sum", model(w), -mean(y * log(p) + (1 - y) * log(1 - p)).item());
}

TEST(LogisticRegression, StableSoftplus) {
  Claim claim("3.5");
  const Tensor z = linspace(-30, 30, 61, Dtype::f64);
  claim.identity(maximum(z, 0) + log1p(exp(-abs(z))), log(1 + exp(z)), 1e-12);
  claim.identity(softplus(tensor({1000, -1000}, Dtype::f64)), tensor({1000, 0}, Dtype::f64), 1e-15);
  claim.rejects("relu", maximum(z, 0), log(1 + exp(z)));
  EXPECT_TRUE(std::isinf(std::log(1 + std::exp(1000.0)))) << "the plain formula overflows";
}

TEST(LogisticRegression, GradientIsErrorTimesFeatures) {
  Claim claim("3.6");
  const LogisticRegression model = logistic_regression(random_data(3, 50, 4), 0);
  const Variable w = parameter(random_weights(4, 5));
  const Tensor computed = grad(model(w), w).value(), p = model.probabilities(w.value());
  claim.identity(computed, matmul(transpose(model.x), p - model.y), 1e-11);
  claim.rejects("squared-error", computed, matmul(transpose(model.x), (p - model.y) * p * (1 - p)));
  claim.rejects("sign", computed, matmul(transpose(model.x), model.y - p));
  // Exercise 2: the squared error of one sample lies above its chord from -6 to -2.
  const auto squared_error = [](double at) { return 0.5 * std::pow(1 - 1 / (1 + std::exp(-at)), 2); };
  EXPECT_NEAR(squared_error(-4), 0.4822, 5e-5);
  EXPECT_NEAR((squared_error(-6) + squared_error(-2)) / 2, 0.4427, 5e-5);
}

TEST(LogisticRegression, HessianIsAWeightedGramMatrix) {
  Claim claim("3.7");
  const LogisticRegression model = logistic_regression(random_data(5, 50, 4), 0);
  const Tensor w = random_weights(6, 5), p = model.probabilities(w);
  const Tensor computed = hessian([&](const Variable& at) { return loss_of(model, at); }, Variable(w)).value();
  claim.identity(computed, matmul(transpose(model.x), unsqueeze(p * (1 - p), 1) * model.x), 1e-11);
  claim.rejects("constant-weights", computed, 0.25 * matmul(transpose(model.x), model.x));
  claim.rejects("weights-p", computed, matmul(transpose(model.x), unsqueeze(p, 1) * model.x));
}

TEST(LogisticRegression, CurvatureLiesBetweenZeroAndAQuarterOfTheGramMatrix) {
  Claim claim("3.8");
  const LogisticRegression model = logistic_regression(random_data(7, 30, 4), 0);
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const Tensor w = random_weights(20 + seed, 5), v = random_weights(40 + seed, 5);
    const auto f = [&](const Variable& at) { return loss_of(model, at); };
    const double curvature = sum(hvp(f, Variable(w), Variable(v)).value() * v).item();
    claim.bound(0, curvature);
    claim.bound(curvature, 0.25 * sum(square(matmul(model.x, v))).item());
  }
  // At w = 0 all weights are a quarter: an eighth is not enough.
  const Tensor v = random_weights(60, 5);
  const auto f = [&](const Variable& at) { return loss_of(model, at); };
  const double at_zero = sum(hvp(f, Variable(zeros({5}, Dtype::f64)), Variable(v)).value() * v).item();
  claim.rejects_bound("an-eighth", at_zero, 0.125 * sum(square(matmul(model.x, v))).item());
}

// The largest curvature of a model by (3.8), and the penalty's.
double largest_curvature(const LogisticRegression& model) {
  return max(eigvalsh(matmul(transpose(model.x), model.x))).item() / 4 + max(model.penalty).item();
}

TEST(LogisticRegression, GradientStepLowersTheLossByItsSquare) {
  Claim claim("3.9");
  const LogisticRegression model = logistic_regression(random_data(10, 40, 4), 0);
  const double L = largest_curvature(model);
  for (std::uint64_t seed = 70; seed < 76; ++seed) {
    const Tensor w = random_weights(seed, 5), g = gradient(model, w);
    const double square = sum(g * g).item();
    for (const double share : {0.1, 0.5, 1.0, 1.9})
      claim.bound(model(w - share / L * g), model(w) - share / L * (1 - share / 2) * square);
    if (seed == 70) claim.rejects_bound("tangent", model(w - 1 / L * g), model(w) - square / L);
  }
  // The limit 2 / L is sharp: of each sample a copy with the other label, so that all probabilities are 1/2 at the
  // minimum w = 0 and the curvature is L itself. A rate a tenth above the limit raises the loss.
  const Tensor none = zeros({10, 1}, Dtype::f64), all = ones({10, 1}, Dtype::f64);
  const Tensor x = slice(model.x, 0, {.stop = 10});
  const LogisticRegression even{concat({x, x}), reshape(concat({none, all}), {20}), zeros({5}, Dtype::f64)};
  const double steepest = largest_curvature(even);
  const Tensor near = 1e-2 * select(eigh(matmul(transpose(even.x), even.x))[1], 1, 4);
  claim.bound(even(near - 1.9 / steepest * gradient(even, near)), even(near));
  claim.rejects_bound("rate-above-two-over-L", even(near - 2.2 / steepest * gradient(even, near)), even(near));
}

TEST(LogisticRegression, DampedNewtonStepLowersTheLossByAShareOfTheGradient) {
  Claim claim("3.19");
  LogisticRegression model = logistic_regression(random_data(11, 40, 4), 0.5);
  model.penalty = full({5}, 0.5, Dtype::f64);
  const double m = 0.5, M = largest_curvature(model), alpha = 0.1;
  std::size_t halved = 0;
  for (const double length : {1.0, 10.0, 50.0}) {
    const auto path = newton(model, length * random_weights(78, 5));
    EXPECT_LT(max(abs(gradient(model, path.back()))).item(), 1e-9) << "it converges from everywhere";
    for (std::size_t k = 0; k + 1 < path.size(); ++k) {
      const Tensor g = gradient(model, path[k]), d = solve(curvature(model, path[k]), g);
      claim.bound(model(path[k + 1]), model(path[k]) - alpha * m / (2 * M * M) * sum(g * g).item());
      const double undamped = model(path[k] - d);
      if (undamped < 1.01 * model(path[k])) continue;
      if (halved++ == 0) claim.rejects_bound("undamped", undamped, model(path[k]));
    }
  }
  EXPECT_GT(halved, 0u) << "no start was far enough for the full step to fail";
  const auto point = [](int k) { return (k % 2 == 0 ? 1 : -1) * (1 + std::ldexp(1.0, -k)); };
  for (int k = 0; k < 20; ++k) EXPECT_LT(std::abs(point(k + 1)), std::abs(point(k))) << "the loss w^2/2 falls";
  claim.rejects_bound("any-fall-will-do", point(11) * point(11) / 2, point(10) * point(10) * (1 - alpha) / 2);
}

TEST(LogisticRegression, FullNewtonStepSquaresTheGradient) {
  Claim claim("3.20");
  LogisticRegression model = logistic_regression(random_data(12, 12, 2), 1);
  model.penalty = ones({3}, Dtype::f64);
  const double longest = max(norm(model.x, {1})).item();
  const double Q = longest * max(eigvalsh(matmul(transpose(model.x), model.x))).item() / (6 * std::sqrt(3.0));
  const auto length = [&](const Tensor& w) { return norm(gradient(model, w)).item(); };
  const Tensor best = fit(model);
  for (const double distance : {3.0, 1.0, 0.1, 1e-2, 1e-3}) {
    const Tensor w = best + distance * random_weights(79, 3), g = gradient(model, w);
    const double after = length(w - solve(curvature(model, w), g)), before = length(w);
    claim.bound(after / (before * before), Q / 2);  // m = 1
    if (distance != 1e-3) continue;
    claim.rejects_bound("third-power", after / std::pow(before, 3), Q / 2);
    claim.rejects_bound("gradient-step", length(w - 1 / largest_curvature(model) * g) / (before * before), Q / 2);
  }
}

TEST(LogisticRegression, TwoNewtonStepsByHand) {
  Claim claim("3.10");
  const LogisticRegression model{unsqueeze(tensor({-2, -1, 1, 2}, Dtype::f64), 1), tensor({0, 1, 0, 1}, Dtype::f64),
                                 zeros({1}, Dtype::f64)};
  const auto path = newton(model, zeros({1}, Dtype::f64), 1e-14, 6);
  ASSERT_GE(path.size(), 4u);
  claim.identity(path[1].item(), 0.4, 1e-12);
  claim.identity(path[2].item(), 0.4194939, 1e-6);
  claim.rejects("first-step-again", path[2].item(), 0.4);
  claim.rejects("gradient-step", path[1].item(), 1.0);
  ASSERT_GE(path.size(), 5u);
  EXPECT_NEAR(path[3].item() - path[2].item(), 1.24e-4, 1e-6);
  EXPECT_NEAR(path[4].item() - path[3].item(), 5e-9, 1e-9);
}

TEST(LogisticRegression, NewtonStepIsAWeightedLeastSquaresFit) {
  Claim claim("3.17");
  const LogisticRegression model = logistic_regression(random_data(8, 60, 4), 0);
  const Tensor w = mul(random_weights(9, 5), 0.3), p = model.probabilities(w), s = p * (1 - p);
  const Variable at = parameter(w);
  const auto f = [&](const Variable& v) { return loss_of(model, v); };
  const Tensor step = solve(hessian(f, Variable(w)).value(), grad(model(at), at).value());
  const Tensor root = unsqueeze(sqrt(s), 1), response = matmul(model.x, w) + (model.y - p) / s;
  const Tensor fitted = lstsq(root * model.x, sqrt(s) * response);
  claim.identity(w - step, fitted, 1e-10);
  claim.rejects("unweighted", w - step, lstsq(model.x, response));
  claim.rejects("response-without-the-division", w - step,
                lstsq(root * model.x, sqrt(s) * (matmul(model.x, w) + model.y - p)));
}

}  // namespace
}  // namespace cadena::tutorials

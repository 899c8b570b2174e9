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
  claim.identity(grad(sum(sigmoid(at)), at).value(), p * (1 - p), 1e-12);
  claim.identity(sigmoid(-z), 1 - p, 1e-12);
  claim.rejects("odds-without-logarithm", p / (1 - p), z);
  claim.rejects("derivative-without-the-second-factor", grad(sum(sigmoid(at)), at).value(), p);
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

TEST(LogisticRegression, TwoNewtonStepsByHand) {
  Claim claim("3.9");
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
  Claim claim("3.16");
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

// The claims of chapter 3 on separable data, penalties, several classes and calibration.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "tutorials/03_logistic_regression/model.h"
#include "tutorials/support/chapter.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Dataset random_data(std::uint64_t seed, i64 n, i64 d) {
  Generator g(seed);
  Dataset data;
  data.x = randn(g, {n, d}, Dtype::f64);
  const Tensor z = matmul(data.x, randn(g, {d}, Dtype::f64)) + 0.7;
  data.y = cast(lt(uniform(g, {n}, 0, 1, Dtype::f64), sigmoid(z)), Dtype::i64);
  return data;
}

// What scikit-learn found: reference.json, written by make_reference.py.
const nlohmann::json& reference() {
  static const nlohmann::json values = [] {
    std::ifstream in(source_file("tutorials/03_logistic_regression/reference.json"));
    return nlohmann::json::parse(in);
  }();
  return values;
}

Tensor matrix(const nlohmann::json& rows) {
  std::vector<double> values;
  for (const auto& row : rows)
    for (const double value : row) values.push_back(value);
  return from_values(values, {static_cast<i64>(rows.size()), static_cast<i64>(rows[0].size())}, Dtype::f64);
}

TEST(LogisticRegression, LossOfASeparatingPlaneFallsToZero) {
  Claim claim("3.11");
  // Breast cancer is separable: Newton's method with a falling penalty finds a plane with every sample on its side.
  const Dataset data = standardized(load_breast_cancer());
  Tensor u = zeros({31}, Dtype::f64);
  double margin = -1;
  for (double lambda = 1; lambda > 1e-9 && margin <= 0; lambda /= 10) {
    const LogisticRegression model = logistic_regression(data, lambda);
    u = newton(model, u, 1e-9).back();
    margin = separate(model, u);
  }
  ASSERT_GT(margin, 0) << "no separating plane was found";
  const LogisticRegression model = logistic_regression(data, 0);
  const double n = static_cast<double>(data.size());
  for (const double c : {0.0, 1.0, 3.0, 10.0, 30.0}) {
    const double loss = model(mul(u, c));
    EXPECT_GT(loss, 0);
    claim.bound(loss, n * std::exp(-c * margin));
  }
  claim.rejects_bound("margin-of-the-longest-side", model(u), n * std::exp(-max(abs(matmul(model.x, u))).item()));
}

TEST(LogisticRegression, PosteriorModeIsTheRidgeEstimate) {
  Claim claim("3.13");
  const double tau = 0.6;
  const LogisticRegression model{random_data(1, 30, 3).x, cast(random_data(1, 30, 3).y, Dtype::f64),
                                 full({3}, 1 / (tau * tau), Dtype::f64)};
  // -ln posterior up to a constant that does not depend on w: compare differences between two points.
  Generator g(2);
  const auto negative_log_posterior = [&](const Tensor& w) {
    const Tensor p = model.probabilities(w);
    const double prior = sum(exp(-square(w) / (2 * tau * tau))).item();
    double log_prior = 0;
    for (const double value : w.to_vector())
      log_prior += std::log(std::exp(-value * value / (2 * tau * tau)) / (tau * std::sqrt(2 * M_PI)));
    EXPECT_GT(prior, 0);
    return -sum(model.y * log(p) + (1 - model.y) * log(1 - p)).item() - log_prior;
  };
  const Tensor a = randn(g, {3}, Dtype::f64), b = randn(g, {3}, Dtype::f64);
  claim.identity(model(a) - model(b), negative_log_posterior(a) - negative_log_posterior(b), 1e-11);
  const LogisticRegression wrong{model.x, model.y, full({3}, 1 / tau, Dtype::f64)};
  claim.rejects("deviation-for-variance", wrong(a) - wrong(b), negative_log_posterior(a) - negative_log_posterior(b));
}

TEST(LogisticRegression, RidgeEstimateIsNoLongerThanThePriorAllows) {
  Claim claim("3.14");
  const Dataset data = standardized(load_breast_cancer());
  const double n = static_cast<double>(data.size());
  for (const double lambda : {100.0, 1.0, 0.01}) {
    const Tensor w = slice(fit(logistic_regression(data, lambda)), 0, {.stop = 30});
    claim.bound(norm(w).item(), std::sqrt(2 * n * std::log(2.0) / lambda));
    if (lambda == 0.01) claim.rejects_bound("without-n", norm(w).item(), std::sqrt(2 * std::log(2.0) / lambda));
  }
}

TEST(LogisticRegression, RegularizationPath) {
  Claim claim("3.15");
  const Dataset data = random_data(3, 60, 4);
  const double lambda = 0.8, h = 1e-4;
  const auto estimate = [&](double at) { return fit(logistic_regression(data, at)); };
  const Tensor computed = (estimate(lambda + h) - estimate(lambda - h)) / (2 * h);
  const LogisticRegression model = logistic_regression(data, lambda);
  const Tensor w = estimate(lambda);
  // The intercept is not penalized: it has no part on the right.
  const Tensor penalized = w * gt(model.penalty, 0);
  claim.identity(computed, -solve(curvature(model, w), penalized), 1e-6);
  claim.rejects("penalty-forgotten", computed, -solve(curvature(logistic_regression(data, 0), w), penalized));
  claim.rejects("sign", computed, solve(curvature(model, w), penalized));
}

TEST(LogisticRegression, CoefficientsEqualThoseOfScikitLearn) {
  Claim claim("3.16");
  const auto& expected = reference()["breast_cancer"];
  const Dataset data = standardized(load_breast_cancer());
  const double lambda = 1 / expected["C"].get<double>();
  const LogisticRegression model = logistic_regression(data, lambda);
  const Tensor w = fit(model), coefficients = reshape(matrix(expected["coefficients"]), {30});
  // The features are read in f32, scikit-learn's in f64.
  claim.identity(slice(w, 0, {.stop = 30}), coefficients, 1e-6);
  claim.identity(w.at({30}), expected["intercept"][0].get<double>(), 1e-6);
  const Tensor right = eq(gt(matmul(model.x, w), 0), gt(model.y, 0));
  EXPECT_EQ(sum(cast(right, Dtype::i64)).item(), expected["right_on_training_data"].get<double>());
  const double n = static_cast<double>(data.size());
  claim.rejects("mean-loss", slice(fit(logistic_regression(data, n * lambda)), 0, {.stop = 30}), coefficients);
  claim.rejects("inverted-C", slice(fit(logistic_regression(data, lambda * 10)), 0, {.stop = 30}), coefficients);

  for (const auto& [name, raw, classes] : {std::tuple{"iris", load_iris(), 3}, {"digits", load_digits(), 10}}) {
    const auto& several = reference()[name];
    const Dataset samples = standardized(raw);
    const SoftmaxFit softmax = fit_softmax(samples, classes, 1 / several["C"].get<double>());
    claim.identity(transpose(softmax.w), matrix(several["coefficients"]), 1e-5);
    const std::vector<double> intercepts = several["intercept"];
    claim.identity(softmax.b, from_values(intercepts, {classes}, Dtype::f64), 1e-5);
    EXPECT_EQ(sum(cast(eq(predict(softmax, samples.x), samples.y), Dtype::i64)).item(),
              several["right_on_training_data"].get<double>())
        << name;
  }
}

TEST(LogisticRegression, FoldsAreClassifiedAsByScikitLearn) {
  for (const auto& [name, data] :
       {std::pair{"breast_cancer", load_breast_cancer()}, {"iris", load_iris()}, {"digits", load_digits()}}) {
    const auto& expected = reference()[name];
    EXPECT_EQ(right_in_five_folds(data, expected["C"]), expected["right_in_five_folds"].get<i64>()) << name;
  }
}

TEST(LogisticRegression, SoftmaxGradientAndHessian) {
  Claim claim("3.22");
  Generator g(5);
  const i64 n = 12, d = 3, classes = 4;
  const Variable x(randn(g, {n, d}, Dtype::f64));
  const Tensor y = randint(g, {n}, 0, classes);
  const Variable w = parameter(randn(g, {classes, d}, Dtype::f64));
  const auto loss = [&](const Variable& at) {
    return nn::cross_entropy_loss(matmul(x, transpose(at)), y, {.reduction = nn::Reduction::sum});
  };
  const Tensor p = softmax(matmul(x.value(), transpose(w.value())), 1),
               one_hot_y = cast(one_hot(y, classes), Dtype::f64);
  const Tensor computed = grad(loss(w), w).value();
  claim.identity(computed, matmul(transpose(p - one_hot_y), x.value()), 1e-11);
  const Tensor delta = eye(classes, -1, Dtype::f64);
  const Tensor covariance = einsum("ik,kl->ikl", {p, delta}) - einsum("ik,il->ikl", {p, p});
  const Tensor second = hessian(loss, Variable(w.value())).value();  // (K, d, K, d)
  claim.identity(second, einsum("ikl,ia,ib->kalb", {covariance, x.value(), x.value()}), 1e-11);
  claim.rejects("diagonal-only", second,
                einsum("ikl,ia,ib->kalb", {einsum("ik,kl->ikl", {p * (1 - p), delta}), x.value(), x.value()}));
  claim.rejects("sign", computed, matmul(transpose(one_hot_y - p), x.value()));
}

TEST(LogisticRegression, SoftmaxForgetsACommonShift) {
  Claim claim("3.23");
  Generator g(6);
  const Tensor z = randn(g, {9, 4}, Dtype::f64), two = randn(g, {9, 2}, Dtype::f64);
  claim.identity(softmax(z + 37, 1), softmax(z, 1), 1e-12);
  const Tensor difference = select(two, 1, 1) - select(two, 1, 0);
  claim.identity(select(softmax(two, 1), 1, 1), sigmoid(difference), 1e-12);
  claim.rejects("scaled-instead-of-shifted", softmax(z * 2, 1), softmax(z, 1));
  claim.rejects("one-logit", select(softmax(two, 1), 1, 1), sigmoid(select(two, 1, 1)));
}

TEST(LogisticRegression, TwoClassSoftmaxHasHalfThePenalty) {
  Claim claim("3.24");
  const Dataset data = random_data(8, 80, 3);
  const double lambda = 3;
  const SoftmaxFit softmax = fit_softmax(data, 2, lambda);
  const Tensor rows = transpose(softmax.w), w = select(rows, 0, 1) - select(rows, 0, 0);
  const auto binary = [&](double penalty) { return slice(fit(logistic_regression(data, penalty)), 0, {.stop = 3}); };
  claim.identity(w, binary(lambda / 2), 1e-6);
  claim.identity(0.5 * lambda * sum(square(rows)).item(), 0.25 * lambda * sum(square(w)).item(), 1e-6);
  claim.identity(sum(rows, {0}), zeros({3}, Dtype::f64), 1e-6);
  claim.rejects("the-same-penalty", w, binary(lambda));
}

TEST(LogisticRegression, MeanProbabilityIsTheBaseRate) {
  Claim claim("3.25");
  const Dataset data = random_data(7, 200, 3);
  const LogisticRegression model = logistic_regression(data, 5);
  claim.identity(mean(model.probabilities(fit(model))).item(), mean(model.y).item(), 1e-10);
  LogisticRegression penalized = model;
  penalized.penalty = full({4}, 5, Dtype::f64);
  claim.rejects("penalized-intercept", mean(penalized.probabilities(fit(penalized))).item(), mean(model.y).item());
}

}  // namespace
}  // namespace cadena::tutorials

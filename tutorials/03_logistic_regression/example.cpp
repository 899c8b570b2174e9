// Chapter 3: logistic regression on breast cancer, iris and digits, with and without a penalty.
#include <cmath>

#include "tutorials/03_logistic_regression/model.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

Tensor without_intercept(const Tensor& w) { return slice(w, 0, {.stop = w.size(0) - 1}); }

i64 right(const LogisticRegression& model, const Tensor& w) {
  return static_cast<i64>(sum(cast(eq(gt(matmul(model.x, w), 0), gt(model.y, 0)), Dtype::i64)).item());
}

// The smaller the penalty, the longer the weights, until a plane separates all samples.
void separable(Run& run, const Dataset& data) {
  Curve loss{"loss", {}, {}}, length{"length of the weights", {}, {}};
  run.section("separable", {.tolerance = 0.02});
  run.print("{:>10}{:>14}{:>12}{:>22}\n", "lambda", "loss", "|w|", "samples right of 569");
  Tensor w = zeros({31}, Dtype::f64);
  for (int power = 2; power >= -8; --power) {
    const double lambda = std::pow(10.0, power);
    w = newton(logistic_regression(data, lambda), w, 1e-9).back();
    const LogisticRegression free = logistic_regression(data, 0);
    loss.x.push_back(lambda), length.x.push_back(lambda);
    loss.y.push_back(free(w)), length.y.push_back(norm(without_intercept(w)).item());
    run.print("{:>10.0e}{:>14.3g}{:>12.1f}{:>22}\n", lambda, loss.y.back(), length.y.back(), right(free, w));
  }
  run.curves(
      "separable",
      {.title = "Breast cancer with less and less penalty", .x = "lambda", .y = "", .log_x = true, .log_y = true},
      {loss, length});
}

void path(Run& run, const Dataset& data) {
  std::vector<Curve> curves(10);
  for (std::size_t i = 0; i < curves.size(); ++i) curves[i].label = "w" + std::to_string(i + 1);
  Tensor w = zeros({31}, Dtype::f64);
  for (int step = 0; step <= 40; ++step) {
    const double lambda = std::pow(10.0, 4 - 0.15 * step);
    w = newton(logistic_regression(data, lambda), w).back();
    const std::vector<double> values = w.to_vector();
    for (std::size_t i = 0; i < curves.size(); ++i) {
      curves[i].x.push_back(lambda);
      curves[i].y.push_back(values[i]);
    }
  }
  run.curves("path", {.title = "Ten of the thirty coefficients", .x = "lambda", .y = "coefficient", .log_x = true},
             curves);
}

// Distance from the minimum after each step.
void convergence(Run& run, const Dataset& data) {
  const LogisticRegression model = logistic_regression(data, 1);
  const Tensor start = zeros({31}, Dtype::f64), best = newton(model, start, 1e-12).back();
  Curve by_newton{"Newton", {}, {}}, by_gradient{"gradient descent, rate 4 / largest eigenvalue", {}, {}};
  run.section("newton", {.tolerance = 0.1});
  run.print("{:>5}{:>22}\n", "step", "distance");
  const std::vector<Tensor> path = newton(model, start);
  double halved_steps = 0;
  for (std::size_t step = 0; step < path.size(); ++step) {
    const double distance = norm(path[step] - best).item();
    if (distance < 1e-12) break;  // what is left is the rounding of `best`
    run.print("{:>5}{:>22.1e}\n", step, distance);
    by_newton.x.push_back(static_cast<double>(step)), by_newton.y.push_back(distance);
    if (step + 1 == path.size()) break;
    const Tensor full = solve(curvature(model, path[step]), gradient(model, path[step]));
    halved_steps += norm(path[step + 1] - path[step]).item() < 0.9 * norm(full).item();
  }
  run.value("halved_steps", halved_steps, 0);
  const Tensor eigenvalues = eigh(matmul(transpose(model.x), model.x))[0];
  const double rate = 1 / (max(eigenvalues).item() / 4 + 1);
  Tensor w = start;
  for (int step = 0; step < 3000; ++step) {
    if (step % 10 == 0) {
      by_gradient.x.push_back(step);
      by_gradient.y.push_back(norm(w - best).item());
    }
    w = w - rate * gradient(model, w);
  }
  run.print("gradient descent after 3000 steps: {:.1e}\n", norm(w - best).item());
  run.curves("newton",
             {.title = "Distance from the minimum", .x = "step", .y = "|w - w*|", .log_x = true, .log_y = true},
             {by_newton, by_gradient});
}

void calibration(Run& run, const Dataset& data) {
  // Probabilities of samples that were not trained on, in ten bins of equal width.
  std::vector<double> count(10), predicted(10), observed(10);
  for (i64 k = 0; k < 5; ++k) {
    const Split split = fold(data, k);
    const Tensor w = fit(logistic_regression(split.train, 1));
    const LogisticRegression test = logistic_regression(split.test, 1);
    const std::vector<double> p = test.probabilities(w).to_vector(), y = test.y.to_vector();
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto bin = std::min<std::size_t>(9, static_cast<std::size_t>(p[i] * 10));
      count[bin] += 1, predicted[bin] += p[i], observed[bin] += y[i];
    }
  }
  Curve curve{"five folds", {}, {}};
  for (std::size_t bin = 0; bin < 10; ++bin) {
    if (count[bin] == 0) continue;
    curve.x.push_back(predicted[bin] / count[bin]);
    curve.y.push_back(observed[bin] / count[bin]);
  }
  run.curves("calibration",
             {.title = "Reliability on breast cancer", .x = "predicted probability", .y = "share of positives"},
             {curve, {"calibrated", {0, 1}, {0, 1}}});
}

void data_sets(Run& run, const Dataset& cancer) {
  run.section("sklearn", {.tolerance = 1e-3});
  const Dataset whole = standardized(cancer);
  const LogisticRegression model = logistic_regression(whole, 1);
  const Tensor w = fit(model);
  run.print("breast cancer, C = 1: intercept {:.6f}, first coefficients {:.6f} {:.6f} {:.6f}, {} of 569 right\n",
            w.at({30}), w.at({0}), w.at({1}), w.at({2}), right(model, w));

  run.section("data", {.tolerance = 0.005});
  for (const auto& [name, data, C] : {std::tuple{"breast cancer, C = 1:  ", cancer, 1.0},
                                      {"iris, C = 1:           ", load_iris(), 1.0},
                                      {"digits, C = 0.1:       ", load_digits(), 0.1}})
    run.print("{} {} of {} right in five folds\n", name, right_in_five_folds(data, C), data.size());
}

}  // namespace

static void chapter(Run& run) {
  Dataset cancer = load_breast_cancer();
  cancer.x = cast(cancer.x, Dtype::f64);
  const Dataset scaled = standardized(cancer);
  separable(run, scaled);
  path(run, scaled);
  convergence(run, scaled);
  calibration(run, cancer);
  data_sets(run, cancer);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) {
  return cadena::tutorials::run(argc, argv, "03_logistic_regression", cadena::tutorials::chapter);
}

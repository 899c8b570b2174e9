// The tests of lab 3: inputs, expected values and tolerances. The functions they call run in the student's process.
// Expected values are sums written out sample by sample, and differences of these.
#include "labs/test.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "lab.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/linalg.h"
#include "tensor/views.h"

namespace {

using namespace cadena;
using cadena::labs::Check;

const labs::Remote<decltype(lab::loss)> loss("loss");
const labs::Remote<decltype(lab::gradient)> gradient("gradient");
const labs::Remote<decltype(lab::newton_step)> newton_step("newton_step");
const labs::Remote<decltype(lab::fit)> fit("fit");
const labs::Remote<decltype(lab::softmax_gradient)> softmax_gradient("softmax_gradient");
const labs::Remote<decltype(lab::calibration_error)> calibration_error("calibration_error");

using Numbers = std::vector<double>;

Tensor of(const Numbers& values, const Shape& shape) {
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}

/// Random samples with a last column of ones, and labels of the family.
struct Samples {
  Tensor x, y;
  Samples(Check& check, i64 n, i64 d, double size = 1) : x(copy(normal(check.random(), {n, d}, 0, size, Dtype::f64))) {
    for (i64 i = 0; i < n; ++i) x.mutable_data<double>()[i * d + d - 1] = 1;
#if LAB_family_bernoulli
    y = cast(randint(check.random(), {n}, 0, 2), Dtype::f64);
    y.mutable_data<double>()[0] = 0;  // both classes are there
    y.mutable_data<double>()[1] = 1;
#elif LAB_family_poisson
    y = cast(randint(check.random(), {n}, 0, 5), Dtype::f64);
    y.mutable_data<double>()[0] = 3;
#endif
  }
};

double score(const Numbers& x, const Numbers& w, std::size_t sample) {
  double z = 0;
  for (std::size_t a = 0; a < w.size(); ++a) z += x[sample * w.size() + a] * w[a];
  return z;
}

double log_partition(double z) {
#if LAB_family_bernoulli
  return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
#elif LAB_family_poisson
  return std::exp(z);
#endif
}

/// The factor in front of a sum over n samples.
double factor(i64 n) {
#if LAB_loss_sum
  return n > 0 ? 1 : 0;
#elif LAB_loss_mean
  return 1 / static_cast<double>(n);
#endif
}

double expected_loss(const Tensor& x, const Tensor& y, const Tensor& w, double lambda = 0) {
  const Numbers xs = x.to_vector(), ys = y.to_vector(), ws = w.to_vector();
  double total = 0;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    const double z = score(xs, ws, i);
    total += log_partition(z) - ys[i] * z;
  }
  total *= factor(x.size(0));
  for (std::size_t a = 0; a + 1 < ws.size(); ++a) total += lambda / 2 * ws[a] * ws[a];
  return total;
}

/// Central differences of f at w, of the sixth order, so that they are exact to about 1e-10.
Numbers slopes(const std::function<double(const Tensor&)>& f, const Tensor& w) {
  constexpr double kStep = 1e-2;
  Numbers result;
  for (i64 a = 0; a < w.numel(); ++a) {
    const auto at = [&](int steps) {
      const Tensor moved = copy(w);
      moved.mutable_data<double>()[a] += steps * kStep;
      return f(moved);
    };
    result.push_back((45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * kStep));
  }
  return result;
}

Tensor expected_gradient(const Tensor& x, const Tensor& y, const Tensor& w, double lambda = 0) {
  return of(slopes([&](const Tensor& v) { return expected_loss(x, y, v, lambda); }, w), w.shape());
}

// ---- 3.1

void loss_values(Check& check) {
  check.near("the loss of two samples at w = 0",
             loss(tensor({{1, 1}, {2, 1}}, Dtype::f64), tensor({0, 1}, Dtype::f64), tensor({0, 0}, Dtype::f64)),
             2 * log_partition(0) * factor(2), 1e-12);
  for (const i64 n : {1, 7}) {
    const Samples s(check, n + 1, 3);
    const Tensor w = normal(check.random(), {3}, 0, 1, Dtype::f64);
    check.near("the loss of " + std::to_string(n + 1) + " samples", loss(s.x, s.y, w), expected_loss(s.x, s.y, w),
               1e-10);
  }
}

void loss_of_large_scores(Check& check) {
#if LAB_family_bernoulli
  const Tensor x = tensor({{1000, 1}, {-1000, 1}, {1000, 1}}, Dtype::f64), y = tensor({1, 0, 0}, Dtype::f64);
#elif LAB_family_poisson
  const Tensor x = tensor({{-1000, 1}, {-1000, 1}, {2, 1}}, Dtype::f64), y = tensor({0, 2, 7}, Dtype::f64);
#endif
  const Tensor w = tensor({1, 0.5}, Dtype::f64);
  check.near("the loss at scores of 1000", loss(x, y, w), expected_loss(x, y, w), 1e-10);
}

// ---- 3.2

void gradient_values(Check& check) {
  for (const i64 n : {3, 8}) {
    const Samples s(check, n, 4);
    const Tensor w = normal(check.random(), {4}, 0, 1, Dtype::f64);
    check.near("the gradient for " + std::to_string(n) + " samples", gradient(s.x, s.y, w),
               expected_gradient(s.x, s.y, w), 1e-7);
  }
}

// BEGIN HIDDEN
void gradient_of_large_scores(Check& check) {
#if LAB_family_bernoulli
  const Tensor x = tensor({{1000, 1}, {-1000, 1}, {-1000, 1}}, Dtype::f64), y = tensor({1, 0, 1}, Dtype::f64);
  const Tensor expected = tensor({1000, -1}, Dtype::f64) * factor(3);
#elif LAB_family_poisson
  const Tensor x = tensor({{-1000, 1}, {-1000, 1}, {-1000, 1}}, Dtype::f64), y = tensor({0, 0, 1}, Dtype::f64);
  const Tensor expected = tensor({1000, -1}, Dtype::f64) * factor(3);
#endif
  check.near("the gradient at scores of 1000", gradient(x, y, tensor({1, 0}, Dtype::f64)), expected, 1e-10);
}
// END HIDDEN

// ---- 3.3

void newton_by_hand(Check& check) {
  const Tensor x = tensor({{-2}, {-1}, {1}, {2}}, Dtype::f64), y = tensor({0, 1, 0, 1}, Dtype::f64);
#if LAB_family_bernoulli
  check.near("the first step from w = 0", newton_step(x, y, tensor({0}, Dtype::f64), 0), tensor({0.4}, Dtype::f64),
             1e-12);
  check.near("the second step", newton_step(x, y, tensor({0.4}, Dtype::f64), 0), tensor({0.419494}, Dtype::f64), 1e-6);
#elif LAB_family_poisson
  // g = -2 - 1 + 1 + 2 - (-1 + 2) = -1, H = 4 + 1 + 1 + 4 = 10
  check.near("the first step from w = 0", newton_step(x, y, tensor({0}, Dtype::f64), 0), tensor({0.1}, Dtype::f64),
             1e-12);
#endif
}

/// H of the penalized loss, row by row by differences of the gradient.
Tensor expected_hessian(const Tensor& x, const Tensor& y, const Tensor& w, double lambda) {
  const i64 d = w.numel();
  Numbers h;
  for (i64 a = 0; a < d; ++a) {
    const auto entry = [&](const Tensor& v) { return expected_gradient(x, y, v, lambda).at({a}); };
    for (const double value : slopes(entry, w)) h.push_back(value);
  }
  return of(h, {d, d});
}

void check_newton(Check& check, const std::string& what, const Tensor& x, const Tensor& y, const Tensor& w,
                  double lambda) {
  const Tensor expected = w - solve(expected_hessian(x, y, w, lambda), expected_gradient(x, y, w, lambda));
  check.near(what, newton_step(x, y, w, lambda), expected, 1e-5);
}

void newton_values(Check& check) {
  for (int trial = 0; trial < 2; ++trial) {
    const Samples s(check, 12, 3);
    const Tensor w = normal(check.random(), {3}, 0, 0.5, Dtype::f64);
    check_newton(check, "the weights after a step without a penalty", s.x, s.y, w, 0);
  }
}

void newton_with_a_penalty(Check& check) {
  for (int trial = 0; trial < 2; ++trial) {
    const Samples s(check, 10, 3);
    const Tensor w = normal(check.random(), {3}, 0.5, 0.5, Dtype::f64);
    check_newton(check, "the weights after a step with lambda = 5", s.x, s.y, w, 5);
  }
}

// ---- 3.4

void check_fit(Check& check, const Samples& s, double lambda, const Tensor& start) {
  const Tensor w = fit(s.x, s.y, lambda, start);
  check.equal("the shape of the weights", w.shape(), start.shape());
  check.near("the gradient of the penalized loss at the returned weights", expected_gradient(s.x, s.y, w, lambda),
             zeros_like(start), 1e-6);
}

void fit_is_stationary(Check& check) {
  for (const double lambda : {0.1, 3.0}) {
    const Samples s(check, 20, 4);
    check_fit(check, s, lambda, zeros({4}, Dtype::f64));
  }
}

// BEGIN HIDDEN
void fit_from_afar(Check& check) {
  const Samples s(check, 20, 3);
  check_fit(check, s, 0.1, tensor({3, -3, 2}, Dtype::f64));
  check_fit(check, s, 0.1, tensor({-3, 2, -4}, Dtype::f64));
}
// END HIDDEN

// ---- 3.5

double softmax_loss(const Tensor& x, const Tensor& labels, const Tensor& w) {
  const Numbers xs = x.to_vector(), ls = labels.to_vector(), ws = w.to_vector();
  const auto n = static_cast<std::size_t>(x.size(0)), d = static_cast<std::size_t>(x.size(1));
  const std::size_t classes = ws.size() / d;
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    Numbers z(classes, 0);
    for (std::size_t k = 0; k < classes; ++k) {
      for (std::size_t a = 0; a < d; ++a) {
#if LAB_layout_rows
        z[k] += ws[k * d + a] * xs[i * d + a];
#elif LAB_layout_columns
        z[k] += ws[a * classes + k] * xs[i * d + a];
#endif
      }
    }
    const double m = *std::max_element(z.begin(), z.end());
    double s = 0;
    for (const double v : z) s += std::exp(v - m);
    total += m + std::log(s) - z[static_cast<std::size_t>(ls[i])];
  }
  return total;
}

void check_softmax(Check& check, const std::string& what, const Tensor& x, const Tensor& labels, const Tensor& w) {
  const Tensor expected = of(slopes([&](const Tensor& v) { return softmax_loss(x, labels, v); }, w), w.shape());
  check.near(what, softmax_gradient(x, labels, w), expected, 1e-6);
}

Tensor class_weights(Check& check, i64 classes, i64 d) {
#if LAB_layout_rows
  return normal(check.random(), {classes, d}, 0, 1, Dtype::f64);
#elif LAB_layout_columns
  return normal(check.random(), {d, classes}, 0, 1, Dtype::f64);
#endif
}

void softmax_values(Check& check) {
  for (const i64 classes : {2, 3, 5}) {
    const Tensor x = normal(check.random(), {6, 3}, 0, 1, Dtype::f64),
                 labels = randint(check.random(), {6}, 0, classes);
    check_softmax(check, "the gradient for " + std::to_string(classes) + " classes", x, labels,
                  class_weights(check, classes, 3));
  }
}

void softmax_of_large_logits(Check& check) {
  const Tensor x = tensor({{1000, 1, 0}, {-1000, 0, 1}, {0.5, 1, 1}}, Dtype::f64);
  const Tensor labels = from_values(std::span<const i64>(std::vector<i64>{0, 1, 2}), {3});
#if LAB_layout_rows
  const Tensor w = tensor({{1, 0, 0}, {-1, 0, 0}, {0, 1, 2}}, Dtype::f64);
#elif LAB_layout_columns
  const Tensor w = tensor({{1, -1, 0}, {0, 0, 1}, {0, 0, 2}}, Dtype::f64);
#endif
  check_softmax(check, "the gradient at logits of 1000", x, labels, w);
}

// ---- 3.6

double expected_calibration(const Numbers& p, const Numbers& y, int bins) {
  struct Bin {
    double p = 0, y = 0, count = 0;
  };
  std::map<int, Bin> filled;
  for (std::size_t i = 0; i < p.size(); ++i) {
    int b = 0;
    while (b + 1 < bins && p[i] * bins >= b + 1) ++b;
    filled[b].p += p[i];
    filled[b].y += y[i];
    ++filled[b].count;
  }
  double result = 0;
  for (const auto& [b, bin] : filled) {
    const double gap = std::abs(bin.y / bin.count - bin.p / bin.count);
#if LAB_norm_expected
    result += gap * bin.count / static_cast<double>(p.size());
#elif LAB_norm_largest
    result = std::max(result, gap);
#endif
  }
  return result;
}

void check_calibration(Check& check, const std::string& what, const Numbers& p, const Numbers& y, int bins) {
  const Shape shape{static_cast<i64>(p.size())};
  check.near(what, calibration_error(of(p, shape), of(y, shape), bins), expected_calibration(p, y, bins), 1e-10);
}

void calibration_values(Check& check) {
  for (const int bins : {1, 5, 10}) {
    const Numbers p = uniform(check.random(), {200}, 0, 1, Dtype::f64).to_vector();
    const Numbers y = randint(check.random(), {200}, 0, 2).to_vector();
    check_calibration(check, "the error with " + std::to_string(bins) + " bins", p, y, bins);
  }
}

void calibration_at_edges(Check& check) {
  check_calibration(check, "the error where p is 0 and 1", {0, 0, 1, 1, 1}, {0, 0, 1, 0, 0}, 10);
  check_calibration(check, "the error where p = 0.5 and there are two bins", {0.5, 0.25, 0.75}, {0, 1, 0}, 2);
  check_calibration(check, "the error of one bin of ten", {0.31, 0.33, 0.35}, {1, 0, 1}, 10);
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"Loss.Values", loss_values},
                            {"Loss.LargeScores", loss_of_large_scores},
                            {"Gradient.Values", gradient_values},
                            // BEGIN HIDDEN
                            {"Gradient.LargeScores", gradient_of_large_scores},
                            // END HIDDEN
                            {"NewtonStep.ByHand", newton_by_hand},
                            {"NewtonStep.Values", newton_values},
                            {"NewtonStep.Penalty", newton_with_a_penalty},
                            {"Fit.IsStationary", fit_is_stationary},
                            // BEGIN HIDDEN
                            {"Fit.FromAfar", fit_from_afar},
                            // END HIDDEN
                            {"SoftmaxGradient.Values", softmax_values},
                            {"SoftmaxGradient.LargeLogits", softmax_of_large_logits},
                            {"Calibration.Values", calibration_values},
                            {"Calibration.EdgesAndEmptyBins", calibration_at_edges}});
}

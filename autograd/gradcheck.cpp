#include "autograd/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/random.h"

namespace cadena {

Inner inner(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) fail<ShapeError>("inner: shapes differ: ", a.shape(), " and ", b.shape());
  const std::vector<double> u = a.to_vector(), v = b.to_vector();
  Inner sum;
  for (std::size_t i = 0; i < u.size(); ++i) {
    sum.value += u[i] * v[i];
    sum.size += std::abs(u[i] * v[i]);
  }
  return sum;
}

Variable inner(const Variable& a, const Variable& b) { return sum_to(a * b, {}); }

double relative_error(double a, double b, double size, double noise) {
  const double excess = std::abs(a - b) - noise;
  if (excess <= 0) return 0;
  const double error = excess / size;
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

double magnitude(const Tensor& a, const Tensor& b) {
  const std::vector<double> u = a.to_vector(), v = b.to_vector();
  double sum = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double term = std::abs(u[i] * v[i]);
    if (std::isfinite(term)) sum += term;
  }
  return sum;
}

double rounding_noise(double size) { return 0x1p-47 * size; }

std::string domain_hint(double difference, double derivative, double step) {
  if (!std::isnan(difference) || std::isnan(derivative)) return "";
  return concat("; perhaps a step of ", step, " leaves the function's domain: choose a smaller one");
}

void check_options(const GradcheckOptions& options) {
  if (options.directions < 1) {
    fail<ValueError>("gradcheck: directions is ", options.directions, ", expected at least 1");
  }
  if (!(options.step > 0)) fail<ValueError>("gradcheck: step is ", options.step, ", expected a positive number");
}

double central_difference(const Callable<double(double)>& f, double h) {
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

namespace {

std::vector<Variable> parameters(std::span<const Tensor> values) {
  std::vector<Variable> leaves;
  for (const Tensor& x : values) leaves.push_back(parameter(x));
  return leaves;
}

/// First-order comparisons of f at x; `label` names them in failures.
class FirstOrder {
 public:
  FirstOrder(const Function& f, std::span<const Tensor> x, const GradcheckOptions& options, const char* label)
      : f_(f), x_(x.begin(), x.end()), options_(options), label_(label), generator_(options.seed) {}

  /// `base` is the magnitude of what the terms of f were computed from, for rounding errors; the largest magnitude
  /// found here is returned. Comparisons count as checks if the result and one of the first `counted` inputs have
  /// elements.
  double run(GradcheckReport& report, double& difference_error, double& adjoint_error, double base,
             std::size_t counted) {
    double largest = 0;
    for (int direction = 0; direction < options_.directions; ++direction) {
      const std::vector<Variable> leaves = parameters(x_);
      const Variable y = f_(leaves);
      if (!y.requires_grad()) fail<GradError>("gradcheck: the function's result does not depend on its inputs");
      const Tensor u = to(normal(generator_, y.shape(), 0, 1, Dtype::f64), y.device());
      std::vector<Variable> v;
      for (const Tensor& x : x_) v.emplace_back(to(normal(generator_, x.shape(), 0, 1, Dtype::f64), x.device()));

      const Variable tangent = push_forward(std::span(&y, 1), leaves, v)[0];
      const Inner pushed = tangent.defined() ? inner(tangent.value(), u) : Inner{};
      double reached = 0;  // magnitude of what the difference subtracts
      const double difference = central_difference(
          [&](double t) {
            std::vector<Tensor> moved;
            for (std::size_t i = 0; i < x_.size(); ++i) moved.push_back(add(x_[i], mul(v[i].value(), t)));
            const Inner there = inner(f_(parameters(moved)).value(), u);
            reached = std::max(reached, magnitude_of(there.size));
            return there.value;
          },
          options_.step);
      Inner pulled;
      double scale = base + magnitude(y.value(), u);
      i64 elements = 0;
      const std::vector<Variable> gradients = grad(y, leaves, {.cotangent = Variable(u)});
      for (std::size_t i = 0; i < x_.size(); ++i) {
        pulled += inner(gradients[i].value(), v[i].value());
        scale += magnitude(gradients[i].value(), x_[i]);
        elements += i < counted ? x_[i].numel() : 0;
      }
      const double size = pushed.size + pulled.size;
      largest = std::max(largest, scale + magnitude_of(size));
      if (elements > 0 && y.numel() > 0) report.checks += 2;

      compare(report, difference_error, "forward mode", pushed.value, "differences", difference, size,
              rounding_noise(scale + reached) / options_.step, options_.tolerance);
      compare(report, adjoint_error, "reverse mode", pulled.value, "forward mode", pushed.value, size,
              rounding_noise(scale), options_.tolerance / 100);
    }
    return largest;
  }

 private:
  static double magnitude_of(double size) { return std::isfinite(size) ? size : 0; }

  void compare(GradcheckReport& report, double& worst, const char* a_name, double a, const char* b_name, double b,
               double size, double noise, double tolerance) {
    const double error = relative_error(a, b, size, noise);
    worst = std::max(worst, error);
    if (!(error <= tolerance)) {
      report.failures.push_back(concat(label_, ": ", a_name, " gives ", a, ", ", b_name, " ", b, ", relative error ",
                                       error, domain_hint(b, a, options_.step)));
    }
  }

  const Function& f_;
  std::vector<Tensor> x_;
  GradcheckOptions options_;
  const char* label_;
  Generator generator_;
};

}  // namespace

GradcheckReport gradcheck(const Function& f, std::span<const Tensor> inputs, const GradcheckOptions& options) {
  for (const Tensor& x : inputs) {
    if (x.dtype() != Dtype::f64) fail<DtypeError>("gradcheck: an input is ", x.dtype(), ", expected f64");
  }
  check_options(options);
  GradcheckReport report;
  const double scale =
      FirstOrder(f, inputs, options, "first order").run(report, report.first_order, report.adjoint, 0, inputs.size());
  const bool is_empty = report.checks == 0;
  if (is_empty) report.failures.emplace_back("nothing to check: no input or no result has elements");
  if (!options.second_order) return report;

  // phi(x, u) = <J(x)^T u, v> for one fixed v: its gradient in x is second order, in u it is J v again.
  Generator generator(options.seed, 1000);
  const Variable y = f(parameters(inputs));
  std::vector<Tensor> point(inputs.begin(), inputs.end());
  point.push_back(to(normal(generator, y.shape(), 0, 1, Dtype::f64), y.device()));
  std::vector<Variable> v;
  for (const Tensor& x : inputs) v.emplace_back(to(normal(generator, x.shape(), 0, 1, Dtype::f64), x.device()));
  const Function adjoint = [&](std::span<const Variable> xu) {
    const auto x = xu.first(inputs.size());
    const std::vector<Variable> g = grad(f(x), x, {.cotangent = xu.back(), .differentiable = true});
    Variable phi = inner(g[0], v[0]);
    for (std::size_t i = 1; i < g.size(); ++i) phi = phi + inner(g[i], v[i]);
    return phi;
  };
  FirstOrder(adjoint, point, options, "second order")
      .run(report, report.second_order, report.second_order, scale, is_empty ? 0 : inputs.size());
  return report;
}

GradcheckReport gradcheck(const Function& f, std::initializer_list<Tensor> inputs, const GradcheckOptions& options) {
  return gradcheck(f, std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace cadena

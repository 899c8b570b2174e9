#include "nn/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/random.h"

namespace cadena::nn {
namespace {

using Directions = std::vector<Variable>;

/// The parameters to be checked; whatever they are moved to, they come back at the end.
class Point {
 public:
  explicit Point(const Module& module) {
    for (const auto& [name, p] : module.named_parameters()) {
      if (!p.requires_grad()) continue;
      if (p.dtype() != Dtype::f64) fail<DtypeError>("gradcheck: ", name, " is ", p.dtype(), ", expected f64");
      parameters_.push_back(p);
      values_.push_back(p.value());
    }
  }
  ~Point() { move({}, 0); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;

  const std::vector<Variable>& parameters() const { return parameters_; }

  /// \f$ \theta + t v \f$
  void move(const Directions& v, double t) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      parameters_[i].set_value(t == 0 ? values_[i] : cadena::add(values_[i], mul(v[i].value(), t)));
    }
  }

  Directions random(Generator& generator) const {
    Directions v;
    for (const Tensor& x : values_) v.emplace_back(to(normal(generator, x.shape(), 0, 1, Dtype::f64), x.device()));
    return v;
  }

 private:
  std::vector<Variable> parameters_;
  std::vector<Tensor> values_;
};

void compare(GradcheckReport& report, double& worst, const char* what, double a, double b, double size, double noise,
             double tolerance, const std::string& hint) {
  const double error = relative_error(a, b, size, noise);
  ++report.checks;
  worst = std::max(worst, error);
  if (!(error <= tolerance)) {
    report.failures.push_back(concat(what, ": ", a, " and ", b, ", relative error ", error, hint));
  }
}

/// \f$ \sum_i \langle g_i, v_i \rangle \f$, recorded.
Variable inner_of(const std::vector<Variable>& g, const Directions& v) {
  Variable sum = inner(g[0], v[0]);
  for (std::size_t i = 1; i < g.size(); ++i) sum = sum + inner(g[i], v[i]);
  return sum;
}

/// Compares what f's graph and differences of its values say of \f$ \langle u, f \rangle \f$ along v. A result that the
/// graph calls constant has derivative 0, which differences confirm or refute. `base` is the magnitude of what the
/// terms of f were computed from; theirs is returned.
double check(const Point& point, const Callable<Variable()>& f, const GradcheckOptions& options, Generator& generator,
             bool is_second, double base, GradcheckReport& report) {
  const Variable y = f();
  const Tensor u = to(normal(generator, y.shape(), 0, 1, Dtype::f64), y.device());
  const Directions v = point.random(generator);

  Inner pushed, pulled;
  double scale = base + magnitude(y.value(), u);
  if (y.requires_grad()) {
    const Variable tangent = push_forward(std::span(&y, 1), point.parameters(), v)[0];
    if (tangent.defined()) pushed = inner(tangent.value(), u);
    const std::vector<Variable> gradients = grad(y, point.parameters(), {.cotangent = Variable(u)});
    for (std::size_t i = 0; i < v.size(); ++i) {
      pulled += inner(gradients[i].value(), v[i].value());
      scale += magnitude(gradients[i].value(), point.parameters()[i].value());
    }
  }
  double reached = 0;  // magnitude of what the difference subtracts
  const double difference = central_difference(
      [&](double t) {
        point.move(v, t);
        const Inner there = inner(f().value(), u);
        if (std::isfinite(there.size)) reached = std::max(reached, there.size);
        return there.value;
      },
      options.step);
  point.move(v, 0);

  const double size = pushed.size + pulled.size;
  compare(report, is_second ? report.second_order : report.first_order,
          is_second ? "second order, forward mode and differences" : "forward mode and differences", pushed.value,
          difference, size, rounding_noise(scale + reached) / options.step, options.tolerance,
          domain_hint(difference, pushed.value, options.step));
  compare(report, is_second ? report.second_order : report.adjoint,
          is_second ? "second order, reverse and forward mode" : "reverse and forward mode", pulled.value, pushed.value,
          size, rounding_noise(scale), options.tolerance / 100, "");
  return scale + (std::isfinite(size) ? size : 0);
}

}  // namespace

GradcheckReport gradcheck(const Module& module, const Callable<Variable()>& f, const GradcheckOptions& options) {
  check_options(options);
  GradcheckReport report;
  const Point point(module);
  if (point.parameters().empty()) fail<GradError>("gradcheck: ", module.description(), " has no trained parameters");
  if (!f().requires_grad()) fail<GradError>("gradcheck: the result depends on no parameter that is trained");
  Generator generator(options.seed);
  for (int i = 0; i < options.directions; ++i) {
    const double scale = check(point, f, options, generator, false, 0, report);
    if (!options.second_order) continue;
    const Variable y = f();
    const Variable u(to(normal(generator, y.shape(), 0, 1, Dtype::f64), y.device()));
    const Directions v = point.random(generator);
    const auto phi = [&] {
      return inner_of(grad(f(), point.parameters(), {.cotangent = u, .differentiable = true}), v);
    };
    check(point, phi, options, generator, true, scale, report);
  }
  return report;
}

}  // namespace cadena::nn

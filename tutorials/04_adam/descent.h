// Runs of the library's optimizers on problems whose course is known: a quadratic, and given gradients.
#pragma once

#include <cmath>
#include <vector>

#include "cadena.h"

namespace cadena::tutorials {

/// \f$ f(w) = \frac12 \sum_i \lambda_i w_i^2 \f$: a quadratic in the coordinates of its eigenvectors, with its minimum
/// at 0, so that w is the error.
struct Quadratic {
  Tensor eigenvalues;  ///< (n,), f64

  Variable operator()(const Variable& w) const { return 0.5 * sum(Variable(eigenvalues) * w * w); }
  double operator()(const Tensor& w) const { return (*this)(Variable(w)).item(); }
};

/// The quadratic whose n eigenvalues lie from m to L in equal ratios.
inline Quadratic quadratic(double m, double L, i64 n) {
  std::vector<double> values;
  for (i64 i = 0; i < n; ++i)
    values.push_back(m * std::pow(L / m, static_cast<double>(i) / static_cast<double>(n - 1)));
  return {from_values(values, {n}, Dtype::f64)};
}

/// The points \f$ w_0, w_1, \dots \f$ that `Method` (Sgd, Adam, …) visits when it descends f from `start`.
template <class Method, class F>
std::vector<Tensor> descend(const F& f, const Tensor& start, const typename Method::Options& options, int steps) {
  const Variable w = parameter(copy(start));
  Method method(std::vector<Variable>{w}, options);
  std::vector<Tensor> points{copy(start)};
  for (int t = 0; t < steps; ++t) {
    method.step(grad(f(w), {w}));
    points.push_back(copy(w.value()));
  }
  return points;
}

/// The values \f$ w_0, w_1, \dots \f$ of one weight that `Method` moves along `gradients`.
template <class Method>
std::vector<double> follow(const std::vector<double>& gradients, const typename Method::Options& options,
                           double start = 0) {
  const Variable w = parameter(tensor({start}, Dtype::f64));
  Method method(std::vector<Variable>{w}, options);
  std::vector<double> points{start};
  for (const double g : gradients) {
    method.step(std::vector{Variable(tensor({g}, Dtype::f64))});
    points.push_back(w.value().item());
  }
  return points;
}

}  // namespace cadena::tutorials

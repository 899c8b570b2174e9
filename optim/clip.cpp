#include "optim/clip.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/update.h"

namespace cadena {
namespace {

std::vector<Tensor> left_in(std::span<const Variable> parameters) {
  std::vector<Tensor> gradients;
  for (const Variable& parameter : parameters) {
    if (Tensor gradient = parameter.grad(); gradient.defined()) gradients.push_back(std::move(gradient));
  }
  return gradients;
}

std::vector<Tensor> values_of(std::span<const Variable> variables) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) {
    if (variable.defined()) values.push_back(variable.value());
  }
  return values;
}

/// The p-norm of a vector from the p-norms of its parts.
double joint_norm(const std::vector<double>& norms, double p) {
  double total = 0;
  if (std::isinf(p)) {
    for (double norm : norms) total = total >= norm || std::isnan(total) ? total : norm;
    return total;
  }
  for (double norm : norms) total += std::pow(norm, p);
  return std::pow(total, 1 / p);
}

double clip_norm_of(const char* op, const std::vector<Tensor>& gradients, double max_norm, ClipNorm options) {
  if (!(max_norm >= 0)) fail<ValueError>(op, ": max_norm is ", max_norm, ", expected 0 or more");
  if (!(options.p > 0)) fail<ValueError>(op, ": p is ", options.p, ", expected a number above 0");
  std::vector<double> norms;
  for (const Tensor& gradient : gradients) norms.push_back(vector_norm(gradient, options.p));
  const double norm = joint_norm(norms, options.p);
  if (options.error_if_nonfinite && !std::isfinite(norm)) {
    fail<ValueError>(op, ": the norm of the gradients is ", norm, ", expected a finite number");
  }
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1) return norm;
  for (const Tensor& gradient : gradients) scale_into(gradient, factor);
  return norm;
}

void clip_value_of(const char* op, const std::vector<Tensor>& gradients, double max_value) {
  if (!(max_value >= 0)) fail<ValueError>(op, ": max_value is ", max_value, ", expected 0 or more");
  for (const Tensor& gradient : gradients) clamp_into(gradient, max_value);
}

}  // namespace

double clip_grad_norm_(std::span<const Variable> parameters, double max_norm, ClipNorm options) {
  return clip_norm_of("clip_grad_norm_", left_in(parameters), max_norm, options);
}

double clip_norm_(std::span<const Variable> gradients, double max_norm, ClipNorm options) {
  return clip_norm_of("clip_norm_", values_of(gradients), max_norm, options);
}

void clip_grad_value_(std::span<const Variable> parameters, double max_value) {
  clip_value_of("clip_grad_value_", left_in(parameters), max_value);
}

void clip_value_(std::span<const Variable> gradients, double max_value) {
  clip_value_of("clip_value_", values_of(gradients), max_value);
}

}  // namespace cadena

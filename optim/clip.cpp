#include "optim/clip.h"

#include <cmath>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/clip.h"

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

GradientNorm clip_norm_of(const char* op, const std::vector<Tensor>& gradients, double max_norm, ClipNorm options) {
  if (!(max_norm >= 0)) fail<ValueError>(op, ": max_norm is ", max_norm, ", expected 0 or more");
  if (!(options.p > 0)) fail<ValueError>(op, ": p is ", options.p, ", expected a number above 0");
  const Tensor norm = joint_norm(gradients, options.p);
  if (options.error_if_nonfinite && !std::isfinite(norm.item())) {
    fail<ValueError>(op, ": the norm of the gradients is ", norm.item(), ", expected a finite number");
  }
  scale_to_norm(gradients, norm, max_norm);
  return GradientNorm(norm);
}

void clip_value_of(const char* op, const std::vector<Tensor>& gradients, double max_value) {
  if (!(max_value >= 0)) fail<ValueError>(op, ": max_value is ", max_value, ", expected 0 or more");
  for (const Tensor& gradient : gradients) clamp_into(gradient, max_value);
}

}  // namespace

GradientNorm clip_grad_norm_(std::span<const Variable> parameters, double max_norm, ClipNorm options) {
  return clip_norm_of("clip_grad_norm_", left_in(parameters), max_norm, options);
}

GradientNorm clip_norm_(std::span<const Variable> gradients, double max_norm, ClipNorm options) {
  return clip_norm_of("clip_norm_", values_of(gradients), max_norm, options);
}

void clip_grad_value_(std::span<const Variable> parameters, double max_value) {
  clip_value_of("clip_grad_value_", left_in(parameters), max_value);
}

void clip_value_(std::span<const Variable> gradients, double max_value) {
  clip_value_of("clip_value_", values_of(gradients), max_value);
}

}  // namespace cadena

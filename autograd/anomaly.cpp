#include "autograd/anomaly.h"

#include <algorithm>
#include <cmath>

#include "tensor/base/error.h"

namespace cadena {
namespace {

bool has_nan(const Tensor& x) {
  if (!is_floating(x.dtype())) return false;
  const std::vector<double> values = x.to_vector();
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

/// "input 1 (2, 3) in [-0.5, 4]"
std::string describe(std::size_t i, const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  std::string text = concat("input ", i, " ", x.shape());
  if (values.empty()) return text;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return concat(text, " in [", *low, ", ", *high, "]");
}

}  // namespace

AnomalyGuard::AnomalyGuard() { ++detail::anomaly_guards; }
AnomalyGuard::~AnomalyGuard() { --detail::anomaly_guards; }

namespace detail {

thread_local int anomaly_guards = 0;
thread_local const char* running_rule = nullptr;

RuleScope::RuleScope(const char* op) : outer_(running_rule) { running_rule = op; }
RuleScope::~RuleScope() { running_rule = outer_; }

void find_anomaly_of_rule(const char* op, std::span<const Variable> cotangents, int input, const Tensor& returned) {
  if (!has_nan(returned)) return;
  for (const Variable& cotangent : cotangents) {
    if (cotangent.defined() && has_nan(cotangent.value())) return;  // it came from further down
  }
  fail<GradError>(op, ": its rule: the gradient of input ", input, " of shape ", returned.shape(),
                  " has a NaN that no cotangent had");
}

void find_anomaly(const char* op, std::span<const Variable* const> inputs, std::span<const Tensor> outputs) {
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (!has_nan(outputs[k])) continue;
    std::string text;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (has_nan(inputs[i]->value())) return;  // it came from further up
      text += (i == 0 ? ": " : ", ") + describe(i, inputs[i]->value());
    }
    const std::string rule = running_rule == nullptr ? "" : concat(running_rule, ": its rule: ");
    fail<GradError>(rule, op, ": output ", k, " of shape ", outputs[k].shape(), " has a NaN that no input had", text);
  }
}

}  // namespace detail
}  // namespace cadena

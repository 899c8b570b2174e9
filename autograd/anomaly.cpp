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

void find_anomaly(const char* op, std::span<const Variable* const> inputs, std::span<const Tensor> outputs) {
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (!has_nan(outputs[k])) continue;
    std::string text;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (has_nan(inputs[i]->value())) return;  // it came from further up
      text += (i == 0 ? ": " : ", ") + describe(i, inputs[i]->value());
    }
    fail<GradError>(op, ": output ", k, " of shape ", outputs[k].shape(), " has a NaN that no input had", text);
  }
}

}  // namespace detail
}  // namespace cadena

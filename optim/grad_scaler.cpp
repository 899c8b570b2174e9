#include "optim/grad_scaler.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "optim/state.h"
#include "tensor/base/error.h"
#include "tensor/clip.h"
#include "tensor/copy.h"
#include "tensor/recording.h"

namespace cadena {
namespace {

constexpr auto kHostChooses = "the host chooses the scale of each step";

bool is_scale(double value) { return value > 0 && std::isfinite(value); }

}  // namespace

GradScaler::GradScaler(Options options) : options_(options), scale_(options.initial_scale) {
  const auto require = [](bool holds, const char* what, auto value, const char* expected) {
    if (!holds) fail<ValueError>("GradScaler: ", what, " is ", value, ", expected ", expected);
  };
  require(is_scale(scale_), "initial_scale", scale_, "a positive number");
  require(options.growth > 1 && std::isfinite(options.growth), "growth", options.growth, "a number above 1");
  require(options.backoff > 0 && options.backoff < 1, "backoff", options.backoff, "a number between 0 and 1");
  require(options.growth_interval > 0, "growth_interval", options.growth_interval, "1 or more");
}

Variable GradScaler::scale(const Variable& loss) const {
  Recording::refuse("GradScaler", kHostChooses);
  return cast(loss, compute_dtype(loss.dtype())) * scale_;
}

std::vector<Variable> GradScaler::unscale(std::span<const Variable> parameters) {
  Recording::refuse("GradScaler", kHostChooses);
  std::vector<Variable> gradients;
  std::vector<Tensor> found;
  for (const Variable& parameter : parameters) {
    const Tensor scaled = parameter.requires_grad() ? parameter.grad() : Tensor();
    gradients.emplace_back();
    if (!scaled.defined()) continue;
    const Dtype dtype = compute_dtype(scaled.dtype());
    const Tensor gradient = scaled.dtype() == dtype ? copy(scaled) : cast(scaled, dtype);
    scale_into(gradient, 1 / scale_);
    gradients.back() = Variable(gradient);
    found.push_back(gradient);
  }
  largest_.clear();
  while (!found.empty()) {  // one note for each device
    const Device device = found.front().device();
    const auto others =
        std::stable_partition(found.begin(), found.end(), [&](const Tensor& x) { return x.device() == device; });
    largest_.push_back(joint_norm(std::span(found.begin(), others), INFINITY));  // NaN where one is
    found.erase(found.begin(), others);
  }
  is_unscaled_ = true;
  return gradients;
}

bool GradScaler::step(Optimizer& optimizer, std::span<const Variable> gradients) {
  if (!is_unscaled_) fail<GradError>("GradScaler: step without unscale: the gradients are still scaled");
  const bool finite =
      std::all_of(largest_.begin(), largest_.end(), [](const Tensor& x) { return std::isfinite(x.item()); });
  if (finite) optimizer.step(gradients);
  is_unscaled_ = false;
  if (!finite) {
    scale_ *= options_.backoff;
    steps_since_change_ = 0;
  } else if (++steps_since_change_ >= options_.growth_interval) {
    if (is_scale(scale_ * options_.growth)) scale_ *= options_.growth;
    steps_since_change_ = 0;
  }
  return finite;
}

StateDict GradScaler::state_dict() const {
  return {{"scale", saved(scale_)}, {"steps_since_change", saved(steps_since_change_)}};
}

void GradScaler::load_state_dict(const StateDict& state) {
  StateReader reader("GradScaler", state);
  const double scale = reader.number("scale");
  const i64 steps = reader.integer("steps_since_change");
  reader.finish();
  if (!is_scale(scale)) fail<ValueError>("GradScaler: the saved scale is ", scale, ", expected a positive number");
  if (steps < 0) fail<ValueError>("GradScaler: steps_since_change is ", steps, ", expected 0 or more");
  scale_ = scale;
  steps_since_change_ = steps;
}

}  // namespace cadena

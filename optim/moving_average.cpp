#include "optim/moving_average.h"

#include <algorithm>

#include "optim/state.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_update.h"
#include "tensor/copy.h"
#include "tensor/update.h"

namespace cadena {

MovingAverage::MovingAverage(std::vector<Variable> parameters, Options options)
    : parameters_(std::move(parameters)), options_(options) {
  if (!(options.decay >= 0 && options.decay <= 1)) {
    fail<ValueError>("MovingAverage: decay is ", options.decay, ", expected a number in [0, 1]");
  }
  for (const Variable& parameter : parameters_) {
    if (!parameter.defined()) fail<ValueError>("MovingAverage: a parameter is undefined");
    if (!is_floating(parameter.dtype())) fail_dtype("MovingAverage", parameter.dtype(), "floating parameters");
    averages_.push_back(copy(cast(parameter.value(), compute_dtype(parameter.dtype()))));
  }
}

/// Throws unless every parameter still fits its average.
void MovingAverage::check_parameters() const {
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const Variable& parameter = parameters_[i];
    if (parameter.shape() != averages_[i].shape()) {
      fail<ShapeError>("MovingAverage: parameter ", i, " has shape ", parameter.shape(), ", its average has ",
                       averages_[i].shape());
    }
    if (compute_dtype(parameter.dtype()) != averages_[i].dtype()) {
      fail<DtypeError>("MovingAverage: parameter ", i, " is ", to_string(parameter.dtype()), ", its average is ",
                       to_string(averages_[i].dtype()));
    }
    if (parameter.device() != averages_[i].device()) {
      fail<DeviceError>("MovingAverage: parameter ", i, " is on ", parameter.device(), ", its average on ",
                        averages_[i].device());
    }
  }
}

void MovingAverage::update() {
  check_parameters();
  replays_.add_one("MovingAverage", steps_);
  const auto step = [this] {
    const auto t = static_cast<double>(steps_);
    return scalar::AverageStep{options_.warm_up ? std::min(options_.decay, (1 + t) / (10 + t)) : options_.decay};
  };
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const Tensor weights = cast(parameters_[i].value(), averages_[i].dtype());
    apply_update<scalar::AverageStep>("MovingAverage", {averages_[i], weights, {}, {}}, step);
  }
}

MovingAverage::Swap::Swap(const MovingAverage& average) {
  for (const Variable& parameter : average.parameters_) {
    weights_.push_back(parameter.value());
    saved_.push_back(copy(parameter.value()));
  }
  average.copy_to_parameters();
}

MovingAverage::Swap::~Swap() {
  for (std::size_t i = 0; i < weights_.size(); ++i) copy_into(weights_[i], saved_[i]);
}

void MovingAverage::copy_to_parameters() const {
  check_parameters();
  for (std::size_t i = 0; i < averages_.size(); ++i) copy_into(parameters_[i].value(), averages_[i]);
}

StateDict MovingAverage::state_dict() const {
  StateDict state{{"steps", saved(steps_)}};
  for (std::size_t i = 0; i < averages_.size(); ++i) state[concat("average.", i)] = copy(averages_[i]);
  return state;
}

void MovingAverage::load_state_dict(const StateDict& state) {
  StateReader reader("MovingAverage", state);
  const i64 steps = reader.integer("steps");
  if (steps < 0) fail<ValueError>("MovingAverage: steps is ", steps, ", expected 0 or more");
  std::vector<Tensor> averages;
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    averages.push_back(reader.tensor(concat("average.", i), averages_[i], averages_[i].dtype()));
  }
  reader.finish();
  averages_ = std::move(averages);
  steps_ = steps;
}

}  // namespace cadena

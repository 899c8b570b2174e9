#include "optim/adagrad.h"

#include <cmath>

#include "tensor/base/scalar_update.h"
#include "tensor/update.h"

namespace cadena {

Adagrad::Adagrad(std::vector<ParameterGroup> groups, Options options)
    : Optimizer("Adagrad", std::move(groups), options.learning_rate, options.weight_decay, 0), options_(options) {
  const auto is_magnitude = [](double value) { return value >= 0 && std::isfinite(value); };
  require(is_magnitude(options.learning_rate_decay), "learning_rate_decay", options.learning_rate_decay, "0 or more");
  require(is_magnitude(options.initial_second_moment), "initial_second_moment", options.initial_second_moment,
          "0 or more");
  require(is_magnitude(options.eps), "eps", options.eps, "0 or more");
  check_groups();
}

std::span<const char* const> Adagrad::state_names() const {
  static constexpr const char* kNames[] = {"second_moment"};
  return kNames;
}

void Adagrad::update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) {
  if (!memory.states[0].defined()) memory.states[0] = first_state(gradient, options_.initial_second_moment);
  const auto step = [this, &group, &memory] {
    const auto t = static_cast<double>(memory.steps - 1);
    const double rate = group.learning_rate / (1 + t * options_.learning_rate_decay);
    return scalar::AdagradStep{{options_.maximize ? -1.0 : 1.0, group.weight_decay}, rate, options_.eps};
  };
  apply_update<scalar::AdagradStep>(name(), {weights, gradient, memory.master, memory.states}, step);
}

}  // namespace cadena

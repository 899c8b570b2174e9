#include "optim/sgd.h"

#include <cmath>

#include "tensor/base/scalar_update.h"
#include "tensor/update.h"

namespace cadena {

Sgd::Sgd(std::vector<ParameterGroup> groups, Options options)
    : Optimizer("Sgd", std::move(groups), options.learning_rate, options.weight_decay, options.momentum),
      options_(options) {
  require(std::isfinite(options.dampening), "dampening", options.dampening, "a finite number");
  if (options.nesterov) require(options.dampening == 0, "dampening", options.dampening, "0 with Nesterov's momentum");
  check_groups();
}

std::span<const char* const> Sgd::state_names() const {
  static constexpr const char* kNames[] = {"momentum"};
  return kNames;
}

void Sgd::check_momentum(double momentum) const {
  require(momentum >= 0 && std::isfinite(momentum), "momentum", momentum, "0 or more");
  if (options_.nesterov) require(momentum > 0, "momentum", momentum, "above 0 with Nesterov's momentum");
}

void Sgd::update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) {
  const auto descent = [this, &group] { return scalar::Descent{options_.maximize ? -1.0 : 1.0, group.weight_decay}; };
  keep_for_replays("whether there is momentum", [&group] { return group.momentum != 0; });
  if (group.momentum == 0) {
    return apply_update<scalar::GradientStep>(name(), {weights, gradient, memory.master, {}}, [descent, &group] {
      return scalar::GradientStep{descent(), group.learning_rate};
    });
  }
  Tensor& m = memory.states[0];
  const bool is_first = !m.defined();
  if (is_first) m = first_state(gradient, 0);
  const double dampening = is_first ? 0 : options_.dampening;
  apply_update<scalar::MomentumStep>(
      name(), {weights, gradient, memory.master, memory.states}, [this, descent, &group, dampening] {
        return scalar::MomentumStep{descent(), group.learning_rate, group.momentum, dampening, options_.nesterov};
      });
}

}  // namespace cadena

#include "optim/sgd.h"

#include <cmath>

#include "tensor/base/scalar_update.h"
#include "tensor/factories.h"
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
  const scalar::Descent descent{options_.maximize ? -1.0 : 1.0, group.weight_decay};
  if (group.momentum == 0) {
    const scalar::GradientStep step{descent, group.learning_rate};
    return apply_update(name(), {weights, gradient, memory.master, {}}, step);
  }
  Tensor& m = memory.states[0];
  const bool is_first = !m.defined();
  if (is_first) m = zeros_like(gradient);
  const scalar::MomentumStep step{descent, group.learning_rate, group.momentum, is_first ? 0 : options_.dampening,
                                  options_.nesterov};
  apply_update(name(), {weights, gradient, memory.master, memory.states}, step);
}

}  // namespace cadena

#include "optim/rmsprop.h"

#include <cmath>

#include "tensor/base/scalar_update.h"
#include "tensor/update.h"

namespace cadena {

RmsProp::RmsProp(std::vector<ParameterGroup> groups, Options options)
    : Optimizer("RmsProp", std::move(groups), options.learning_rate, options.weight_decay, options.momentum),
      options_(options) {
  require(options.alpha >= 0 && options.alpha <= 1, "alpha", options.alpha, "a number in [0, 1]");
  require(options.eps >= 0 && std::isfinite(options.eps), "eps", options.eps, "0 or more");
  check_groups();
}

std::span<const char* const> RmsProp::state_names() const {
  static constexpr const char* kNames[] = {"second_moment", "momentum", "first_moment"};
  return std::span(kNames).first(options_.centered ? 3 : 2);
}

void RmsProp::check_momentum(double momentum) const {
  require(momentum >= 0 && std::isfinite(momentum), "momentum", momentum, "0 or more");
}

void RmsProp::update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) {
  for (Tensor& state : memory.states) {
    if (!state.defined()) state = first_state(gradient, 0);
  }
  const auto step = [this, &group] {
    return scalar::RmsStep{{options_.maximize ? -1.0 : 1.0, group.weight_decay},
                           group.learning_rate,
                           options_.alpha,
                           options_.eps,
                           group.momentum};
  };
  const Update tensors{weights, gradient, memory.master, memory.states};
  if (options_.centered) {
    apply_update<scalar::CenteredRmsStep>(name(), tensors, [step] { return scalar::CenteredRmsStep{step()}; });
  } else {
    apply_update<scalar::RmsStep>(name(), tensors, step);
  }
}

}  // namespace cadena

#include "optim/adam.h"

#include <cmath>
#include <utility>

#include "tensor/base/scalar_update.h"
#include "tensor/update.h"

namespace cadena {

Adam::Adam(const char* name, std::vector<ParameterGroup> groups, const Options& options, bool decoupled)
    : Optimizer(name, std::move(groups), options.learning_rate, options.weight_decay, options.beta1),
      options_(options),
      decoupled_(decoupled) {
  require(options.beta2 >= 0 && options.beta2 < 1, "beta2", options.beta2, "a number in [0, 1)");
  require(options.eps >= 0 && std::isfinite(options.eps), "eps", options.eps, "0 or more");
  check_groups();
}

AdamW::AdamW(std::vector<ParameterGroup> groups, Options o)
    : Adam("AdamW", std::move(groups),
           {o.learning_rate, o.beta1, o.beta2, o.eps, o.weight_decay, o.amsgrad, o.maximize}, true) {}

std::span<const char* const> Adam::state_names() const {
  static constexpr const char* kNames[] = {"first_moment", "second_moment", "largest_second_moment"};
  return std::span(kNames).first(options_.amsgrad ? 3 : 2);
}

void Adam::check_momentum(double beta1) const {
  require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "a number in [0, 1)");
}

void Adam::update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) {
  const Item item{group, weights, gradient, memory};
  update_all({&item, 1});
}

void Adam::update_all(std::span<const Item> items) {
  std::vector<Update> tensors;
  std::vector<std::pair<const Group*, const Memory*>> owners;
  for (const auto& [group, weights, gradient, memory] : items) {
    for (Tensor& state : memory.states) {
      if (!state.defined()) state = first_state(gradient, 0);
    }
    owners.emplace_back(&group, &memory);
    tensors.push_back({weights, gradient, memory.master, memory.states});
  }
  const auto step_of = [this, owners = std::move(owners)](std::size_t i) {
    return step_now(*owners[i].first, owners[i].second->steps);
  };
  if (options_.amsgrad) {
    apply_updates<scalar::AmsgradStep>(name(), tensors,
                                       [step_of](std::size_t i) { return scalar::AmsgradStep{step_of(i)}; });
  } else {
    apply_updates<scalar::AdamStep>(name(), tensors, step_of);
  }
}

scalar::AdamStep Adam::step_now(const Group& group, i64 steps) const {
  const auto t = static_cast<double>(steps);
  return {{options_.maximize ? -1.0 : 1.0, decoupled_ ? 0 : group.weight_decay},
          group.learning_rate,
          decoupled_ ? 1 - group.learning_rate * group.weight_decay : 1,
          group.momentum,
          options_.beta2,
          options_.eps,
          1 - std::pow(group.momentum, t),
          1 - std::pow(options_.beta2, t)};
}

}  // namespace cadena

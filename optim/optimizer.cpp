#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "optim/state.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/recording.h"
#include "tensor/update.h"

namespace cadena {
namespace {

bool is_rate(double value) { return value >= 0 && std::isfinite(value); }

std::string prefix_of(const char* what, std::size_t index) { return concat(what, ".", index, "."); }

}  // namespace

std::vector<ParameterGroup> one_group(std::vector<Variable> parameters) {
  std::vector<ParameterGroup> groups(1);
  groups[0].parameters = std::move(parameters);
  return groups;
}

Optimizer::Optimizer(const char* name, std::vector<ParameterGroup> groups, double learning_rate, double weight_decay,
                     double momentum)
    : name_(name) {
  std::unordered_set<const Node*> seen;
  for (ParameterGroup& group : groups) {
    for (const Variable& parameter : group.parameters) {
      const std::size_t index = parameters_.size();
      if (!parameter.defined()) fail<ValueError>(name, ": parameter ", index, " is undefined");
      if (!parameter.is_leaf()) {
        fail<ValueError>(
            name, ": parameter ", index, " of shape ", parameter.shape(), " is a ",
            parameter.requires_grad()
                ? "computed variable, expected a parameter"
                : "constant, expected a parameter; trained_parameters() of a module leaves out frozen ones");
      }
      if (!seen.insert(parameter.node().get()).second) {
        fail<ValueError>(name, ": parameter ", index, " of shape ", parameter.shape(), " is there twice");
      }
      parameters_.push_back(parameter);
    }
    groups_.push_back({std::move(group.parameters), group.learning_rate.value_or(learning_rate),
                       group.weight_decay.value_or(weight_decay), group.momentum.value_or(momentum)});
    require(is_rate(groups_.back().learning_rate), "learning_rate", groups_.back().learning_rate, "0 or more");
    require(is_rate(groups_.back().weight_decay), "weight_decay", groups_.back().weight_decay, "0 or more");
  }
  if (parameters_.empty()) fail<ValueError>(name, ": there is no parameter");
  memories_.resize(parameters_.size());
}

void Optimizer::require(bool holds, const char* what, double value, const char* expected) const {
  if (!holds) fail<ValueError>(name_, ": ", what, " is ", value, ", expected ", expected);
}

void Optimizer::check_momentum(double momentum) const {
  require(momentum == 0, "momentum", momentum, "none: this optimizer has no momentum");
}

void Optimizer::check_groups() const {
  for (const Group& group : groups_) check_momentum(group.momentum);
}

void Optimizer::check_group(std::size_t group) const {
  if (group >= groups_.size()) fail<IndexError>(name_, ": there is no group ", group, " of ", groups_.size());
}

double Optimizer::learning_rate(std::size_t group) const {
  check_group(group);
  return groups_[group].learning_rate;
}

void Optimizer::set_learning_rate(std::size_t group, double value) {
  Recording::refuse(name_, "replays would not set the learning rate again; step schedules outside");
  require(is_rate(value), "learning_rate", value, "0 or more");
  check_group(group);
  groups_[group].learning_rate = value;
}

void Optimizer::set_learning_rate(double value) {
  for (std::size_t i = 0; i < groups_.size(); ++i) set_learning_rate(i, value);
}

void Optimizer::set_momentum(double value) {
  Recording::refuse(name_, "replays would not set the momentum again; step schedules outside");
  check_momentum(value);
  for (Group& group : groups_) group.momentum = value;
}

void Optimizer::zero_grad() const {
  for (const Variable& parameter : parameters_) {
    if (parameter.requires_grad()) parameter.zero_grad();
  }
}

void Optimizer::step() {
  std::vector<Tensor> gradients;
  for (const Variable& parameter : parameters_) {
    gradients.push_back(parameter.requires_grad() ? parameter.grad() : Tensor());  // a frozen one has none
  }
  apply(std::move(gradients));
}

void Optimizer::step(std::span<const Variable> gradients) {
  if (gradients.size() != parameters_.size()) {
    fail<ShapeError>(name_, ": got ", gradients.size(), " gradients for ", parameters_.size(), " parameters");
  }
  std::vector<Tensor> values;
  for (const Variable& gradient : gradients) values.push_back(gradient.defined() ? gradient.value() : Tensor());
  apply(std::move(values));
}

/// Throws unless what is remembered of parameter i still fits it.
void Optimizer::check_memory(std::size_t i) const {
  const Tensor& weights = parameters_[i].value();
  std::vector<Tensor> remembered = memories_[i].states;
  remembered.push_back(memories_[i].master);
  for (const Tensor& state : remembered) {
    if (!state.defined()) continue;
    if (state.shape() != weights.shape()) {
      fail<ShapeError>(name_, ": parameter ", i, " has shape ", weights.shape(), ", what is remembered of it has ",
                       state.shape());
    }
    if (state.dtype() != compute_dtype(weights.dtype())) {
      fail<DtypeError>(name_, ": parameter ", i, " is ", to_string(weights.dtype()), ", what is remembered of it is ",
                       to_string(state.dtype()));
    }
    if (state.device() != weights.device()) {
      fail<DeviceError>(name_, ": parameter ", i, " is on ", weights.device(), ", what is remembered of it on ",
                        state.device());
    }
  }
}

/// The gradients in compute dtype, none of which shares storage with a parameter; everything checked.
std::vector<Tensor> Optimizer::prepare(std::vector<Tensor> gradients) const {
  std::unordered_set<const Storage*> written;
  for (const Variable& parameter : parameters_) written.insert(parameter.value().storage().get());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    Tensor& gradient = gradients[i];
    if (!gradient.defined()) continue;
    const Tensor& weights = parameters_[i].value();
    if (gradient.shape() != weights.shape()) {
      fail<ShapeError>(name_, ": gradient ", i, " has shape ", gradient.shape(), ", its parameter has ",
                       weights.shape());
    }
    if (!is_floating(gradient.dtype())) fail_dtype(name_, gradient.dtype(), "a floating gradient");
    if (gradient.device() != weights.device()) {
      fail<DeviceError>(name_, ": gradient ", i, " is on ", gradient.device(), ", its parameter on ", weights.device());
    }
    check_memory(i);
    gradient = cast(gradient, compute_dtype(weights.dtype()));
    if (written.contains(gradient.storage().get())) gradient = copy(gradient);
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {                      // last: graphs take it for a write
    if (gradients[i].defined()) parameters_[i].value().begin_write(name_);  // throws where weights overlap
  }
  return gradients;
}

void Optimizer::apply(std::vector<Tensor> gradients) {
  gradients = prepare(std::move(gradients));
  if (Recording::is_under_way()) {
    for (const Variable& parameter : parameters_) {
      const auto is_as_now = [parameter, node = parameter.node().get()] { return parameter.node().get() == node; };
      keep_for_replays("which parameters are frozen", is_as_now);
    }
  }
  std::vector<Item> items;
  std::size_t i = 0;
  for (const Group& group : groups_) {
    for (const Variable& parameter : group.parameters) {
      if (const Tensor& gradient = gradients[i]; gradient.defined()) {
        Memory& memory = memories_[i];
        const Tensor& weights = parameter.value();
        if (memory.states.empty()) memory.states.resize(state_names().size());
        if (weights.dtype() != gradient.dtype() && !memory.master.defined()) {
          refuse_first_step();
          memory.master = cast(weights, gradient.dtype());
        }
        replays_.add_one(name_, memory.steps);
        items.push_back({group, weights, gradient, memory});
      }
      ++i;
    }
  }
  update_all(items);
}

void Optimizer::keep_for_replays(const char* what, const Callable<bool()>& choice) const {
  if (!Recording::is_under_way()) return;
  Recording::check_before_replay([name = name_, what, choice, recorded = choice()] {
    if (choice() == recorded) return;
    fail<Error>(name, ": ", what, " has changed since the step was recorded; call reset() (docs/device.md)");
  });
}

void Optimizer::refuse_first_step() const {
  Recording::refuse(name_, "a parameter takes its first step, which replays must not repeat; call reset()");
}

Tensor Optimizer::first_state(const Tensor& gradient, double value) const {
  refuse_first_step();
  return full_like(gradient, value);
}

void Optimizer::update_all(std::span<const Item> items) {
  for (const Item& item : items) update(item.group, item.weights, item.gradient, item.memory);
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::string prefix = prefix_of("group", i);
    state[prefix + "learning_rate"] = saved(groups_[i].learning_rate);
    state[prefix + "weight_decay"] = saved(groups_[i].weight_decay);
    state[prefix + "momentum"] = saved(groups_[i].momentum);
  }
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    const std::string prefix = prefix_of("parameter", i);
    state[prefix + "steps"] = saved(memories_[i].steps);
    if (memories_[i].master.defined()) state[prefix + "master"] = copy(memories_[i].master);
    for (std::size_t k = 0; k < memories_[i].states.size(); ++k) {
      if (memories_[i].states[k].defined()) state[prefix + state_names()[k]] = copy(memories_[i].states[k]);
    }
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  StateReader reader(name_, state);
  std::vector<Group> groups = groups_;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string prefix = prefix_of("group", i);
    groups[i].learning_rate = reader.number(prefix + "learning_rate");
    groups[i].weight_decay = reader.number(prefix + "weight_decay");
    groups[i].momentum = reader.number(prefix + "momentum");
    require(is_rate(groups[i].learning_rate), "learning_rate", groups[i].learning_rate, "0 or more");
    require(is_rate(groups[i].weight_decay), "weight_decay", groups[i].weight_decay, "0 or more");
    check_momentum(groups[i].momentum);
  }
  std::vector<Memory> memories(parameters_.size());
  for (std::size_t i = 0; i < memories.size(); ++i) {
    const std::string prefix = prefix_of("parameter", i);
    const Tensor& weights = parameters_[i].value();
    const Dtype dtype = compute_dtype(weights.dtype());
    memories[i].steps = reader.integer(prefix + "steps");
    if (memories[i].steps < 0)
      fail<ValueError>(name_, ": ", prefix, "steps is ", memories[i].steps, ", expected 0 or more");
    const auto read = [&](const char* name, bool is_optional) {
      return is_optional ? reader.optional_tensor(prefix + name, weights, dtype)
                         : reader.tensor(prefix + name, weights, dtype);
    };
    const bool is_fresh = memories[i].steps == 0;
    memories[i].master = read("master", is_fresh || weights.dtype() == dtype);
    for (const char* name : state_names()) memories[i].states.push_back(read(name, is_fresh || may_lack_states()));
  }
  reader.finish();
  std::move(groups.begin(), groups.end(), groups_.begin());  // each stays where it is: what is recorded looks there
  std::move(memories.begin(), memories.end(), memories_.begin());
}

}  // namespace cadena

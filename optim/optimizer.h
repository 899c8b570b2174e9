#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "tensor/replay_counter.h"

namespace cadena {

/// Everything that a run needs to continue bit for bit, as named tensors: what `save_safetensors` writes.
using StateDict = std::map<std::string, Tensor>;

/// Parameters that are stepped alike. What is left out is taken from the optimizer's own options.
struct ParameterGroup {
  std::vector<Variable> parameters;          ///< leaves, each in one group only
  std::optional<double> learning_rate = {};  ///< \f$ \eta \f$
  std::optional<double> weight_decay = {};   ///< \f$ \lambda \f$
  std::optional<double> momentum = {};       ///< \f$ \mu \f$, or \f$ \beta_1 \f$ of Adam
};

/// Moves parameters down their gradients, in place: every copy of a parameter sees the step. A parameter without a
/// gradient (or frozen meanwhile) is skipped, its weight decay and its count of steps included. f16 and bf16 parameters
/// are stepped through exact f32 weights that the optimizer keeps, so that small steps add up. A gradient of NaN makes
/// the weight NaN (and no other weight): nothing is hidden; clip_grad_norm_ can refuse such a step.
///
/// A step checks all it was given before it writes the first weight, so one that throws has changed nothing.
class Optimizer {
 public:
  /// A group with its options in place, as the steps use it.
  struct Group {
    std::vector<Variable> parameters;  ///< as they were given
    double learning_rate;              ///< \f$ \eta \f$, as set last
    double weight_decay;               ///< \f$ \lambda \f$
    double momentum;                   ///< \f$ \mu \f$, or \f$ \beta_1 \f$ of Adam
  };

  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One step along the gradients that `backward` left in the parameters. Throws ShapeError, DtypeError or DeviceError
  /// if a parameter was given another shape or dtype since the last step, or moved.
  void step();

  /// One step along these gradients, one for each of `parameters()`; an undefined one skips its parameter. Throws
  /// ShapeError unless there are as many, of the same shapes; DeviceError, DtypeError if they are not floating.
  void step(std::span<const Variable> gradients);

  /// Forgets the gradients that `backward` left.
  void zero_grad() const;

  /// All parameters, group by group.
  const std::vector<Variable>& parameters() const { return parameters_; }
  /// The groups with their present options.
  const std::vector<Group>& groups() const { return groups_; }

  /// \f$ \eta \f$ of one group. Throws IndexError if there is no such group.
  double learning_rate(std::size_t group = 0) const;
  /// Sets \f$ \eta \f$ of one group, or of all. Throws ValueError unless it is a finite number, 0 or more; IndexError
  /// if there is no such group.
  void set_learning_rate(std::size_t group, double value);
  void set_learning_rate(double value);

  /// Sets \f$ \mu \f$ (\f$ \beta_1 \f$ of Adam) of all groups. Throws ValueError if this optimizer has none, or where
  /// its constructor would.
  void set_momentum(double value);

  /// Copies of all that the optimizer remembers, and the options of its groups: "group.0.learning_rate",
  /// "parameter.3.steps", "parameter.3.first_moment" … Options common to all groups are code, not state.
  StateDict state_dict() const;

  /// Continues from a saved state. Throws ValueError for a name that is missing or unknown, ShapeError or DtypeError
  /// for a tensor that does not fit its parameter; the optimizer is then as it was.
  void load_state_dict(const StateDict& state);

 protected:
  /// What is remembered of one parameter: tensors named by `state_names`, undefined until they are first used.
  struct Memory {
    i64 steps = 0;               ///< taken so far
    Tensor master;               ///< the exact f32 weights behind f16 or bf16 ones
    std::vector<Tensor> states;  ///< moments and the like, of the shape of the weights
  };

  /// `name` opens every message. Throws ValueError if there is no parameter, one is twice there or is no leaf, or an
  /// option is out of range.
  Optimizer(const char* name, std::vector<ParameterGroup> groups, double learning_rate, double weight_decay,
            double momentum);

  /// What opens every message.
  const char* name() const { return name_; }

  /// The names of the states, in the order of `Memory::states`.
  virtual std::span<const char* const> state_names() const = 0;

  /// True if a parameter may have been stepped without a state of its own, as in descent without momentum.
  virtual bool may_lack_states() const { return false; }

  /// Throws ValueError unless `momentum` is in the range of this optimizer.
  virtual void check_momentum(double momentum) const;

  /// A parameter that has a gradient, of its compute dtype; `memory.steps` already counts this step.
  struct Item {
    const Group& group;      ///< whose options apply
    const Tensor& weights;   ///< written in place
    const Tensor& gradient;  ///< of the shape of the weights
    Memory& memory;          ///< what the parameter's earlier steps left
  };

  /// Steps one parameter.
  virtual void update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) = 0;

  /// Steps all of them: one after the other, unless an optimizer knows better.
  virtual void update_all(std::span<const Item> items);

  /// A state like `gradient` for a parameter's first step, `value` everywhere. Throws Error while a step is recorded:
  /// it would begin anew with each replay.
  Tensor first_state(const Tensor& gradient, double value) const;

  /// While a step is recorded that depends on what `choice` returns: has replays throw Error where it has changed.
  void keep_for_replays(const char* what, const Callable<bool()>& choice) const;

  /// Throws ValueError "NAME: what is value, expected …" unless `holds`.
  void require(bool holds, const char* what, double value, const char* expected) const;

  /// Calls `check_momentum` for every group; for constructors, where the virtual call reaches no further.
  void check_groups() const;

 private:
  void check_group(std::size_t group) const;
  void check_memory(std::size_t parameter) const;
  std::vector<Tensor> prepare(std::vector<Tensor> gradients) const;
  void apply(std::vector<Tensor> gradients);
  void refuse_first_step() const;

  const char* name_;
  std::vector<Group> groups_;
  std::vector<Variable> parameters_;
  std::vector<Memory> memories_;
  ReplayCounter replays_;
};

/// One group of all parameters, with the optimizer's own options.
std::vector<ParameterGroup> one_group(std::vector<Variable> parameters);

}  // namespace cadena

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "autograd/variable.h"
#include "tensor/base/callable.h"

/// Networks: modules with named parameters, layers, and losses.
namespace cadena::nn {

/// A part of a network: named parameters, named buffers (values that are kept but not trained), and named child
/// modules, which together form a tree. A module is written as a struct whose members are its children:
///
///     struct Net : nn::Module {
///       nn::Linear hidden, out;
///       explicit Net(Generator& g) : hidden(64, 32, g), out(32, 10, g) {
///         add("hidden", hidden);
///         add("out", out);
///       }
///       Variable operator()(const Variable& x) { return out(relu(hidden(x))); }
///     };
///
/// Modules are neither copied nor moved, because their parents point to them.
class Module {
 public:
  /// Names, as paths with dots, and what they name.
  using Named = std::vector<std::pair<std::string, Variable>>;

  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// What it is, for the summary and for messages: "Linear(64, 32)".
  virtual std::string description() const { return "Module"; }

  /// Parameters of this module and all below it, named by their path, "hidden.weight". A tied parameter appears once,
  /// under its first name.
  Named named_parameters() const;
  /// The same without names: what an optimizer takes.
  std::vector<Variable> parameters() const;
  /// Those that are not frozen: what an optimizer takes where some are.
  std::vector<Variable> trained_parameters() const;

  /// Buffers of this module and all below it, named by their path.
  Named named_buffers() const;

  /// Children in the order in which they were added.
  const std::vector<std::pair<std::string, Module*>>& children() const { return children_; }

  /// Switches this module and all below it to training or evaluation: dropout and batch normalization differ.
  void train(bool on = true);
  /// Switches to evaluation.
  void eval() { train(false); }
  /// True unless it was switched to evaluation.
  bool is_training() const { return training_; }

  /// Casts all parameters and all floating buffers, in all their copies; an optimizer keeps pointing to them. Throws
  /// DtypeError unless `dtype` is floating.
  void to(Dtype dtype);

  /// Moves all parameters and buffers, in all their copies; an optimizer that is made before keeps its own state where
  /// it was, so move first.
  void to(Device device);
  /// Casts, then moves.
  void to(Device device, Dtype dtype);

  /// Makes all parameters constants; gradients that were accumulated are forgotten.
  void freeze();
  /// Makes all parameters parameters again.
  void unfreeze();

  /// Forgets the gradients of all parameters.
  void zero_grad() const;

  /// Number of elements of all parameters, frozen ones included.
  i64 parameter_count() const;

  /// Copies of all parameters and buffers by name.
  std::map<std::string, Tensor> state_dict() const;

  /// Takes over the values of a state dict; floating ones are cast to the dtypes here. Nothing is changed unless
  /// everything fits. Throws ValueError naming every missing (or undefined) and every unknown entry, ShapeError naming
  /// every entry whose shape differs, DtypeError where integers meet floating values.
  void load_state_dict(const std::map<std::string, Tensor>& state);

  /// Writes the state dict as a safetensors file. Throws IoError, and what `load_state_dict` throws.
  void save(const std::string& path) const;
  /// Reads such a file into the parameters and buffers; nothing is changed if it throws.
  void load(const std::string& path);

  /// A table of the tree: name, description, parameter shapes, number of parameters, and the total, in which tied
  /// parameters count once; where some are frozen, how many are trained.
  std::string summary() const;

 protected:
  /// Adds a child, which must live as long as this module. Throws ValueError for a name that is taken, empty or has a
  /// dot, and for a child that holds this module or is held by it already.
  void add(std::string name, Module& child);

  /// Adds a trained value and returns its variable. Throws ValueError as `add`.
  Variable add_parameter(std::string name, Tensor value);

  /// Adds a parameter that another module owns, so that both train the same values (weight tying).
  void tie_parameter(std::string name, const Variable& shared);

  /// Adds a value that is saved but not trained; it is a constant variable, changed by `set_value`.
  Variable add_buffer(std::string name, Tensor value);

 private:
  using Visitor = Callable<void(const std::string& path, const Module& module)>;

  void check_name(const std::string& name) const;
  void visit(const std::string& path, const Visitor& f) const;
  static Named collect(const Module& root, Named Module::*list);

  Named parameters_;
  Named buffers_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

/// A module that maps one variable to one: what `Sequential` chains.
class Layer : public Module {
 public:
  /// The layer applied to x; shapes and errors stand with the class.
  virtual Variable forward(const Variable& x) = 0;
  /// The layer applied to x.
  Variable operator()(const Variable& x) { return forward(x); }
};

/// Evaluation mode for a scope: switches a module and all below it to it, and each back to where it was, a part that
/// was in evaluation already included; even if something throws.
class Evaluating {
 public:
  /// Switches `module` to evaluation.
  explicit Evaluating(Module& module);
  ~Evaluating();
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> was_training_;  // parents first
};

}  // namespace cadena::nn

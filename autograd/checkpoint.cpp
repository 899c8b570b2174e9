#include <algorithm>
#include <cmath>

#include "autograd/grad_up_to.h"
#include "autograd/journal.h"
#include "autograd/node.h"
#include "autograd/op.h"
#include "autograd/transforms.h"
#include "autograd/traversal.h"
#include "tensor/base/error.h"
#include "tensor/base/pool.h"

namespace cadena {
namespace {

constexpr auto kName = "checkpoint";

/// Values that are set for a scope, while the function runs again. Afterwards they, and whatever else was set in the
/// meantime, are as they were before.
class Restored {
 public:
  explicit Restored(const Journal::Entries& entries) {
    for (const auto& [variable, value] : entries) variable.set_value(value);
  }
  ~Restored() {
    for (const auto& [variable, value] : journal_.entries()) variable.set_value(value);
  }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  Journal journal_;
};

/// True if both have the same values, NaN included.
bool are_equal(const Tensor& a, const Tensor& b) {
  const std::vector<double> u = a.to_vector(), v = b.to_vector();
  return std::equal(u.begin(), u.end(), v.begin(), v.end(),
                    [](double p, double q) { return p == q || (std::isnan(p) && std::isnan(q)); });
}

/// Throws GradError if y, computed from constants, depends on a parameter that is not among `params`, or on another
/// output of an op than those that are.
void check_listed(const Variable& y, std::span<const Variable> params) {
  if (!y.requires_grad()) return;
  const Traversal reached(std::span(&y, 1), params);
  const auto check = [&](const Node& node, int output) {
    const auto made_here = [&](const Variable& p) { return p.node().get() == &node; };
    const bool is_listed = std::any_of(params.begin(), params.end(),
                                       [&](const Variable& p) { return made_here(p) && p.output() == output; });
    const bool ends = dynamic_cast<const Leaf*>(&node) || std::any_of(params.begin(), params.end(), made_here);
    if (is_listed || !ends) return;
    fail<GradError>(kName, ": the function reads a parameter of shape ",
                    node.outputs()[static_cast<std::size_t>(output)].shape,
                    " that is neither an input nor listed in params");
  };
  check(*y.node(), y.output());
  for (int i = 0; i < reached.count(); ++i) {
    if (reached.inputs(i).empty()) continue;  // nothing is read, or the node ends the graph of the function
    for (const Node::Edge& edge : reached.node(i).inputs()) {
      if (edge.node) check(*edge.node, edge.output);
    }
  }
}

/// The variables of a list without those that stand there before, as tied weights do.
std::vector<Variable> distinct(std::span<const Variable> variables) {
  std::vector<Variable> list;
  for (const Variable& x : variables) {
    if (std::none_of(list.begin(), list.end(), [&](const Variable& known) { return known.is_same(x); }))
      list.push_back(x);
  }
  return list;
}

/// The node of a checkpointed call: it keeps the function, the values of its inputs and its result, and runs the
/// function again when derivatives are asked for.
class CheckpointNode final : public Node {
 public:
  CheckpointNode(Function f, std::span<const Variable> inputs, std::span<const Variable> params, const Tensor& y,
                 Journal::Entries before)
      : f_(std::move(f)), params_(distinct(params)), before_(std::move(before)), meta_(y), saved_(inputs.size()) {
    result_.set(y);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      saved_[i].set(inputs[i].value());
      edges_.push_back({inputs[i].node(), inputs[i].output()});
    }
    for (const Variable& p : params_) edges_.push_back({p.node(), p.output()});
  }

  const char* name() const override { return kName; }
  std::span<const Edge> inputs() const override { return edges_; }
  std::span<const Meta> outputs() const override { return {&meta_, 1}; }

  void pull(std::span<const Variable> cotangents, bool differentiable, CotangentSink& sink) override {
    const Replay replay(*this, differentiable);
    std::vector<Variable> targets;
    std::vector<int> wanted;
    for (int i = 0; i < static_cast<int>(edges_.size()); ++i) {
      if (!sink.wants(i)) continue;
      wanted.push_back(i);
      targets.push_back(replay.sources[static_cast<std::size_t>(i)]);
    }
    const std::vector<Variable> gradients =
        grad_up_to(replay.ends(), replay.y, targets, {.cotangent = cotangents[0], .differentiable = differentiable});
    for (std::size_t k = 0; k < wanted.size(); ++k) sink.add(wanted[k], gradients[k]);
  }

  void push(std::span<const Variable> tangents, bool differentiable, std::span<Variable> results) override {
    const Replay replay(*this, differentiable);
    std::vector<Variable> from, along;
    for (std::size_t i = 0; i < tangents.size(); ++i) {
      if (!tangents[i].defined()) continue;
      from.push_back(replay.sources[i]);
      along.push_back(tangents[i]);
    }
    results[0] = push_forward(std::span(&replay.y, 1), from, along, differentiable)[0];
  }

  void release() override {
    consumed_ = true;
    for (detail::Saved& saved : saved_) saved.value = Tensor();
    result_.value = Tensor();
    before_.clear();
    f_ = Function();  // and what it holds
  }

 private:
  /// The function run once more. Inputs stand behind nodes of their own, and parameters are read by f itself: there a
  /// pass over the inner graph ends, and never runs on into the graph outside, where an input may depend on a
  /// parameter.
  struct Replay {
    std::vector<Variable> sources;  // one per edge; a constant where the input was one
    Variable y;

    Replay(CheckpointNode& node, bool differentiable) {
      if (node.consumed_) detail::fail_consumed(kName);
      std::vector<Variable> inputs;
      for (std::size_t i = 0; i < node.saved_.size(); ++i) {
        const detail::Saved& saved = node.saved_[i];
        detail::check_saved(kName, "input", static_cast<int>(i), saved);
        const Edge& edge = node.edges_[i];
        if (!edge.node) {
          inputs.emplace_back(saved.value);
        } else if (differentiable) {
          inputs.push_back(identity(Variable(saved.value, edge.node, edge.output)));
        } else {
          inputs.push_back(parameter(saved.value));
        }
      }
      sources = inputs;
      sources.insert(sources.end(), node.params_.begin(), node.params_.end());
      {
        const Restored restored(node.before_);
        y = node.f_(inputs);
      }
      node.check_result(y.value());
    }

    std::vector<Variable> ends() const {
      std::vector<Variable> tracked;
      for (const Variable& source : sources) {
        if (source.requires_grad()) tracked.push_back(source);
      }
      return tracked;
    }
  };

  /// Throws GradError unless y is what the first run gave; that may have been overwritten since, and is unknown then.
  void check_result(const Tensor& y) const {
    if (y.shape() != meta_.shape || y.dtype() != meta_.dtype) {
      fail<GradError>(kName, ": the function gave ", meta_.dtype, " of shape ", meta_.shape, " first and ", y.dtype(),
                      " of shape ", y.shape(), " when run again");
    }
    if (result_.value.version() == result_.version && !are_equal(y, result_.value)) {
      fail<GradError>(kName, ": the function gave another result when it was run again for its derivatives, shape ",
                      y.shape(), "; it must be deterministic, and what it reads must not change in between");
    }
  }

  void dispose() noexcept override { pool_delete(this); }

  Function f_;
  std::vector<Variable> params_;
  Journal::Entries before_;  // what f set, with the values that it found
  Meta meta_;
  detail::Saved result_;
  std::vector<detail::Saved> saved_;
  std::vector<Edge> edges_;
  bool consumed_ = false;
};

}  // namespace

Variable checkpoint(const Function& f, std::span<const Variable> inputs, std::span<const Variable> params) {
  std::vector<Variable> constants;
  bool tracked = false;
  for (const Variable& x : inputs) {
    constants.push_back(x.detach());
    tracked = tracked || x.requires_grad();
  }
  for (const Variable& p : params) {
    if (!p.requires_grad()) fail<GradError>("checkpoint: a parameter of shape ", p.shape(), " is a constant");
    tracked = true;
  }
  const Journal journal;
  const Variable first = f(constants);
  check_listed(first, params);
  Tensor y = first.value();
  if (!tracked) return Variable(std::move(y));
  Ref<Node> node(pool_new<CheckpointNode>(f, inputs, params, y, journal.entries()));
  return Variable(std::move(y), std::move(node), 0);
}

Variable checkpoint(const Function& f, std::initializer_list<Variable> inputs, std::initializer_list<Variable> params) {
  return checkpoint(f, inputs, std::span(params.begin(), params.size()));
}

Variable checkpoint(const Function& f, std::initializer_list<Variable> inputs, std::span<const Variable> params) {
  return checkpoint(f, std::span(inputs.begin(), inputs.size()), params);
}

}  // namespace cadena

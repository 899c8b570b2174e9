#include <algorithm>
#include <cmath>

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

/// Throws GradError if y, computed from constants, depends on a parameter that is not among `params`.
void check_listed(const Variable& y, std::span<const Variable> params) {
  if (!y.requires_grad()) return;
  const Traversal reached(std::span(&y, 1), params);
  for (int i = 0; i < reached.count(); ++i) {
    const Node& node = reached.node(i);
    const bool is_listed =
        std::any_of(params.begin(), params.end(), [&](const Variable& p) { return p.node().get() == &node; });
    if (is_listed || dynamic_cast<const Leaf*>(&node) == nullptr) continue;
    fail<GradError>(kName, ": the function reads a parameter of shape ", node.outputs()[0].shape,
                    " that is neither an input nor listed in params");
  }
}

/// The node of a checkpointed call: it keeps the function, the values of its inputs and its result, and runs the
/// function again when derivatives are asked for.
class CheckpointNode final : public Node {
 public:
  CheckpointNode(Function f, std::span<const Variable> inputs, std::span<const Variable> params, const Tensor& y,
                 Journal::Entries before)
      : f_(std::move(f)),
        params_(params.begin(), params.end()),
        before_(std::move(before)),
        meta_(y),
        saved_(inputs.size()) {
    result_.set(y);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      saved_[i].set(inputs[i].value());
      edges_.push_back({inputs[i].node(), inputs[i].output()});
    }
    for (const Variable& p : params) edges_.push_back({p.node(), p.output()});
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
        grad(replay.y, targets, {.cotangent = cotangents[0], .differentiable = differentiable});
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
  }

 private:
  /// The function run once more. Inputs stand behind nodes of their own, so that a pass over the inner graph ends there
  /// and never runs on into the graph outside; parameters are read by f itself and are found in the inner graph.
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

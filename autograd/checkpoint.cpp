#include "autograd/node.h"
#include "autograd/op.h"
#include "autograd/transforms.h"
#include "tensor/base/error.h"
#include "tensor/base/pool.h"

namespace cadena {
namespace {

constexpr auto kName = "checkpoint";

/// The node of a checkpointed call: it keeps the function and the values of its inputs, and runs the function again
/// when derivatives are asked for.
class CheckpointNode final : public Node {
 public:
  CheckpointNode(Function f, std::span<const Variable> inputs, std::span<const Variable> params, const Tensor& y)
      : f_(std::move(f)), params_(params.begin(), params.end()), meta_(y), saved_(inputs.size()) {
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
      y = node.f_(inputs);
    }
  };

  void dispose() noexcept override { pool_delete(this); }

  Function f_;
  std::vector<Variable> params_;
  Meta meta_;
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
  Tensor y = f(constants).value();
  if (!tracked) return Variable(std::move(y));
  Ref<Node> node(pool_new<CheckpointNode>(f, inputs, params, y));
  return Variable(std::move(y), std::move(node), 0);
}

Variable checkpoint(const Function& f, std::initializer_list<Variable> inputs, std::initializer_list<Variable> params) {
  return checkpoint(f, std::span(inputs.begin(), inputs.size()), std::span(params.begin(), params.size()));
}

}  // namespace cadena

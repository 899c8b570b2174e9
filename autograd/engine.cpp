#include "autograd/engine.h"

#include "autograd/anomaly.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/grad_up_to.h"
#include "autograd/node.h"
#include "autograd/traversal.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

/// A cotangent or tangent as a pass begins with it: in the dtype of its variable, and with a history of its own only
/// where the result is to be differentiated. Throws ShapeError or DeviceError where the two do not fit.
Variable begun(const char* pass, const char* kind, const Variable& direction, const char* role, const Variable& of,
               bool differentiable) {
  if (direction.shape() != of.shape()) {
    fail<ShapeError>(pass, ": the ", kind, " has shape ", direction.shape(), ", the ", role, " ", of.shape());
  }
  if (direction.device() != of.device()) {
    fail<DeviceError>(pass, ": the ", kind, " is on ", direction.device(), ", the ", role, " on ", of.device());
  }
  return cast(differentiable ? direction : Variable(direction.value()), of.dtype());
}

/// Throws GradError unless what a rule of `node` returned has shape and dtype of the argument or output it is for.
void check_returned(const Node& node, const char* of, int index, const Variable& x, const Meta& meta) {
  if (x.shape() == meta.shape && x.dtype() == meta.dtype) return;
  fail<GradError>(node.name(), ": the rule for ", of, " ", index, " returned ", x.dtype(), " of shape ", x.shape(),
                  ", the ", of, " is ", meta.dtype, " of shape ", meta.shape);
}

/// One backward pass: the cotangent of every output of every node below y, as far as it is known. Those of f16 and bf16
/// are summed in f32 and rounded once, when the sum is complete.
class BackwardPass final : public CotangentSink {
 public:
  /// The pass goes no further down than the nodes of `ends`, whose gradients are then parts, which no hook sees.
  BackwardPass(const Variable& y, const Variable& cotangent, bool differentiable, std::span<const Variable> ends = {})
      : y_(y),
        order_(std::span(&y, 1), ends),
        differentiable_(differentiable),
        needed_(static_cast<std::size_t>(order_.count()), 0),
        is_end_(needed_),
        slots_(static_cast<std::size_t>(order_.output_count())) {
    for (const Variable& end : ends) {
      const int position = order_.find(end.node().get());
      if (position >= 0) is_end_[static_cast<std::size_t>(position)] = 1;
    }
    slot(order_.find(y.node().get()), y.output()).cotangent =
        begun("grad", "cotangent", cotangent, "output", y, differentiable);
  }

  /// Marks a node as one whose cotangent is asked for.
  void want(int position) { needed_[static_cast<std::size_t>(position)] |= kAskedFor; }

  const Traversal& order() const { return order_; }

  /// Runs the pass; calls `finish(position, cotangents of its outputs)` when all of a node's cotangents are complete.
  template <class Finish>
  void run(Finish finish) {
    for (int i = 0; i < order_.count(); ++i) {
      for (int input : order_.inputs(i)) {
        if (input >= 0 && needed_[static_cast<std::size_t>(input)]) needed_[static_cast<std::size_t>(i)] |= kLeadsOn;
      }
    }
    std::vector<Variable> cotangents;
    for (int i = order_.count() - 1; i >= 0; --i) {
      if (!needed_[static_cast<std::size_t>(i)]) continue;
      Node& node = order_.node(i);
      current_ = i;
      if (!take_cotangents(node, cotangents)) continue;
      if (const auto* hooks = node.hooks(); hooks != nullptr && !is_end_[static_cast<std::size_t>(i)]) {
        for (const Node::Hook& hook : std::vector(*hooks)) {  // a copy: a hook may register others, for later passes
          const Variable& seen = cotangents[static_cast<std::size_t>(hook.output)];
          if (seen.defined()) hook.call(seen);
        }
      }
      finish(i, std::span<const Variable>(cotangents));
      if ((needed_[static_cast<std::size_t>(i)] & kLeadsOn) == 0) continue;
      seeds_ = cotangents;
      const detail::RuleScope scope(node.name());
      node.pull(cotangents, differentiable_, *this);
    }
  }

  bool wants(int input) const override {
    const int from = order_.inputs(current_)[static_cast<std::size_t>(input)];
    return from >= 0 && needed_[static_cast<std::size_t>(from)];
  }

  void add(int input, Variable cotangent) override {
    const Meta& meta = meta_of(input);
    check_returned(order_.node(current_), "argument", input, cotangent, meta);
    if (detail::anomaly_guards > 0) {
      detail::find_anomaly_of_rule(order_.node(current_).name(), seeds_, input, cotangent.value());
    }
    Slot& s = target(input);
    if (!s.cotangent.defined()) {
      s.cotangent = std::move(cotangent);
    } else if (s.owned) {
      add_into(s.cotangent.value(), cast(cotangent.value(), s.cotangent.dtype()));
    } else {
      const Dtype dtype = compute_dtype(meta.dtype);
      if (differentiable_) s.cotangent = cadena::add(cast(s.cotangent, dtype), cast(cotangent, dtype));
      else s = {Variable(cadena::add(cast(s.cotangent.value(), dtype), cast(cotangent.value(), dtype))), true};
    }
  }

  Tensor buffer(int input) override {
    Slot& s = target(input);
    if (!s.owned) {
      const Meta& meta = meta_of(input);
      const Dtype dtype = compute_dtype(meta.dtype);
      Tensor dense =
          s.cotangent.defined() ? copy(cast(s.cotangent.value(), dtype)) : zeros(meta.shape, dtype, meta.device);
      s = {Variable(std::move(dense)), true};
    }
    return s.cotangent.value();
  }

 private:
  /// Why the cotangent of a node is needed: for itself, or to run its rules for that of another one below.
  enum Need : unsigned char { kAskedFor = 1, kLeadsOn = 2 };

  struct Slot {
    Variable cotangent;
    bool owned = false;  // made here: nobody else sees it, so it may be added into
  };

  /// Moves the complete cotangents of the current node's outputs out of their slots; false if all are zero.
  bool take_cotangents(const Node& node, std::vector<Variable>& cotangents) {
    bool any = false;
    cotangents.clear();
    for (int k = 0; k < static_cast<int>(node.outputs().size()); ++k) {
      Variable sum = std::move(std::exchange(slot(current_, k), {}).cotangent);
      if (sum.defined()) {
        any = true;
        sum = cast(sum, node.outputs()[static_cast<std::size_t>(k)].dtype);
      }
      cotangents.push_back(std::move(sum));
    }
    return any;
  }

  Slot& slot(int position, int output) {
    return slots_[static_cast<std::size_t>(order_.first_output(position) + output)];
  }

  const Node::Edge& edge(int input) const { return order_.node(current_).inputs()[static_cast<std::size_t>(input)]; }
  const Meta& meta_of(int input) const {
    return edge(input).node->outputs()[static_cast<std::size_t>(edge(input).output)];
  }
  Slot& target(int input) { return slot(order_.inputs(current_)[static_cast<std::size_t>(input)], edge(input).output); }

  const Variable y_;  // kept: a hook may give up the caller's handle, and with it the graph
  Traversal order_;
  bool differentiable_;
  int current_ = 0;
  std::span<const Variable> seeds_;  // cotangents of the current node's outputs
  std::vector<unsigned char> needed_, is_end_;
  std::vector<Slot> slots_;
};

Variable seed_for(const Variable& y, const Variable& cotangent) {
  if (cotangent.defined()) return cotangent;
  if (y.numel() != 1)
    fail<ShapeError>("grad: expected a scalar, shape is ", y.shape(), "; pass a cotangent of that shape");
  return Variable(ones_like(y.value()));
}

/// The gradient as a dense tensor that shares nothing with the graph or with other results.
Variable own(const Variable& gradient) {
  if (gradient.is_sole_owner() && gradient.value().is_contiguous()) return gradient;
  return Variable(copy(gradient.value()), gradient.node(), gradient.output());
}

}  // namespace

std::vector<Variable> grad(const Variable& y, std::span<const Variable> xs, const GradOptions& options) {
  return grad_up_to({}, y, xs, options);
}

std::vector<Variable> grad_up_to(std::span<const Variable> ends, const Variable& y, std::span<const Variable> xs,
                                 const GradOptions& options) {
  for (const Variable& x : xs) {
    if (!x.requires_grad()) fail<GradError>("grad: asked for the gradient of a constant of shape ", x.shape());
  }
  const Variable seed = seed_for(y, options.cotangent);
  std::vector<Variable> results(xs.size());
  if (y.requires_grad()) {
    BackwardPass pass(y, seed, options.differentiable, ends);
    std::vector<int> positions;
    for (const Variable& x : xs) {
      positions.push_back(pass.order().find(x.node().get()));
      if (positions.back() >= 0) pass.want(positions.back());
    }
    pass.run([&](int position, std::span<const Variable> cotangents) {
      for (std::size_t i = 0; i < xs.size(); ++i) {
        if (positions[i] == position) results[i] = cotangents[static_cast<std::size_t>(xs[i].output())];
      }
    });
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    results[i] = results[i].defined() ? own(results[i]) : Variable(zeros_like(xs[i].value()));
  }
  return results;
}

std::vector<Variable> grad(const Variable& y, std::initializer_list<Variable> xs, const GradOptions& options) {
  return grad(y, std::span(xs.begin(), xs.size()), options);
}

Variable grad(const Variable& y, const Variable& x, const GradOptions& options) {
  return std::move(grad(y, std::span(&x, 1), options)[0]);
}

void accumulate_gradients(const Variable& y, const Variable& cotangent, bool retain) {
  BackwardPass pass(y, cotangent, false);
  const Traversal& order = pass.order();
  std::vector<Leaf*> leaves(static_cast<std::size_t>(order.count()));
  for (int i = 0; i < order.count(); ++i) {
    if ((leaves[static_cast<std::size_t>(i)] = dynamic_cast<Leaf*>(&order.node(i)))) pass.want(i);
  }
  int last = -1;  // the node whose rules have run since the previous call
  pass.run([&](int position, std::span<const Variable> cotangents) {
    if (!retain && last >= 0) order.node(last).release();
    last = position;
    Leaf* leaf = leaves[static_cast<std::size_t>(position)];
    if (leaf != nullptr) leaf->accumulate(cotangents[0]);
  });
  if (!retain && last >= 0) order.node(last).release();
}

std::vector<Variable> push_forward(std::span<const Variable> ys, std::span<const Variable> xs,
                                   std::span<const Variable> tangents, bool differentiable) {
  if (xs.size() != tangents.size())
    fail<ShapeError>("push_forward: ", xs.size(), " inputs, ", tangents.size(), " tangents");
  std::vector<Variable> ends;  // not the nodes with several outputs: another one may depend on an x further down
  for (const Variable& x : xs) {
    if (!x.requires_grad()) fail<GradError>("push_forward: an input of shape ", x.shape(), " is a constant");
    if (x.node()->outputs().size() == 1) ends.push_back(x);
  }
  const Traversal order(ys, ends);
  std::vector<Variable> values(static_cast<std::size_t>(order.output_count())), given = values;
  const auto slot = [&](int position, int output) {
    return static_cast<std::size_t>(order.first_output(position) + output);
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Variable tangent = begun("push_forward", "tangent", tangents[i], "input", xs[i], differentiable);
    const int position = order.find(xs[i].node().get());
    if (position < 0) continue;
    Variable& sum = given[slot(position, xs[i].output())];  // an x may stand among the xs twice
    sum = sum.defined() ? cadena::add(sum, tangent) : tangent;
  }
  std::vector<Variable> arguments;
  for (int i = 0; i < order.count(); ++i) {
    Node& node = order.node(i);
    const auto inputs = order.inputs(i);
    arguments.clear();
    bool any = false;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      arguments.push_back(inputs[k] < 0 ? Variable() : values[slot(inputs[k], node.inputs()[k].output)]);
      any = any || arguments.back().defined();
    }
    const std::span<const Meta> outputs = node.outputs();
    const std::span<Variable> results = std::span(values).subspan(slot(i, 0), outputs.size());
    if (any) {
      const detail::RuleScope scope(node.name());
      node.push(arguments, differentiable, results);
    }
    for (std::size_t k = 0; k < results.size(); ++k) {
      if (const Variable& tangent = given[slot(i, static_cast<int>(k))]; tangent.defined()) results[k] = tangent;
      if (results[k].defined()) check_returned(node, "output", static_cast<int>(k), results[k], outputs[k]);
    }
  }
  std::vector<Variable> reached;
  for (const Variable& y : ys)
    reached.push_back(y.requires_grad() ? values[slot(order.find(y.node().get()), y.output())] : Variable());
  return reached;
}

std::vector<Node*> topological_order(std::span<const Variable> ys) {
  const Traversal order(ys);
  std::vector<Node*> nodes;
  for (int i = 0; i < order.count(); ++i) nodes.push_back(&order.node(i));
  return nodes;
}

}  // namespace cadena

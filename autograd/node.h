#pragma once

#include <memory>
#include <span>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

/// What is known of a tensor without its values.
struct Meta {
  Shape shape;               ///< the extents
  Dtype dtype = Dtype::f32;  ///< of its elements
  Device device;             ///< where its values live

  Meta() = default;
  /// What is known of x.
  explicit Meta(const Tensor& x) : shape(x.shape()), dtype(x.dtype()), device(x.device()) {}
};

/// Where a node hands the cotangents of its inputs to.
class CotangentSink {
 public:
  /// True if the gradient of input i is asked for.
  virtual bool wants(int input) const = 0;
  /// Adds to the cotangent of input i.
  virtual void add(int input, Variable cotangent) = 0;
  /// The cotangent of input i so far, as a dense tensor of the engine's own to add into; f32 where the input is f16 or
  /// bf16. Only in passes that are not differentiable.
  virtual Tensor buffer(int input) = 0;

 protected:
  ~CotangentSink() = default;
};

/// One recorded operation, or a leaf: edges to the nodes of its inputs, and what its rules need to know. Nodes live in
/// pool memory and are counted; long chains are destroyed without recursion.
class Node : public Counted {
 public:
  /// The output of another node that this node read. `node` is null for a constant.
  struct Edge {
    Ref<Node> node;  ///< the node that was read
    int output = 0;  ///< which of its outputs
  };

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  /// The op's name, as messages and drawings show it.
  virtual const char* name() const = 0;
  /// One edge for each argument.
  virtual std::span<const Edge> inputs() const = 0;
  /// Shape, dtype and device of each output.
  virtual std::span<const Meta> outputs() const = 0;

  /// Pulls the cotangents of the outputs (undefined where zero) back to the inputs that `sink` wants. With
  /// `differentiable` the rules see tracked variables, so that their result can be differentiated again.
  virtual void pull(std::span<const Variable> cotangents, bool differentiable, CotangentSink& sink) = 0;

  /// Pushes the tangents of the inputs (undefined where zero) forward to the outputs.
  virtual void push(std::span<const Variable> tangents, bool differentiable, std::span<Variable> results) = 0;

  /// Frees the saved tensors; `pull` and `push` throw GradError from then on.
  virtual void release() {}

  /// What was registered with `Variable::register_hook`.
  struct Hook {
    int output;                            ///< whose gradient is handed over
    Callable<void(const Variable&)> call;  ///< what is called with it
  };
  /// The hooks in the order of their registration; null if there is none.
  const std::vector<Hook>* hooks() const { return hooks_.get(); }
  /// Registers a hook.
  void add_hook(Hook hook);

  /// Ends a node: called when the last reference goes; see Ref.
  static void destroy(Node* node) noexcept;

 protected:
  /// Destroys the object in its pool memory.
  virtual void dispose() noexcept = 0;

 private:
  std::unique_ptr<std::vector<Hook>> hooks_;
  Node* next_doomed_ = nullptr;
};

/// The node of a parameter.
class Leaf final : public Node {
 public:
  /// The node of a parameter with this value, of which it keeps shape, dtype and device.
  explicit Leaf(const Tensor& value) : meta_(value) {}

  const char* name() const override { return "parameter"; }
  std::span<const Edge> inputs() const override { return {}; }
  std::span<const Meta> outputs() const override { return {&meta_, 1}; }
  void pull(std::span<const Variable>, bool, CotangentSink&) override {}
  void push(std::span<const Variable>, bool, std::span<Variable>) override {}

  /// The accumulated gradient; undefined if there is none.
  Tensor grad() const;
  /// Forgets the accumulated gradient.
  void zero_grad();
  /// Replaces the accumulated gradient; undefined for none.
  void set_grad(Tensor gradient);
  /// grad += cotangent; several threads may do it at once.
  void accumulate(const Variable& cotangent);
  /// Takes over shape, dtype and device of the parameter's new value.
  void set_meta(const Tensor& value) { meta_ = Meta(value); }

 private:
  void dispose() noexcept override;

  Meta meta_;
  Tensor grad_;
};

}  // namespace cadena

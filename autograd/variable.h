#pragma once

#include <utility>

#include "tensor/base/callable.h"
#include "tensor/tensor.h"

namespace cadena {

class Node;

/// A tensor and the node of the graph that remembers how it was computed. A handle of one word: copies are the same
/// variable. A variable without a node is a constant; operations on constants record nothing.
class Variable {
 public:
  /// No variable at all; whatever asks for more than `defined` throws ValueError.
  Variable() = default;

  /// A constant. The conversion is explicit, because a tensor that slips into a derivative rule as a constant would
  /// silently cut higher derivatives off.
  explicit Variable(Tensor value);

  /// Output number `output` of `node`, as the recording of an operation makes it.
  Variable(Tensor value, Ref<Node> node, int output);

  /// False for a variable made without a value.
  bool defined() const { return static_cast<bool>(impl_); }
  /// The values; they share storage with this variable.
  const Tensor& value() const { return impl().value; }
  /// The extents of the value along its axes.
  const Shape& shape() const { return value().shape(); }
  /// How many axes the value has.
  int rank() const { return value().rank(); }
  /// Extent of one axis; negative axes count from the end. Throws ShapeError out of range.
  i64 size(int axis) const { return value().size(axis); }
  /// How many elements the value has.
  i64 numel() const { return value().numel(); }
  /// Dtype of the value, and so of the gradient.
  Dtype dtype() const { return value().dtype(); }
  /// Where the value lives, and so the gradient.
  Device device() const { return value().device(); }
  /// The one element as a double. Throws ShapeError unless there is exactly one.
  double item() const { return value().item(); }

  /// True if gradients can flow to it: it is a parameter, or was computed from one.
  bool requires_grad() const { return static_cast<bool>(impl().node); }

  /// True for a parameter: the start of a graph, where `backward` leaves its gradients.
  bool is_leaf() const;

  /// The node that computed this variable; null for a constant.
  const Ref<Node>& node() const { return impl().node; }
  /// Which of that node's outputs this is.
  int output() const { return impl().output; }

  /// The same values as a constant: nothing flows back through it.
  Variable detach() const { return Variable(value()); }

  /// The gradient that `backward` has accumulated here; undefined if none has. Throws GradError unless this is a leaf.
  Tensor grad() const;
  /// Forgets the accumulated gradient. Throws GradError unless this is a leaf.
  void zero_grad() const;

  /// Replaces the value of a constant or a parameter in all its copies (tied weights stay tied). Throws GradError for a
  /// computed variable, DtypeError if a parameter would lose its floating dtype. Forgets a gradient that fits no more.
  void set_value(Tensor value) const;

  /// Makes a constant a parameter, or a parameter a constant (a frozen weight), in all its copies; an accumulated
  /// gradient is forgotten, and so are those that arrive before it is a parameter again. Then its hooks are called and
  /// graphs recorded before reach it as if nothing had been. Throws GradError for a computed variable, DtypeError if a
  /// parameter would not be floating.
  void set_requires_grad(bool required) const;

  /// Options of `backward`.
  struct Backward {
    bool retain = false;  ///< keep the graph for another pass
  };

  /// \f$ \partial y / \partial \theta \f$ added to `grad()` of every parameter that this scalar y depends on. Consumes
  /// the graph unless `{.retain = true}`: saved tensors are freed as the pass proceeds. Throws ShapeError unless there
  /// is one element, GradError if the graph was consumed before or a saved value was overwritten.
  void backward(Backward options) const;
  void backward() const { backward(Backward{}); }

  /// The same for a y of any shape: the gradient of \f$ \langle u, y \rangle \f$ for the cotangent u.
  void backward(const Tensor& cotangent, Backward options) const;
  void backward(const Tensor& cotangent) const { backward(cotangent, Backward{}); }

  /// Calls `hook` with the gradient of this variable, once it is complete, in every backward pass that reaches it.
  /// Throws GradError for a constant. A hook that holds this variable keeps it for ever: it should refer to it instead.
  void register_hook(Callable<void(const Variable&)> hook) const;

  /// True if nobody else holds this variable or its values, so that they may be taken over.
  bool is_sole_owner() const { return value().is_sole_owner() && impl_.is_unique(); }

  /// True if both are copies of one handle: setting the value of one sets it in the other.
  bool is_handle_of(const Variable& other) const { return impl_ == other.impl_; }

  /// True if both are the same output of the same node (or the same constant).
  bool is_same(const Variable& other) const;

 private:
  struct Impl : Counted {
    Tensor value;
    Ref<Node> node;
    Ref<Node> frozen;  // the leaf of a parameter while it is a constant
    int output = 0;
    static void destroy(Impl* impl) noexcept;
  };

  const Impl& impl() const {
    if (!impl_) [[unlikely]]
      fail_undefined();
    return *impl_;
  }
  [[noreturn]] static void fail_undefined();

  Ref<Impl> impl_;
};

/// A leaf that gradients flow to. Throws DtypeError unless the values are floating.
Variable parameter(Tensor value);

}  // namespace cadena

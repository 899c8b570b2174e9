#include "autograd/variable.h"

#include <mutex>
#include <utility>

#include "autograd/engine.h"
#include "autograd/journal.h"
#include "autograd/node.h"
#include "autograd/replaced_values.h"
#include "tensor/base/error.h"
#include "tensor/base/pool.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

Leaf& leaf_of(const char* what, const Variable& x) {
  if (!x.is_leaf())
    fail<GradError>(what, ": expected a parameter, got ", x.requires_grad() ? "a computed variable" : "a constant",
                    " of shape ", x.shape());
  return static_cast<Leaf&>(*x.node());
}

std::mutex accumulate_mutex;  // guards the gradients of leaves, which several passes may share

}  // namespace

void Variable::Impl::destroy(Impl* impl) noexcept { pool_delete(impl); }

void Variable::fail_undefined() { fail<ValueError>("a variable is not defined: nothing was assigned to it"); }

Variable::Variable(Tensor value) : Variable(std::move(value), Ref<Node>(), 0) {}

Variable::Variable(Tensor value, Ref<Node> node, int output) : impl_(pool_new<Impl>()) {
  impl_->value = std::move(value);
  impl_->node = std::move(node);
  impl_->output = output;
}

bool Variable::is_leaf() const { return requires_grad() && dynamic_cast<Leaf*>(impl_->node.get()) != nullptr; }

bool Variable::is_same(const Variable& other) const {
  if (impl_ == other.impl_) return true;
  return defined() && other.defined() && node() && node() == other.node() && output() == other.output();
}

Tensor Variable::grad() const { return leaf_of("grad", *this).grad(); }

void Variable::zero_grad() const { leaf_of("zero_grad", *this).zero_grad(); }

void Variable::set_value(Tensor value) const {
  if (!value.defined()) fail<ValueError>("set_value: the tensor is not defined");
  if (requires_grad()) {
    Leaf& leaf = leaf_of("set_value", *this);
    if (!is_floating(value.dtype())) fail_dtype("set_value", value.dtype(), "a floating dtype for a parameter");
    const Meta& before = leaf.outputs()[0];
    const bool fits = before.shape == value.shape() && before.dtype == value.dtype() && before.device == value.device();
    if (!fits) leaf.zero_grad();  // gradients of the new value could not be added to it
    leaf.set_meta(value);
  }
  Journal::note(*this);
  ReplacedValues::note(*this);
  impl_->value = std::move(value);
}

void Variable::set_requires_grad(bool required) const {
  if (requires_grad() == required) return;
  if (!required) {
    leaf_of("set_requires_grad", *this).zero_grad();
    impl_->frozen = std::exchange(impl_->node, {});
  } else if (!impl_->frozen) {
    impl_->node = parameter(value()).node();
  } else {
    if (!is_floating(dtype())) fail_dtype("set_requires_grad", dtype(), "a floating dtype for a parameter");
    Leaf& leaf = static_cast<Leaf&>(*impl_->frozen);
    leaf.zero_grad();
    leaf.set_meta(value());
    impl_->node = std::exchange(impl_->frozen, {});
  }
}

void Variable::backward(Backward options) const {
  if (numel() != 1)
    fail<ShapeError>("backward: expected a scalar, shape is ", shape(), "; pass a cotangent of that shape");
  backward(ones_like(value()), options);
}

void Variable::backward(const Tensor& cotangent, Backward options) const {
  if (!requires_grad()) fail<GradError>("backward: the variable depends on no parameter");
  accumulate_gradients(*this, Variable(cotangent), options.retain);
}

void Variable::register_hook(Callable<void(const Variable&)> hook) const {
  if (!requires_grad()) fail<GradError>("register_hook: a constant has no gradient to look at");
  if (!hook) fail<ValueError>("register_hook: the hook is empty");
  node()->add_hook({output(), std::move(hook)});
}

Variable parameter(Tensor value) {
  if (!is_floating(value.dtype())) fail_dtype("parameter", value.dtype(), "f32, f64, f16 or bf16");
  Ref<Node> leaf(pool_new<Leaf>(value));
  return Variable(std::move(value), std::move(leaf), 0);
}

void Node::add_hook(Hook hook) {
  if (!hooks_) hooks_ = std::make_unique<std::vector<Hook>>();
  hooks_->push_back(std::move(hook));
}

void Node::destroy(Node* node) noexcept {
  // Disposing of a node drops its edges, which may end other nodes: those wait in this list instead of in a recursion.
  static thread_local Node* doomed = nullptr;
  static thread_local bool draining = false;
  node->next_doomed_ = doomed;
  doomed = node;
  if (draining) return;
  draining = true;
  while (doomed != nullptr) std::exchange(doomed, doomed->next_doomed_)->dispose();
  draining = false;
}

Tensor Leaf::grad() const {
  std::lock_guard lock(accumulate_mutex);
  Journal::note_gradient(*this, grad_, true);
  return grad_;
}

void Leaf::zero_grad() { set_grad(Tensor()); }

void Leaf::set_grad(Tensor gradient) {
  std::lock_guard lock(accumulate_mutex);
  Journal::note_gradient(*this, grad_, false);
  grad_ = std::move(gradient);
}

void Leaf::accumulate(const Variable& cotangent) {
  std::lock_guard lock(accumulate_mutex);
  Journal::note_gradient(*this, grad_, true);
  const Tensor& g = cotangent.value();
  if (grad_.defined() && grad_.shape() == g.shape() && grad_.dtype() == g.dtype()) {
    add_into(grad_, g);
  } else {
    grad_ = cotangent.is_sole_owner() && g.is_contiguous() ? g : copy(g);
  }
}

void Leaf::dispose() noexcept { pool_delete(this); }

}  // namespace cadena

#pragma once

// The node of a recorded op: the second half of autograd/op.h, which includes it.

#include "autograd/op.h"

namespace cadena::detail {

/// A saved tensor, and the version its storage had.
struct Saved {
  Tensor value;
  std::uint32_t version = 0;

  void set(const Tensor& x) {
    value = x;
    version = x.version();
  }
};

/// Throws GradError if the graph was consumed or the saved value was overwritten since.
void check_saved(const char* op, const char* role, int index, const Saved& saved);
[[noreturn]] void fail_consumed(const char* op);

/// Calls the VJP rule for argument `i`.
template <class Op>
Variable call_vjp(const Op& op, int i, const RuleContext& c) {
  if constexpr (OpTraits<Op>::kVariadic) {
    return call_rule<WrtAny>(op, &Op::vjp, WrtAny{i}, c);
  } else {
    Variable result;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const auto call = [&]<int K>(Wrt<K>) {
        if constexpr (!OpTraits<Op>::is_constant(K)) {
          if (K == i) result = call_rule<Wrt<K>>(op, &Op::vjp, Wrt<K>{}, c);
        }
      };
      (call(Wrt<I>{}), ...);
    }
    (std::make_integer_sequence<int, OpTraits<Op>::kArity>{});
    return result;
  }
}

/// Calls the JVP rule for argument `i`: one tangent per output, undefined for constant ones.
template <class Op>
std::vector<Variable> call_jvp(const Op& op, int i, const RuleContext& c) {
  const auto as_list = [](auto result) {
    if constexpr (std::same_as<decltype(result), Variable>) {
      return std::vector<Variable>{std::move(result)};
    } else {
      return std::vector<Variable>(result.begin(), result.end());
    }
  };
  if constexpr (OpTraits<Op>::kVariadic) {
    return as_list(call_rule<WrtAny>(op, &Op::jvp, WrtAny{i}, c));
  } else {
    std::vector<Variable> list;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const auto call = [&]<int K>(Wrt<K>) {
        if constexpr (!OpTraits<Op>::is_constant(K)) {
          if (K == i) list = as_list(call_rule<Wrt<K>>(op, &Op::jvp, Wrt<K>{}, c));
        }
      };
      (call(Wrt<I>{}), ...);
    }
    (std::make_integer_sequence<int, OpTraits<Op>::kArity>{});
    return list;
  }
}

/// Which arguments and outputs the rules for argument `i` read, as bits. Variadic ops save what they read for any.
struct Reads {
  unsigned args = 0;
  unsigned results = 0;
};
/// Whether bit i is set. Variadic ops have more arguments than there are bits, but their rules read none of them.
constexpr bool has_bit(unsigned bits, std::size_t i) { return i < 32 && (bits >> i & 1u) != 0; }
template <class Op>
constexpr Reads reads(int i) {
  Reads r;
  const auto take = [&]<class S>(std::type_identity<S>) {
    r.args |= S::args();
    r.results |= S::results();
  };
  if constexpr (OpTraits<Op>::kVariadic) {
    take(std::type_identity<VjpSignature<Op, WrtAny>>{});
    take(std::type_identity<JvpSignature<Op, WrtAny>>{});
  } else {
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const auto take_rules = [&]<int K>(Wrt<K>) {
        if constexpr (!OpTraits<Op>::is_constant(K)) {
          if (K != i) return;
          take(std::type_identity<VjpSignature<Op, Wrt<K>>>{});
          take(std::type_identity<JvpSignature<Op, Wrt<K>>>{});
        }
      };
      (take_rules(Wrt<I>{}), ...);
    }
    (std::make_integer_sequence<int, OpTraits<Op>::kArity>{});
    using AllOfThem = Mask<OpTraits<Op>::kArity>;
    if constexpr (HasFusedVjp<Op, OpTraits<Op>::kArity>) take(std::type_identity<FusedSignature<Op, AllOfThem>>{});
  }
  if constexpr (HasJvpAll<Op>) take(std::type_identity<PushAllSignature<Op>>{});
  if constexpr (HasVjpInto<Op>) take(std::type_identity<IntoSignature<Op>>{});
  return r;
}

/// N elements inside the object, or a vector where N is known at run time (-1).
template <class T, int N>
struct Slots : std::array<T, static_cast<std::size_t>(N)> {
  explicit Slots(std::size_t) : std::array<T, static_cast<std::size_t>(N)>{} {}
};
template <class T>
struct Slots<T, -1> : std::vector<T> {
  explicit Slots(std::size_t n) : std::vector<T>(n) {}
};

template <class Op>
class OpNode final : public Node {
  using Traits = OpTraits<Op>;
  static constexpr int kIn = Traits::kVariadic ? -1 : Traits::kArity;
  static constexpr int kOut = Traits::kOutputs;

 public:
  OpNode(const Op& op, std::span<const Variable* const> inputs, std::span<const Tensor> outputs)
      : op_(op),
        edges_(inputs.size()),
        arg_metas_(inputs.size()),
        args_(inputs.size()),
        result_metas_(outputs.size()),
        results_(outputs.size()) {
    Reads needed;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Variable& x = *inputs[i];
      arg_metas_[i] = Meta(x.value());
      if (!x.requires_grad() || Traits::is_constant(static_cast<int>(i))) continue;
      edges_[i] = {x.node(), x.output()};
      const Reads r = reads<Op>(static_cast<int>(i));
      needed.args |= r.args;
      needed.results |= r.results;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (has_bit(needed.args, i)) args_[i].set(inputs[i]->value());
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      result_metas_[k] = Meta(outputs[k]);
      if (has_bit(needed.results, k)) results_[k].set(outputs[k]);
    }
  }

  const char* name() const override { return Op::name; }
  std::span<const Edge> inputs() const override { return edges_; }
  std::span<const Meta> outputs() const override { return result_metas_; }

  void pull(std::span<const Variable> cotangents, bool differentiable, CotangentSink& sink) override {
    const Restored saved(*this, differentiable);
    const RuleContext c{saved.args, saved.results, arg_metas_, result_metas_, cotangents, {}};
    if constexpr (HasFusedVjp<Op, kIn>) {
      if (!differentiable) return pull_all(c, sink);
    }
    for (int i = 0; i < static_cast<int>(edges_.size()); ++i) {
      if (!sink.wants(i)) continue;
      if constexpr (HasVjpInto<Op>) {
        if (!differentiable) {
          call_rule<Into>(op_, &Op::vjp_into, Into{i, sink.buffer(i)}, c);
          continue;
        }
      }
      sink.add(i, call_vjp(op_, i, c));
    }
  }

  void push(std::span<const Variable> tangents, bool differentiable, std::span<Variable> results) override {
    const Restored saved(*this, differentiable);
    RuleContext c{saved.args, saved.results, arg_metas_, result_metas_, {}, {}};
    if constexpr (HasJvpAll<Op>) {
      results[0] = call_rule<Tans>(op_, &Op::jvp_all, Tans{tangents}, c);
      return;
    }
    for (int i = 0; i < static_cast<int>(edges_.size()); ++i) {
      if (!tangents[static_cast<std::size_t>(i)].defined()) continue;
      c.tangent = tangents[static_cast<std::size_t>(i)];
      std::vector<Variable> contribution = call_jvp(op_, i, c);
      for (std::size_t k = 0; k < results.size(); ++k) add_tangent(results[k], std::move(contribution[k]));
    }
  }

  void release() override {
    consumed_ = true;
    for (Saved& saved : args_) saved.value = Tensor();
    for (Saved& saved : results_) saved.value = Tensor();
  }

 private:
  /// What was saved, as the variables that rules see: constants, or in a differentiable pass the tracked originals.
  struct Restored {
    Slots<Variable, kIn> args;
    Slots<Variable, kOut> results;

    Restored(OpNode& node, bool differentiable) : args(node.args_.size()), results(node.results_.size()) {
      if (node.consumed_) fail_consumed(Op::name);
      for (std::size_t i = 0; i < args.size(); ++i) {
        const Saved& saved = node.args_[i];
        if (!saved.value.defined()) continue;
        check_saved(Op::name, "argument", static_cast<int>(i), saved);
        const Edge& edge = node.edges_[i];
        args[i] = differentiable && edge.node ? Variable(saved.value, edge.node, edge.output) : Variable(saved.value);
      }
      for (std::size_t k = 0; k < results.size(); ++k) {
        const Saved& saved = node.results_[k];
        if (!saved.value.defined()) continue;
        check_saved(Op::name, "output", static_cast<int>(k), saved);
        const bool tracked = differentiable && !Traits::is_constant_output(static_cast<int>(k));
        results[k] = tracked ? Variable(saved.value, Ref<Node>(&node), static_cast<int>(k)) : Variable(saved.value);
      }
    }
  };

  /// The fused rule: all cotangents that are asked for from one call.
  void pull_all(const RuleContext& c, CotangentSink& sink) const requires HasFusedVjp<Op, kIn> {
    Mask<kIn> mask{};
    bool any = false;
    for (std::size_t i = 0; i < edges_.size(); ++i) any = (mask[i] = sink.wants(static_cast<int>(i))) || any;
    if (!any) return;
    auto cotangents = call_rule<Mask<kIn>>(op_, &Op::vjp_all, mask, c);
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (mask[i]) sink.add(static_cast<int>(i), Variable(std::move(cotangents[i])));
    }
  }

  static void add_tangent(Variable& sum, Variable contribution);

  void dispose() noexcept override { pool_delete(this); }

  [[no_unique_address]] Op op_;
  bool consumed_ = false;
  Slots<Edge, kIn> edges_;
  Slots<Meta, kIn> arg_metas_;
  Slots<Saved, kIn> args_;
  Slots<Meta, kOut> result_metas_;
  Slots<Saved, kOut> results_;
};

/// sum + contribution, where either may be undefined (zero).
Variable add_tangents(const Variable& sum, Variable contribution);

template <class Op>
void OpNode<Op>::add_tangent(Variable& sum, Variable contribution) {
  sum = add_tangents(sum, std::move(contribution));
}

/// Wraps the outputs of a recorded op, or of one that needs no recording.
template <class Op>
auto record(const Op& op, std::span<const Variable* const> inputs, typename OpTraits<Op>::Tensors outputs) {
  using Traits = OpTraits<Op>;
  std::span<const Tensor> values;
  if constexpr (Traits::kOutputs == 1) values = {&outputs, 1};
  else values = outputs;

  check_for_anomaly(Op::name, inputs, values);
  bool tracked = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tracked = tracked || (inputs[i]->requires_grad() && !Traits::is_constant(static_cast<int>(i)));
  }
  Ref<Node> node;
  if (tracked) node = Ref<Node>(pool_new<OpNode<Op>>(op, inputs, values));
  const auto wrap = [&](std::size_t k, Tensor value) {
    return node && !Traits::is_constant_output(static_cast<int>(k))
               ? Variable(std::move(value), node, static_cast<int>(k))
               : Variable(std::move(value));
  };
  if constexpr (Traits::kOutputs == 1) {
    return wrap(0, std::move(outputs));
  } else {
    typename Traits::Variables results;
    if constexpr (Traits::kOutputs < 0) results.resize(outputs.size());
    for (std::size_t k = 0; k < outputs.size(); ++k) results[k] = wrap(k, std::move(outputs[k]));
    return results;
  }
}

}  // namespace cadena::detail

namespace cadena {

template <DifferentiableOp Op, std::same_as<Variable>... V>
auto apply(const Op& op, const V&... inputs) -> typename detail::OpTraits<Op>::Variables {
  const std::array<const Variable*, sizeof...(V)> pointers{&inputs...};
  return detail::record(op, std::span<const Variable* const>(pointers), op.forward(inputs.value()...));
}

template <DifferentiableOp Op>
auto apply(const Op& op, std::span<const Variable> inputs) -> typename detail::OpTraits<Op>::Variables {
  std::vector<const Variable*> pointers;
  std::vector<Tensor> values;
  for (const Variable& x : inputs) {
    pointers.push_back(&x);
    values.push_back(x.value());
  }
  return detail::record(op, std::span<const Variable* const>(pointers), op.forward(std::span<const Tensor>(values)));
}

}  // namespace cadena

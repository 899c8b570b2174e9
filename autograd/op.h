#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "autograd/anomaly.h"
#include "autograd/rule.h"
#include "tensor/base/pool.h"

/// How an operation is defined: one struct with its name, forward function and derivative rules. See CONTRIBUTING.md
/// for a walk through; `apply` runs such a struct and records it.
namespace cadena {

/// One set of inputs on which an op is certified. The label is the host values as Python keyword arguments
/// ("axis=1, keep_dims=True"), unique within the op: the reference script recomputes the sample from it.
template <class Op>
struct Sample {
  std::string label;           ///< the host values, as above
  Op op;                       ///< the op with its host values
  std::vector<Tensor> inputs;  ///< one for each argument of `forward`, in f64 where differentiated
};
/// What an op's `samples()` returns.
template <class Op>
using Samples = std::vector<Sample<Op>>;

/// A wrong version of one derivative rule, which certification must refute; it reads the same context as the true rule.
/// A variant that turns out to equal the rule carries its proof in `equivalent` and is not counted.
template <class Op>
struct WrongRule {
  const char* what;  ///< the slip in a few words: "sign forgotten"
  /// Which of the two rules it imitates.
  enum class Mode : std::uint8_t { vjp, jvp };
  Mode mode;                                        ///< the kind of rule
  int wrt;                                          ///< the argument that it differentiates with respect to
  Variable (*rule)(const Op&, const RuleContext&);  ///< the wrong rule itself
  const char* equivalent = nullptr;  ///< the proof that it equals the true rule; null for one that must be refuted
};
/// What an op's `wrong()` returns.
template <class Op>
using WrongRules = std::vector<WrongRule<Op>>;

namespace detail {

template <class F>
struct Forward;
template <class R, class Op, class... A>
struct Forward<R (Op::*)(A...) const> {
  using Result = R;
  static constexpr int kArity = static_cast<int>(sizeof...(A));
  static constexpr bool kVariadic = false;
};
template <class R, class Op>
struct Forward<R (Op::*)(std::span<const Tensor>) const> {
  using Result = R;
  static constexpr int kArity = 0;
  static constexpr bool kVariadic = true;
};

template <class R>
struct Outputs;
template <>
struct Outputs<Tensor> {
  static constexpr int kCount = 1;
  using Variables = Variable;
};
template <std::size_t M>
struct Outputs<std::array<Tensor, M>> {
  static constexpr int kCount = static_cast<int>(M);
  using Variables = std::array<Variable, M>;
};
template <>
struct Outputs<std::vector<Tensor>> {
  static constexpr int kCount = -1;  // known at run time
  using Variables = std::vector<Variable>;
};

template <class Op>
struct OpTraits {
  using F = Forward<decltype(&Op::forward)>;
  static constexpr int kArity = F::kArity;
  static constexpr bool kVariadic = F::kVariadic;
  using Tensors = typename F::Result;
  static constexpr int kOutputs = Outputs<Tensors>::kCount;
  using Variables = typename Outputs<Tensors>::Variables;

  static constexpr bool is_constant(int argument) {
    if constexpr (requires { typename Op::constants; }) return Op::constants::contains(argument);
    else return static_cast<void>(argument), false;
  }
  static constexpr bool is_constant_output(int output) {
    if constexpr (requires { typename Op::constant_outputs; }) return Op::constant_outputs::contains(output);
    else return static_cast<void>(output), false;
  }
};

/// Argument I has both rules, or is listed as constant and has none.
template <class Op, int I>
concept RuleOrConstant = (OpTraits<Op>::is_constant(I) ? !HasVjp<Op, Wrt<I>> && !HasJvp<Op, Wrt<I>>
                                                       : HasVjp<Op, Wrt<I>> && HasJvp<Op, Wrt<I>>);

template <class Op, int... I>
constexpr bool every_argument_has_a_rule(std::integer_sequence<int, I...>) {
  return (RuleOrConstant<Op, I> && ...);
}

/// A rule with this signature names only arguments and outputs that there are, where their number is known.
template <class Op, class Signature>
constexpr bool names_what_is_there() {
  using Traits = OpTraits<Op>;
  return (Traits::kVariadic || Signature::last_argument() < Traits::kArity) &&
         (Traits::kOutputs < 0 || Signature::last_output() < Traits::kOutputs);
}
/// The rules for `W` (Wrt<I> or WrtAny), where there are any.
template <class Op, class W>
constexpr bool rules_name_what_is_there() {
  if constexpr (HasVjp<Op, W> && HasJvp<Op, W>) {
    return names_what_is_there<Op, VjpSignature<Op, W>>() && names_what_is_there<Op, JvpSignature<Op, W>>();
  }
  return true;
}
template <class Op, int... I>
constexpr bool every_rule_names_what_is_there(std::integer_sequence<int, I...>) {
  constexpr int kCount = sizeof...(I);
  if constexpr (HasFusedVjp<Op, kCount>) {
    if (!names_what_is_there<Op, FusedSignature<Op, Mask<kCount>>>()) return false;
  }
  if constexpr (HasVjpInto<Op>) {
    if (!names_what_is_there<Op, IntoSignature<Op>>()) return false;
  }
  if constexpr (HasJvpAll<Op>) {
    if (!names_what_is_there<Op, PushAllSignature<Op>>()) return false;
  }
  return rules_name_what_is_there<Op, WrtAny>() && (rules_name_what_is_there<Op, Wrt<I>>() && ...);
}

template <class Op, class W>
constexpr bool rules_return_variables() {
  if constexpr (HasVjp<Op, W> && HasJvp<Op, W>) {
    using Vjp = std::remove_cvref_t<typename VjpSignature<Op, W>::Result>;
    using Jvp = std::remove_cvref_t<typename JvpSignature<Op, W>::Result>;
    return std::derived_from<Vjp, Variable> &&  // as a Cot is
           std::same_as<Jvp, typename OpTraits<Op>::Variables>;
  }
  return true;
}
template <class Op, int... I>
constexpr bool every_rule_returns_variables(std::integer_sequence<int, I...>) {
  return rules_return_variables<Op, WrtAny>() && (rules_return_variables<Op, Wrt<I>>() && ...);
}

}  // namespace detail

/// The struct has a name.
template <class Op>
concept HasName = requires {
  { Op::name } -> std::convertible_to<const char*>;
};

/// The struct has one `forward` that takes tensors and returns a Tensor, a std::array or a std::vector of them.
template <class Op>
concept HasForward = requires {
  typename detail::OpTraits<Op>::Variables;
};

/// Every argument of `forward` has a VJP and a JVP rule, or stands in `constants` and has neither.
template <class Op>
concept HasRuleForEveryArgument =
    (detail::OpTraits<Op>::kVariadic
         ? detail::HasVjp<Op, WrtAny> && detail::HasJvp<Op, WrtAny>
         : detail::every_argument_has_a_rule<Op>(std::make_integer_sequence<int, detail::OpTraits<Op>::kArity>{}));

/// No rule reads an argument or an output that the op does not have.
template <class Op>
concept HasRulesThatFit =
    detail::every_rule_names_what_is_there<Op>(std::make_integer_sequence<int, detail::OpTraits<Op>::kArity>{});

/// Every VJP returns a Variable, and every JVP a Variable for each output: one, or an array or vector as `forward`
/// does.
template <class Op>
concept HasRulesOfVariables =
    detail::every_rule_returns_variables<Op>(std::make_integer_sequence<int, detail::OpTraits<Op>::kArity>{});

/// The struct lists samples on which it is certified.
template <class Op>
concept HasSamples = requires {
  { Op::samples() } -> std::same_as<Samples<Op>>;
};

/// What `apply` takes.
template <class Op>
concept DifferentiableOp = HasName<Op> && HasForward<Op> && HasRuleForEveryArgument<Op> && HasRulesThatFit<Op> &&
    HasRulesOfVariables<Op> && HasSamples<Op>;

/// Runs `op` on the values of its arguments, records it if one of them requires a gradient, and returns its output, or
/// an array or vector of them as `forward` does.
template <DifferentiableOp Op, std::same_as<Variable>... V>
auto apply(const Op& op, const V&... inputs) -> typename detail::OpTraits<Op>::Variables;

/// The same for an op with any number of arguments.
template <DifferentiableOp Op>
auto apply(const Op& op, std::span<const Variable> inputs) -> typename detail::OpTraits<Op>::Variables;

}  // namespace cadena

#include "autograd/op_node.h"

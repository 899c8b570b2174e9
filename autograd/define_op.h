#pragma once

// What a file that defines ops includes: the contract, samples, and the definition of `entry_of`.

#include <memory>
#include <utility>

#include "autograd/op.h"
#include "autograd/op_entry.h"
#include "autograd/samples.h"

namespace cadena {
namespace detail {

template <class Op>
class OpInstanceOf final : public OpInstance {
 public:
  explicit OpInstanceOf(Op op) : op_(std::move(op)) {}

  std::vector<Variable> apply(std::span<const Variable> inputs) const override {
    auto result = [&] {
      if constexpr (OpTraits<Op>::kVariadic) {
        return cadena::apply(op_, inputs);
      } else {
        return [&]<std::size_t... I>(std::index_sequence<I...>) { return cadena::apply(op_, inputs[I]...); }
        (std::make_index_sequence<static_cast<std::size_t>(OpTraits<Op>::kArity)>{});
      }
    }();
    if constexpr (OpTraits<Op>::kOutputs == 1) return {std::move(result)};
    else return {result.begin(), result.end()};
  }
  Variable vjp(int wrt, const RuleContext& context) const override { return call_vjp(op_, wrt, context); }
  std::vector<Variable> jvp(int wrt, const RuleContext& context) const override { return call_jvp(op_, wrt, context); }
  Variable wrong(int k, const RuleContext& context) const override {
    if constexpr (requires { Op::wrong(); }) return Op::wrong()[static_cast<std::size_t>(k)].rule(op_, context);
    else fail<ValueError>(Op::name, ": lists no wrong rules, asked for number ", k);
  }

 private:
  [[no_unique_address]] Op op_;
};

template <class Op>
std::vector<ErasedSample> erased_samples() {
  std::vector<ErasedSample> erased;
  for (auto& sample : Op::samples()) {
    erased.push_back({sample.label, sample.inputs, std::make_shared<OpInstanceOf<Op>>(sample.op)});
  }
  return erased;
}

}  // namespace detail

template <class Op>
const OpEntry& entry_of() {
  static_assert(HasName<Op>, "an op needs `static constexpr auto name = \"…\"`");
  static_assert(
      HasForward<Op>,
      "an op needs one `forward(const Tensor&…) const` that returns a Tensor, a std::array or a std::vector of them");
  static_assert(HasRuleForEveryArgument<Op>,
                "every argument of `forward` needs a vjp and a jvp rule, or stands in `using constants = Constant<…>` "
                "and has neither");
  static_assert(HasRulesThatFit<Op>, "a rule reads an argument or an output that the op does not have");
  static_assert(
      HasRulesOfVariables<Op>,
      "a vjp returns a Variable, and a jvp a Variable for each output: one, or an array or vector as `forward` "
      "does");
  static_assert(HasSamples<Op>, "an op needs `static Samples<Op> samples()`");
  static const OpEntry entry = [] {
    OpEntry e;
    e.name = Op::name;
    if constexpr (requires { Op::formula; }) e.formula = Op::formula;
    else e.formula = "";
    e.arity = detail::OpTraits<Op>::kVariadic ? -1 : detail::OpTraits<Op>::kArity;
    e.fused = detail::HasFusedVjp<Op, detail::OpTraits<Op>::kArity>;
    e.is_constant = [](int i) { return detail::OpTraits<Op>::is_constant(i); };
    e.is_constant_output = [](int k) { return detail::OpTraits<Op>::is_constant_output(k); };
    e.samples = &detail::erased_samples<Op>;
    if constexpr (requires { Op::wrong(); }) {
      for (const auto& w : Op::wrong()) {
        e.wrong.push_back(
            {w.what, w.mode == WrongRule<Op>::Mode::vjp, w.wrt, w.equivalent == nullptr ? "" : w.equivalent});
      }
    }
    if constexpr (requires { Op::two_byte_types; }) e.two_byte_types = Op::two_byte_types;
    else e.two_byte_types = true;
    if constexpr (requires { Op::rounding; }) e.rounding = Op::rounding;
    else e.rounding = 16;
    return e;
  }();
  return entry;
}

}  // namespace cadena

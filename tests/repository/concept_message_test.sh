#!/usr/bin/env bash
# What docs/cpp-you-need.md says of concepts: the compiler, in CXX, names the one that an op without a rule does not fulfil.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source='#include "autograd/define_op.h"
namespace cadena {
struct Cube {
  static constexpr auto name = "cube";
  Tensor forward(const Tensor& x) const { return x; }
  VJP
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }
  static Samples<Cube> samples() { return {}; }
};
Variable cube(const Variable& x) { return apply(Cube{}, x); }
}'
compile() { ${CXX:-c++} -std=c++20 -I. -fsyntax-only -x c++ - 2>&1; }

rule='Variable vjp(Wrt<0>, Cot dy) const { return dy; }'
output=$(compile <<<"${source/VJP/$rule}") || {
  echo "with both rules it should compile: $output"
  exit 1
}

# Compiles with this rule in place of the right one, and expects the first line on concepts to name CONCEPT.
expect() {
  local concept=$1 rule=$2 output first
  output=$(compile <<<"${source/VJP/$rule}") && echo "it should not compile with this rule: $rule" && exit 1
  first=$(grep -m1 -e "required for the satisfaction of" -e "does not satisfy .Has" <<<"$output")
  grep -q "$concept" <<<"$first" || {
    echo "expected the first line on concepts to name $concept: $first"
    exit 1
  }
}
expect HasRuleForEveryArgument ''
expect HasRulesThatFit 'Variable vjp(Wrt<0>, Cot dy, Arg<1> y) const { return dy * y; }'
expect HasRulesThatFit 'Variable vjp(Wrt<0>, CotOf<1> dy) const { return dy; }'
expect HasRulesThatFit "$rule void vjp_into(Into, Cot, Arg<1>) const {}"
expect HasRulesThatFit "$rule std::array<Tensor, 1> vjp_all(Mask<1>, Cot, Res<1>) const { return {}; }"
for rule in 'Cot vjp(Wrt<0>, Cot dy) const { return dy; }' 'const Variable vjp(Wrt<0>, Cot dy) const { return dy; }'; do
  output=$(compile <<<"${source/VJP/$rule}") || { echo "it should compile with this rule: $rule: $output" && exit 1; }
done
rule='Variable vjp(Wrt<0>, Cot dy) const { return dy; }'
expect HasRulesOfVariables 'Tensor vjp(Wrt<0>, Cot dy) const { return dy.value(); }'

# Where the op is certified as well, a sentence says what is wrong.
says() {
  local sentence=$1 rule=$2
  output=$(compile <<<"${source/VJP/$rule}"$'\n''const auto& entry = cadena::entry_of<cadena::Cube>();')
  grep -q "$sentence" <<<"$output" || { echo "expected the sentence '$sentence': $output" && exit 1; }
}
says 'every argument of `forward` needs a vjp and a jvp rule' ''
says 'a rule reads an argument or an output that the op does not have' 'Variable vjp(Wrt<0>, Cot dy, Arg<1> y) const { return dy * y; }'
says 'a vjp returns a Variable' 'Tensor vjp(Wrt<0>, Cot dy) const { return dy.value(); }'
source=${source/Tan<0>/Tan<1>}
expect HasRulesThatFit "$rule"

source='#include "autograd/define_op.h"
namespace cadena {
struct Sum {
  static constexpr auto name = "sum";
  Tensor forward(std::span<const Tensor> x) const { return x[0]; }
  VJP
  Variable jvp(WrtAny, Tan<-1> dx) const { return dx; }
  static Samples<Sum> samples() { return {}; }
};
Variable sum_of(std::span<const Variable> x) { return cadena::apply(Sum{}, x); }
}'
rule='Variable vjp(WrtAny, Cot dy) const { return dy; }'
output=$(compile <<<"${source/VJP/$rule}") || {
  echo "any number of arguments: it should compile: $output"
  exit 1
}
expect HasRulesThatFit 'Variable vjp(WrtAny, Cot dy, Res<1> y) const { return dy * y; }'

concept=HasRuleForEveryArgument
grep -q "$concept" docs/cpp-you-need.md && grep -B1 "^template <class Op>" autograd/op.h | grep -q '/// Every argument of `forward` has a VJP' || {
  echo 'the page and autograd/op.h speak of other concepts'
  exit 1
}

// The answers that docs/cpp-you-need.md gives to its exercises.

#include <gtest/gtest.h>

#include "autograd/certify.h"
#include "autograd/define_op.h"
#include "cadena.h"

namespace cadena {

struct Cube {
  static constexpr auto name = "cube";
  Tensor forward(const Tensor& x) const { return x * x * x; }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x * x * 3; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * x * 3; }
  static Samples<Cube> samples() { return {{"", {}, {Draw(name).normal({2, 3})}}}; }
};

namespace {

TEST(CppYouNeed, WritingThroughViewsReachesTheTensor) {
  const Tensor a = zeros({3});
  fill(select(reshape(a, {1, 3}), 0, 0), 1);
  EXPECT_EQ(sum(a).item(), 3);
}

TEST(CppYouNeed, CopiesOfAVariableAreOneVariable) {
  const Variable w = parameter(ones({2}));
  const Variable v = w;
  v.set_value(zeros({2}));
  EXPECT_EQ(w.value().to_vector(), std::vector<double>(2, 0.0));
}

template <class A, class B>
concept Multiplies = requires(const A& a, const B& b) {
  a* b;
};
static_assert(Multiplies<Variable, Variable>);
static_assert(!Multiplies<Variable, Tensor>, "a tensor must not become a constant factor unseen");

TEST(CppYouNeed, TheCubeIsCertified) { EXPECT_TRUE(certify<Cube>().certified()); }

}  // namespace
}  // namespace cadena

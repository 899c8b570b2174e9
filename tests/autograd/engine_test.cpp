#include "autograd/engine.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "autograd/anomaly.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/join.h"
#include "autograd/node.h"
#include "autograd/op.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using testing::StartsWith;

Variable scalar(double value) { return parameter(tensor(value, Dtype::f64)); }

TEST(Grad, OfAProductIsTheOtherFactor) {
  const Variable a = scalar(3), b = scalar(-2);
  const std::vector<Variable> g = grad(a * b, {a, b});
  EXPECT_EQ(g[0].item(), -2);
  EXPECT_EQ(g[1].item(), 3);
}

TEST(Grad, AddsUpOverEveryPath) {
  const Variable x = scalar(3);
  EXPECT_EQ(grad(x * x + x * x * x, x).item(), 2 * 3 + 3 * 9);
}

TEST(Grad, ReachesAnIntermediateVariableAndWhatLiesBelowIt) {
  const Variable x = scalar(3);
  const Variable square = x * x;
  const std::vector<Variable> g = grad(square * square, {square, x});
  EXPECT_EQ(g[0].item(), 2 * 9);
  EXPECT_EQ(g[1].item(), 4 * 27);
}

TEST(Grad, IsZeroForAVariableThatDoesNotCount) {
  const Variable x = scalar(3), other = parameter(ones({2, 3}, Dtype::f32));
  const Variable g = grad(x * x, other);
  EXPECT_EQ(g.shape(), (Shape{2, 3}));
  EXPECT_EQ(g.dtype(), Dtype::f32);
  EXPECT_EQ(g.value().to_vector(), std::vector<double>(6, 0.0));
}

TEST(Grad, OfTheVariableItselfIsItsCotangent) {
  const Variable x = scalar(3);
  EXPECT_EQ(grad(x, x).item(), 1);
}

TEST(Grad, GoesToAnyOrder) {
  const Variable x = scalar(2);
  Variable y = x * x * x * x;
  const double expected[] = {4 * 8, 12 * 4, 24 * 2, 24, 0};
  for (double derivative : expected) {
    y = grad(y, x, {.differentiable = true});
    EXPECT_EQ(y.item(), derivative);
    if (!y.requires_grad()) break;
  }
}

TEST(Grad, ReturnsDenseTensorsThatShareNoStorage) {
  const Variable a = parameter(ones({3}, Dtype::f64)), b = parameter(ones({3}, Dtype::f64));
  const Variable u = Variable(ones({3}, Dtype::f64));
  const std::vector<Variable> g = grad(a + b, {a, b}, {.cotangent = u});
  EXPECT_NE(g[0].value().storage(), g[1].value().storage());
  EXPECT_NE(g[0].value().storage(), u.value().storage());
  const Variable wide = grad(sum_to(a, {}), a);
  EXPECT_TRUE(wide.value().is_contiguous());
  const Variable m = parameter(ones({2, 3}, Dtype::f64));
  EXPECT_TRUE(grad(sum(square(transpose(m))), m).value().is_contiguous());  // what flows back is transposed
  fill(g[0].value(), 7);
  EXPECT_EQ(g[1].value().to_vector(), std::vector<double>(3, 1.0));
}

TEST(Grad, OfADifferentiablePassIsDenseAndItsOwnToo) {
  const Variable a = parameter(ones({3}, Dtype::f64)), b = parameter(ones({3}, Dtype::f64));
  const Variable u = parameter(ones({3}, Dtype::f64));
  const std::vector<Variable> g = grad(a + b, {a, b}, {.cotangent = u, .differentiable = true});
  EXPECT_NE(g[0].value().storage(), g[1].value().storage());
  EXPECT_NE(g[0].value().storage(), u.value().storage());
  EXPECT_EQ(grad(sum(g[0] * g[1]), u).value().to_vector(), std::vector<double>(3, 2.0));
  EXPECT_TRUE(grad(sum(a), a, {.differentiable = true}).value().is_contiguous());
}

TEST(Grad, AsksNothingOfAnOpWhoseInputsNoOneAsksAbout) {
  const Variable x = scalar(3), y = x * x;
  y.backward();
  EXPECT_EQ(grad(y * y, y).item(), 2 * 9);  // what y saved for its own derivative is gone
  EXPECT_THROW(grad(y * y, x), GradError);
}

TEST(Grad, TakesTheDtypeOfItsInput) {
  const Variable x = parameter(ones({4}, Dtype::bf16)), w = parameter(ones({4}, Dtype::f32));
  const std::vector<Variable> g = grad(sum_to(x * w, {}), {x, w});
  EXPECT_EQ(g[0].dtype(), Dtype::bf16);
  EXPECT_EQ(g[1].dtype(), Dtype::f32);
}

TEST(Grad, AddsTwoByteGradientsInF32) {
  // 1 + 512 additions of 2^-9: in bf16 (8 bits) each would be lost, in f32 they add up to 2.
  const Variable x = parameter(ones({1}, Dtype::bf16));
  Variable y = sum_to(cast(x, Dtype::f32), {});
  for (int i = 0; i < 512; ++i) y = y + sum_to(cast(x, Dtype::f32), {}) * 0x1p-9;
  EXPECT_EQ(grad(y, x).item(), 2);
  EXPECT_EQ(grad(y, x, {.differentiable = true}).item(), 2);
}

TEST(Grad, RefusesAConstantAndAWrongCotangent) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  EXPECT_EQ(message_of<Error>([&] { grad(x, Variable(ones({2}))); }),
            "grad: asked for the gradient of a constant of shape (2,)");
  EXPECT_EQ(message_of<Error>([&] { grad(x, x); }),
            "grad: expected a scalar, shape is (2,); pass a cotangent of that shape");
  EXPECT_EQ(message_of<Error>([&] { grad(x * x, x, {.cotangent = Variable(ones({3}))}); }),
            "grad: the cotangent has shape (3,), the output (2,)");
  EXPECT_EQ(message_of<Error>([&] { grad(x + 1, x, {.cotangent = Variable(to(ones({2}), Device::cuda()))}); }),
            concat("grad: the cotangent is on ", Device::cuda(), ", the output on cpu"));
}

// g = 2 x u, so d(sum g^2)/du = 8 x^2 u.
TEST(Grad, OfAGradientReachesACotangentOfAnotherDtype) {
  const Variable x = parameter(tensor({1, 2}, Dtype::f64)), u = parameter(tensor({3, 4}, Dtype::f32));
  const Variable g = grad(x * x, x, {.cotangent = u, .differentiable = true});
  const Variable outer = grad(sum(g * g), u);
  EXPECT_EQ(outer.dtype(), Dtype::f32);
  EXPECT_EQ(outer.value().to_vector(), (std::vector<double>{24, 128}));
  EXPECT_FALSE(grad(x * x, x, {.cotangent = u}).requires_grad());
}

// 2 x v, whose derivative by v is 2 x.
TEST(PushForward, TakesATangentOfAnotherDtypeAndItsHistoryOnlyWhereAsked) {
  const Variable x = parameter(tensor({1, 2}, Dtype::f64)), v = parameter(tensor({3, 4}, Dtype::f32));
  const Variable y = x * x;
  const Variable plain = push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&v, 1))[0];
  EXPECT_EQ(plain.dtype(), Dtype::f64);
  EXPECT_EQ(plain.value().to_vector(), (std::vector<double>{6, 16}));
  EXPECT_FALSE(plain.requires_grad());
  const Variable tracked = push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&v, 1), true)[0];
  EXPECT_EQ(grad(sum(tracked), v).value().to_vector(), (std::vector<double>{2, 4}));
}

TEST(Backward, AccumulatesIntoLeaves) {
  const Variable x = scalar(3);
  EXPECT_FALSE(x.grad().defined());
  (x * x).backward();
  EXPECT_EQ(x.grad().item(), 6);
  (x * x).backward();
  EXPECT_EQ(x.grad().item(), 12);
  x.zero_grad();
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, ConsumesTheGraphUnlessToldToRetainIt) {
  const Variable x = scalar(3);
  const Variable y = x * x;
  y.backward({.retain = true});
  y.backward();
  EXPECT_EQ(x.grad().item(), 12);
  EXPECT_EQ(message_of<Error>([&] { y.backward(); }),
            "backward: an earlier backward() went through this graph and freed it (first missed: what mul saved); pass "
            "{.retain = true} to the earlier one to go through it again");
}

TEST(Backward, DoesNotHandTheSameBufferToTwoLeaves) {
  const Variable a = parameter(zeros({3}, Dtype::f64)), b = parameter(zeros({3}, Dtype::f64));
  (a + b).backward(ones({3}, Dtype::f64));
  EXPECT_NE(a.grad().storage(), b.grad().storage());
}

TEST(Backward, NeedsAScalarOrACotangent) {
  const Variable x = parameter(ones({2}));
  EXPECT_EQ(message_of<Error>([&] { (x * x).backward(); }),
            "backward: expected a scalar, shape is (2,); pass a cotangent of that shape");
  EXPECT_EQ(message_of<Error>([&] { Variable(ones({})).backward(); }),
            "backward: the variable depends on no parameter");
}

TEST(Backward, ThrowsWhereASavedValueWasOverwritten) {
  const Variable x = parameter(full({2}, 3, Dtype::f64));
  const Variable y = x * x;
  fill(x.value(), 5);
  EXPECT_EQ(message_of<Error>([&] { y.backward(ones({2}, Dtype::f64)); }),
            "mul: argument 0 of shape (2,) was saved for the backward pass and has been written in place since");
}

TEST(Backward, AllowsOverwritingWhatNoRuleReads) {
  const Variable x = parameter(full({2}, 3, Dtype::f64));
  const Variable y = x + x;
  fill(x.value(), 5);
  EXPECT_NO_THROW(y.backward(ones({2}, Dtype::f64)));
}

TEST(Backward, CallsHooksWithTheCompleteGradient) {
  const Variable x = scalar(3);
  const Variable square = x * x;
  std::vector<double> seen;
  square.register_hook([&](const Variable& g) { seen.push_back(g.item()); });
  (square * square).backward();
  EXPECT_EQ(seen, std::vector<double>{18});
  EXPECT_EQ(message_of<Error>([&] { Variable(ones({})).register_hook([](const Variable&) {}); }),
            "register_hook: a constant has no gradient to look at");
}

TEST(Backward, RefusesAHookThatIsEmpty) { EXPECT_THROW(parameter(tensor({1.0})).register_hook({}), ValueError); }

TEST(Backward, AHookMayRegisterOthersForLaterPasses) {
  const Variable x = scalar(3);
  const Variable square = x * x;
  int early = 0, late = 0;
  for (int i = 0; i < 3; ++i) {
    square.register_hook([&](const Variable&) {
      ++early;
      for (int k = 0; k < 20; ++k) square.register_hook([&](const Variable&) { ++late; });
    });
  }
  (square * square).backward({.retain = true});
  EXPECT_EQ(early, 3);
  EXPECT_EQ(late, 0);
  grad(square * square, x);
  EXPECT_EQ(early, 6);
  EXPECT_EQ(late, 60);
}

TEST(Backward, AHookMayGiveUpTheVariableThatThePassStartedAt) {
  const Variable x = scalar(3);
  Variable middle = x * x, y = middle * middle;
  middle.register_hook([&](const Variable&) { y = middle = Variable(); });
  y.backward();
  EXPECT_FALSE(y.defined());
  EXPECT_EQ(x.grad().item(), 4 * 27);
}

TEST(Backward, RunsInThreadsThatShareParameters) {
  const Variable w = parameter(full({8}, 2, Dtype::f64));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) sum_to(w * w, {}).backward();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(w.grad().to_vector(), std::vector<double>(8, 4.0 * 200));
}

TEST(Backward, MayRunInsideAHookOfAnotherPass) {
  const Variable x = scalar(3);
  const Variable y = x * x;
  double inner = 0;
  y.register_hook([&](const Variable&) { inner = grad(x * x * x, x).item(); });
  EXPECT_EQ(grad(y * y, x).item(), 4 * 27);
  EXPECT_EQ(inner, 27);
}

TEST(PushForward, FollowsOnlyPathsFromTheInputs) {
  const Variable x = scalar(3), w = scalar(5);
  const Variable y = x * w;
  const Variable v(tensor(1, Dtype::f64));
  EXPECT_EQ(push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&v, 1))[0].item(), 5);
}

TEST(PushForward, AddsTheTangentsOfAnInputThatIsGivenTwice) {
  const Variable x = scalar(3), v(tensor(1, Dtype::f64)), w(tensor(10, Dtype::f64));
  EXPECT_EQ(push_forward(std::vector{x * x}, std::vector{x, x}, std::vector{v, w})[0].item(), 6 * 11);
}

TEST(PushForward, FollowsThePathsThroughTheOtherOutputsOfAnOp) {
  const Variable x = parameter(tensor({3, 5}, Dtype::f64));
  const std::vector<Variable> parts = unbind(x);
  const std::vector<Variable> ys{parts[0] * parts[1]};
  const Variable v(tensor({10, 100}, Dtype::f64)), v0(tensor(1, Dtype::f64));
  EXPECT_EQ(push_forward(ys, std::vector{x}, std::vector{v})[0].item(), 10 * 5 + 100 * 3);
  EXPECT_EQ(push_forward(ys, std::vector{parts[0]}, std::vector{v0})[0].item(), 5);
  EXPECT_EQ(push_forward(ys, std::vector{x, parts[0]}, std::vector{v, v0})[0].item(), 5 + 100 * 3);
}

/// 2 x, whose rules return what was not asked for.
struct Misshapen {
  static constexpr auto name = "misshapen";
  Tensor forward(const Tensor& x) const { return mul(x, 2); }
  Variable vjp(Wrt<0>, Cot u) const { return sum_to(u, {}); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return sum_to(dx, {}); }
  static Samples<Misshapen> samples() { return {{"", {}, {ones({2}, Dtype::f64)}}}; }
};

TEST(Pass, RefusesWhatARuleReturnsInAnotherShape) {
  const Variable x = parameter(ones({2}, Dtype::f64)), y = apply(Misshapen{}, x), v(ones({2}, Dtype::f64));
  EXPECT_EQ(message_of<Error>([&] { grad(y, x, {.cotangent = v}); }),
            "misshapen: the rule for argument 0 returned f64 of shape (), the argument is f64 of shape (2,)");
  EXPECT_EQ(message_of<Error>([&] { push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&v, 1)); }),
            "misshapen: the rule for output 0 returned f64 of shape (), the output is f64 of shape (2,)");
}

TEST(Variable, DetachStopsTheGradient) {
  const Variable x = scalar(3);
  EXPECT_EQ(grad(x * x.detach(), x).item(), 3);
}

TEST(Variable, ConstantsRecordNothing) {
  const Variable a(ones({2})), b(ones({2}));
  EXPECT_FALSE((a * b).requires_grad());
}

TEST(Variable, SetValueIsSeenByAllCopies) {
  const Variable x = scalar(3);
  const Variable tied = x;
  x.set_value(tensor(4, Dtype::f64));
  EXPECT_EQ(tied.item(), 4);
  EXPECT_EQ(grad(tied * tied, x).item(), 8);
  EXPECT_THROW((x * x).set_value(tensor(1)), GradError);
  EXPECT_THROW(x.set_value(zeros({}, Dtype::i64)), DtypeError);
}

TEST(Variable, SetValueForgetsAGradientThatWouldNotFit) {
  const Variable x = scalar(3);
  const auto gradient_after = [&](const Tensor& value) {
    x.zero_grad();
    (x * x).backward(ones(x.shape(), x.dtype()));
    x.set_value(value);
    return x.grad().defined();
  };
  EXPECT_TRUE(gradient_after(tensor(4, Dtype::f64)));
  EXPECT_FALSE(gradient_after(tensor(4, Dtype::f32)));
  EXPECT_FALSE(gradient_after(tensor({4, 5}, Dtype::f32)));
  EXPECT_FALSE(gradient_after(to(tensor({4, 5}, Dtype::f32), Device::cuda())));
  (x * x).backward(to(ones({2}), Device::cuda()));
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{8, 10}));
}

TEST(Parameter, MustBeFloating) { EXPECT_THROW(parameter(zeros({2}, Dtype::i64)), DtypeError); }

TEST(Graph, OfAMillionNodesIsBuiltDifferentiatedAndFreedWithoutRecursion) {
  const Variable x = scalar(1);
  Variable y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y + 1e-6;
  EXPECT_EQ(grad(y, x).item(), 1);
  y.backward();
  EXPECT_EQ(x.grad().item(), 1);
}

TEST(Graph, FreesSavedTensorsAsBackwardProceeds) {
  const Variable x = parameter(ones({1000}, Dtype::f64));
  Variable middle = x * x;
  const Variable y = sum_to(middle * middle, {});
  const Tensor watched = middle.value();
  middle = Variable();
  EXPECT_FALSE(watched.is_sole_owner());  // the second product keeps it for its rule
  y.backward();
  EXPECT_TRUE(watched.is_sole_owner());
}

TEST(AnomalyGuard, NamesTheOpThatMadeTheFirstNan) {
  const Variable x = parameter(tensor({0.0, 1.0}, Dtype::f64));
  AnomalyGuard guard;
  EXPECT_EQ(message_of<Error>([&] { x / x; }),
            "div: output 0 of shape (2,) has a NaN that no input had: input 0 (2,) in [0, 1], input 1 (2,) in [0, 1]");
}

/// Its fused rule, which no op inside watches, and its separate one give NaN.
struct Fused {
  static constexpr auto name = "fused";
  Tensor forward(const Tensor& x) const { return copy(x); }
  Variable vjp(Wrt<0>, Cot u) const { return u * std::nan(""); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * std::nan(""); }
  std::array<Tensor, 1> vjp_all(Mask<1>, Cot u) const { return {mul(u.value(), std::nan(""))}; }
  static Samples<Fused> samples() { return {{"", {}, {ones({2}, Dtype::f64)}}}; }
};

TEST(AnomalyGuard, NamesTheOpWhoseRuleMadeIt) {
  const Variable x = parameter(tensor({0.0, 1.0}, Dtype::f64)), y = sqrt(x), z = apply(Fused{}, x);
  const Variable zero(zeros({2}, Dtype::f64)), one(ones({2}, Dtype::f64));
  AnomalyGuard guard;
  EXPECT_THAT(message_of<Error>([&] { grad(y, x, {.cotangent = zero}); }), StartsWith("sqrt: its rule: "));
  EXPECT_THAT(message_of<Error>([&] { push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&zero, 1)); }),
              StartsWith("sqrt: its rule: "));
  EXPECT_EQ(message_of<Error>([&] { grad(z, x, {.cotangent = one}); }),
            "fused: its rule: the gradient of input 0 of shape (2,) has a NaN that no cotangent had");
  EXPECT_THAT(message_of<Error>([&] { x / x; }), StartsWith("div: output 0"));  // rules are over
}

}  // namespace
}  // namespace cadena

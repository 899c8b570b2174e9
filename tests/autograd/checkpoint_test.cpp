#include <gmock/gmock.h>

#include <random>
#include <utility>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/join.h"
#include "autograd/matmul.h"
#include "autograd/softmax.h"
#include "autograd/transforms.h"
#include "autograd/trigonometric.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Function layer(const Variable& w) {
  return [w](std::span<const Variable> x) { return softmax(matmul(x[0], w) * x[0], -1); };
}

TEST(Checkpoint, GivesTheSameValueAndGradients) {
  const Variable x = parameter(tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64));
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64));
  const Variable u(tensor({{1, -1}, {2, 0.5}}, Dtype::f64));
  const Variable plain = layer(w)(std::span(&x, 1)), recomputed = checkpoint(layer(w), {x}, {w});
  EXPECT_EQ(plain.value().to_vector(), recomputed.value().to_vector());
  const auto a = grad(plain, {x, w}, {.cotangent = u}), b = grad(recomputed, {x, w}, {.cotangent = u});
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(a[i].value().to_vector(), b[i].value().to_vector());
}

TEST(Checkpoint, IsDifferentiableInBothModesAndToSecondOrder) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64));
  const GradcheckReport report =
      gradcheck([&](std::span<const Variable> x) { return checkpoint(layer(w), {x[0] * x[0]}, {w}); },
                {tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64)});
  EXPECT_TRUE(report.passed()) << report.failures.front();
}

/// The gradients of <u, y> at xs, the gradient at the last x of the sum of squares of them all, and the tangent of y
/// along the last x.
std::vector<std::vector<double>> to_second_order(const Variable& y, const std::vector<Variable>& xs) {
  const Variable u(tensor({{1, -1}, {2, 0.5}}, Dtype::f64));
  std::vector<std::vector<double>> all;
  Variable total(zeros({}, Dtype::f64));
  for (const Variable& g : grad(y, xs, {.cotangent = u, .differentiable = true})) {
    all.push_back(g.value().to_vector());
    total = total + sum_to(g * g, {});
  }
  for (const Variable& g : grad(y, xs, {.cotangent = u})) all.push_back(g.value().to_vector());
  all.push_back(grad(total, xs.back()).value().to_vector());
  const Variable v(full(xs.back().shape(), 0.5, Dtype::f64));
  all.push_back(push_forward(std::span(&y, 1), std::span(&xs.back(), 1), std::span(&v, 1))[0].value().to_vector());
  return all;
}

TEST(Checkpoint, CountsAPathThroughAnInputOnce) {  // though the input depends on a parameter that is read again
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = w * w * 0.1;
  const Variable plain = layer(w)(std::span(&x, 1)), recomputed = checkpoint(layer(w), {x}, {w});
  EXPECT_EQ(to_second_order(recomputed, {x, w}), to_second_order(plain, {x, w}));
}

TEST(Checkpoint, CountsAParameterOnceThoughAnotherDependsOnItOrItIsListedTwice) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), half = w * 0.5;
  const Variable x = parameter(tensor({{0.1, 0.2}, {-0.3, 0.5}}, Dtype::f64));
  const Function f = [=](std::span<const Variable> in) { return layer(half)(in) + in[0] * w; };
  const Variable plain = f(std::span(&x, 1)), recomputed = checkpoint(f, {x}, {w, half, w});
  EXPECT_EQ(to_second_order(recomputed, {x, w}), to_second_order(plain, {x, w}));
}

TEST(Checkpoint, LeavesAHookOfAParameterToThePassOutside) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = w * 2;
  std::vector<std::vector<double>> seen;
  for (const Variable& hooked : {w, x}) {
    hooked.register_hook([&](const Variable& g) { seen.push_back(g.value().to_vector()); });
  }
  const Function product = [=](std::span<const Variable> in) { return in[0] * w; };
  for (const bool differentiable : {false, true}) {
    seen.clear();
    grad(sum_to(checkpoint(product, {x}, {w}) + w, {}), w, {.differentiable = differentiable});  // 2 w^2 + w
    EXPECT_EQ(seen, (std::vector<std::vector<double>>{{1, 2, 3, 4}, {5, 9, 13, 17}}));
  }
}

TEST(Checkpoint, TellsTheOutputsOfAnOpApart) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}, {5, 6}, {7, 8}}, Dtype::f64)), x(ones({2, 2}, Dtype::f64));
  const std::vector<Variable> parts = split(w, {2, 2});
  EXPECT_THROW(checkpoint(layer(parts[1]), {x}, {parts[0]}), GradError);
  const Variable plain = layer(parts[1])(std::span(&x, 1)), recomputed = checkpoint(layer(parts[1]), {x}, {parts[1]});
  EXPECT_EQ(to_second_order(recomputed, {w}), to_second_order(plain, {w}));
}

TEST(Checkpoint, DoesNotRunAgainForAGradientThatEndsAtItsResult) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  int runs = 0;
  const Function f = [&](std::span<const Variable> in) {
    ++runs;
    return in[0] * 2;
  };
  const Variable y = checkpoint(f, {x}), z = sum_to(y * y, {});
  EXPECT_EQ(grad(z, y).value().to_vector(), (std::vector<double>{4, 4}));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(grad(z, x).value().to_vector(), (std::vector<double>{8, 8}));
  EXPECT_EQ(runs, 2);
}

TEST(Checkpoint, GivesUpItsFunctionWithWhatItHoldsOnceThePassIsOver) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  const Tensor held = full({2}, 3, Dtype::f64);
  const Variable y = checkpoint([held = held](std::span<const Variable> in) { return in[0] * Variable(held); }, {x});
  y.backward(ones({2}, Dtype::f64), {.retain = true});
  EXPECT_FALSE(held.is_sole_owner());
  y.backward(ones({2}, Dtype::f64));
  EXPECT_TRUE(held.is_sole_owner());
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{6, 6}));
}

TEST(Checkpoint, KeepsNothingOfWhatItComputesInBetween) {
  const Variable x = parameter(ones({2, 2}, Dtype::f64));
  std::vector<Tensor> between;
  const Function f = [&](std::span<const Variable> in) {
    const Variable middle = in[0] * in[0];
    between.push_back(middle.value());
    return middle * middle;
  };
  const Variable y = checkpoint(f, {x});
  ASSERT_EQ(between.size(), 1u);
  EXPECT_TRUE(between[0].is_sole_owner());
  y.backward(ones({2, 2}, Dtype::f64));
  EXPECT_EQ(between.size(), 2u);  // computed once more
  EXPECT_EQ(x.grad().to_vector(), std::vector<double>(4, 4.0));
}

TEST(Checkpoint, OfConstantsIsAConstant) {
  const Variable x(ones({2}, Dtype::f64));
  const Function twice = [](std::span<const Variable> in) { return in[0] * 2; };
  EXPECT_FALSE(checkpoint(twice, {x}).requires_grad());
  EXPECT_THROW(checkpoint(twice, {x}, {x}), GradError);
}

TEST(Checkpoint, RefusesAParameterThatIsNotListed) {
  const Variable w = parameter(tensor({{1, 2}, {3, 4}}, Dtype::f64)), x = parameter(ones({2, 2}, Dtype::f64));
  for (const Variable& input : {x, x.detach()}) {
    EXPECT_THAT([&] { checkpoint(layer(w), {input}); },
                ThrowsMessage<GradError>(AllOf(HasSubstr("checkpoint"), HasSubstr("(2, 2)"), HasSubstr("params"))));
    EXPECT_THAT([&] { checkpoint(layer(w * 2), {input}); }, ThrowsMessage<GradError>(HasSubstr("checkpoint")));
  }
  EXPECT_NO_THROW(checkpoint(layer(w * 2), {x}, {w}));
  EXPECT_NO_THROW(checkpoint(layer(w.detach()), {x}));
}

TEST(Checkpoint, RefusesAFunctionThatGivesAnotherResultTheSecondTime) {
  const Variable x = parameter(ones({2}, Dtype::f64));
  double factor = 1;
  const Variable y = checkpoint([&](std::span<const Variable> in) { return in[0] * ++factor; }, {x});
  EXPECT_THAT([&] { y.backward(ones({2}, Dtype::f64)); }, ThrowsMessage<GradError>(HasSubstr("checkpoint")));
  bool first = true;
  const auto shrinking = [&](std::span<const Variable> in) {
    return std::exchange(first, false) ? in[0] * 2 : sum_to(in[0] * 2, {});
  };
  const Variable z = checkpoint(shrinking, {x});
  EXPECT_THAT([&] { z.backward(ones({2}, Dtype::f64)); },
              ThrowsMessage<GradError>(AllOf(HasSubstr("checkpoint"), HasSubstr("(2,)"), HasSubstr("()"))));
}

TEST(Checkpoint, RunsAgainWithTheValuesThatWereSetAndLeavesThemAlone) {
  const Variable x = parameter(tensor({2, 3}, Dtype::f64)), counter(tensor(1, Dtype::f64));
  const Function counting = [&](std::span<const Variable> in) {
    const Variable y = in[0] * Variable(counter.value());
    counter.set_value(add(counter.value(), 1));
    return y;
  };
  const Function twice = [&](std::span<const Variable> in) { return checkpoint(counting, {counting(in)}); };
  const Variable y = checkpoint(twice, {x});  // x times 1 times 2
  EXPECT_EQ(counter.item(), 3);
  counter.set_value(tensor(7, Dtype::f64));
  EXPECT_EQ(grad(y, x, {.cotangent = Variable(ones({2}, Dtype::f64))}).value().to_vector(),
            (std::vector<double>{2, 2}));
  EXPECT_EQ(counter.item(), 7);
}

using Values = std::vector<Variable>;

/// A program of steps that append a value each, computed from two earlier ones.
class Program {
 public:
  Program(std::mt19937& random, std::size_t inputs, std::size_t steps) {
    for (std::size_t i = inputs; i < inputs + steps; ++i) steps_.push_back({random() % 6, random() % i, random() % i});
  }
  std::size_t size() const { return steps_.size(); }

  /// Runs steps [from, to).
  void run(std::size_t from, std::size_t to, Values& values) const {
    for (std::size_t i = from; i < to; ++i) values.push_back(result(steps_[i], values));
  }

 private:
  struct Step {
    std::size_t op, a, b;
  };

  static Variable result(const Step& step, const Values& values) {
    const Variable &a = values[step.a], &b = values[step.b];
    switch (step.op) {
      case 0: return a + b;
      case 1: return a * b;
      case 2: return sin(a);
      case 3: return softmax(a, 0) * b;
      case 4: return stack({select(b, 0, 2), unbind(a)[0], unbind(a)[1]});
      default: {
        const Values parts = split(a, {1, 2});
        return concat({parts[1], parts[0] * select(b, 0, 1)});
      }
    }
  }

  std::vector<Step> steps_;
};

/// Derivatives of the last of `values` and of one in the middle, to third order and in both modes.
std::vector<double> derivatives(const Values& xs, const Values& values, const Variable& u) {
  const Variable y = values.back() + values[values.size() / 2] + xs[0] * xs[1] * xs[2];  // so that it depends on all
  std::vector<double> all;
  const auto take = [&](const Values& list) {
    for (const Variable& each : list) {
      for (double value : each.value().to_vector()) all.push_back(value);
    }
    return inner(list[0], u) + inner(list[1], list[2]);
  };
  take(grad(y, xs, {.cotangent = u}));
  const Variable second = take(grad(y, xs, {.cotangent = u, .differentiable = true}));
  const Variable third = take(grad(second, xs, {.differentiable = true}));
  take(grad(third, xs));
  const Variable tangent = push_forward(std::span(&y, 1), xs, Values{u, u * 2, u * 3}, true)[0];
  take(grad(inner(tangent, u), xs));
  return all;
}

// A part of the program reads some of the values before it as inputs and the others, computed ones too, as parameters;
// half of the parts have a checkpoint in them again.
TEST(Checkpoint, AnywhereInAProgramChangesNoDerivative) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    Generator generator(seed);
    const auto draw = [&] { return normal(generator, {3}, 0, 0.7, Dtype::f64); };
    const Values xs{parameter(draw()), parameter(draw()), parameter(draw())};
    const Program program(random, xs.size(), 4 + random() % 8);
    const std::size_t from = random() % program.size(), to = from + 1 + random() % (program.size() - from);
    Values plain = xs, before = xs;
    program.run(0, program.size(), plain);
    program.run(0, from, before);

    std::vector<std::size_t> places;
    Values inputs, parameters;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool is_input = random() % 2 != 0;
      (is_input ? inputs : parameters).push_back(before[i]);
      if (is_input) places.push_back(i);
    }
    const bool is_nested = random() % 2 != 0;
    const Function part = [=](std::span<const Variable> in) {
      Values values = before;
      for (std::size_t k = 0; k < in.size(); ++k) values[places[k]] = in[k];
      if (!is_nested) {
        program.run(from, to, values);
        return values.back();
      }
      program.run(from, from + 1, values);
      Values listed;
      for (const Variable& value : values) {
        if (value.requires_grad()) listed.push_back(value);
      }
      const Function rest = [=](std::span<const Variable> last) {
        Values more = values;
        more.back() = last[0];
        program.run(from + 1, to, more);
        return more.back();
      };
      return checkpoint(rest, {values.back()}, listed);
    };
    Values recomputed = before;
    program.run(from, to, recomputed);
    recomputed.back() = checkpoint(part, inputs, parameters);
    program.run(to, program.size(), recomputed);

    SCOPED_TRACE(seed);
    const Variable u(draw());
    expect_values(derivatives(xs, recomputed, u), derivatives(xs, plain, u), 1e-9);
  }
}

}  // namespace
}  // namespace cadena

#include "optim/lbfgs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/optim/reference.h"

namespace cadena {
namespace {

using testing::ThrowsMessage;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Variable> scalars(const Numbers& values, Dtype dtype = Dtype::f64) {
  std::vector<Variable> all;
  for (double value : values) all.push_back(parameter(tensor(value, dtype)));
  return all;
}

using Objective = std::function<Variable(const std::vector<Variable>&)>;

Variable rosenbrock(const std::vector<Variable>& x) {
  const Variable a = 1.0 - x[0];
  const Variable b = x[1] - x[0] * x[0];
  return a * a + 100.0 * b * b;
}

Variable quartic(const std::vector<Variable>& x) {
  const Variable a = x[0] * x[0];
  const Variable b = x[1] - x[0];
  const Variable c = x[2] + x[1] * x[0];
  const Variable d = x[2] * x[2];
  return a * a + 10.0 * b * b + 0.5 * c * c + 3.0 * d * d;
}

/// Losses, points and counts of evaluations after each call of `step`, against PyTorch's. Rounding differs in the last
/// bit and grows along the way, hence a bound for each run.
void expect_reference(const char* name, const Objective& f, const Numbers& start, const LbfgsOptions& options,
                      double bound) {
  const auto& expected = optim_reference()["lbfgs"][name];
  const std::vector<Variable> x = scalars(start);
  Lbfgs optimizer(x, options);
  double error = 0;
  for (std::size_t i = 0; i < expected["points"].size(); ++i) {
    const double loss = optimizer.step([&] { return f(x); });
    error = std::max(error, largest_error({loss}, {expected["losses"][i].get<double>()}));
    error = std::max(error, largest_error(flat(x), expected["points"][i]));
    EXPECT_EQ(optimizer.evaluations(), expected["evaluations"][i].get<i64>()) << name << " call " << i;
  }
  testing::Test::RecordProperty(concat("error_", name), to_text(error));
  EXPECT_LE(error, bound) << name;
}

TEST(Lbfgs, AgreesWithPyTorchStepByStep) {
  expect_reference("rosenbrock", rosenbrock, {-1.2, 1.0}, {.max_iterations = 2, .max_evaluations = 50, .history = 5},
                   1e-9);
  expect_reference("quartic", quartic, {2.0, -1.0, 0.5},
                   {.learning_rate = 0.8, .max_iterations = 4, .max_evaluations = 50, .history = 2}, 1e-8);
  expect_reference("one_call", rosenbrock, {-1.2, 1.0},
                   {.max_iterations = 100, .gradient_tolerance = 1e-10, .change_tolerance = 1e-14}, 1e-9);
}

TEST(Lbfgs, EvaluatesNoMoreThanItMay) {
  for (i64 most = 1; most <= 12; ++most) {
    const std::vector<Variable> x = scalars({-1.2, 1.0});
    Lbfgs optimizer(x, {.learning_rate = 100, .max_evaluations = most});  // the first search has to come far back
    double before = 24.2;
    for (i64 call = 1; call <= 4; ++call) {
      EXPECT_LE(optimizer.step([&] { return rosenbrock(x); }), before + 1e-12);
      EXPECT_LE(optimizer.evaluations(), call * std::max<i64>(most, 2)) << most;
      before = rosenbrock(x).item();
    }
  }
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksValleyInF32AndF64) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    const std::vector<Variable> x = scalars({-1.2, 1.0}, dtype);
    Lbfgs optimizer(x, {.max_iterations = 100, .max_evaluations = 200, .change_tolerance = 1e-14});
    EXPECT_NEAR(optimizer.step([&] { return rosenbrock(x); }), 24.2, 1e-4);
    EXPECT_LE(largest_error(flat(x), {1, 1}), dtype == Dtype::f32 ? 2e-3 : 1e-6);
    EXPECT_LT(optimizer.evaluations(), 80);
  }
}

TEST(Lbfgs, ResumesBitForBitFromASavedState) {
  const LbfgsOptions options{.max_iterations = 3, .history = 4};
  const std::vector<Variable> straight = scalars({-1.2, 1.0});
  Lbfgs whole(straight, options);
  for (int i = 0; i < 8; ++i) whole.step([&] { return rosenbrock(straight); });

  const std::vector<Variable> first = scalars({-1.2, 1.0});
  Lbfgs before(first, options);
  for (int i = 0; i < 3; ++i) before.step([&] { return rosenbrock(first); });
  const std::vector<Variable> second = scalars(flat(first));
  Lbfgs after(second, options);
  after.load_state_dict(before.state_dict());
  for (int i = 3; i < 8; ++i) after.step([&] { return rosenbrock(second); });
  EXPECT_EQ(flat(second), flat(straight));
  EXPECT_EQ(after.evaluations(), whole.evaluations());
  StateDict bad = before.state_dict();
  bad.erase("direction");
  EXPECT_THROW(after.load_state_dict(bad), ValueError);
}

TEST(Lbfgs, ComesBackFromWhereTheLossIsNotFinite) {
  // x - log x by its quotient: beyond x = 4 the loss is NaN, and the first trial leads there.
  const std::vector<Variable> x = scalars({3.5});
  Lbfgs optimizer(x, {.learning_rate = 10});
  optimizer.step([&] {
    const Variable loss = (x[0] - 6.0) * (x[0] - 6.0) * (x[0].item() > 4 ? kNan : 1);
    return loss;
  });
  EXPECT_GT(x[0].item(), 3.5);
  EXPECT_LE(x[0].item(), 4);
}

TEST(Lbfgs, ChangesNothingWhereTheLossIsNan) {
  const std::vector<Variable> x = scalars({3, 4});
  Lbfgs optimizer(x);
  EXPECT_TRUE(std::isnan(optimizer.step([&] { return rosenbrock(x) * kNan; })));
  EXPECT_EQ(flat(x), (Numbers{3, 4}));
}

TEST(Lbfgs, KeepsTheLastAcceptedPointWhereTheLossThrows) {
  const std::vector<Variable> x = scalars({-1.2, 1.0});
  Lbfgs optimizer(x);
  int calls = 0;
  EXPECT_THROW(optimizer.step([&] {
    if (++calls == 2) throw std::runtime_error("out of data");
    return rosenbrock(x);
  }),
               std::runtime_error);
  EXPECT_EQ(flat(x), (Numbers{-1.2, 1.0}));
  optimizer.step([&] { return rosenbrock(x); });
  EXPECT_LT(rosenbrock(x).item(), 10);
}

TEST(Lbfgs, RemembersNothingOfAStepWhoseLossThrew) {
  const std::vector<Variable> x = scalars({3, 4});
  Lbfgs optimizer(x, {.max_iterations = 1});
  const auto loss = [&] { return x[0] * x[0] + x[1] * x[1]; };
  EXPECT_THROW(optimizer.step([&] {
    if (optimizer.evaluations() == 2) throw ValueError("no data");
    return loss();
  }),
               ValueError);
  optimizer.step([&] { return 0.5 * loss(); });  // as if the step had led to where the slope is half
  EXPECT_EQ(optimizer.state_dict().at("history").item(), 0);
}

TEST(Lbfgs, RemembersNothingOfASearchThatTookNoStep) {
  const std::vector<Variable> x = scalars({1, 1});
  Lbfgs optimizer(x, {.max_iterations = 1});
  optimizer.step([&] { return 1e-6 * (x[0] + x[1]); });  // <g, d> = -2e-12: no way down worth a step
  EXPECT_EQ(flat(x), (Numbers{1, 1}));
  EXPECT_EQ(optimizer.iterations(), 0);
  optimizer.step([&] { return (x[0] - 3.0) * (x[0] - 3.0) + (x[1] - 3.0) * (x[1] - 3.0); });
  EXPECT_EQ(flat(x), (Numbers{1.5, 1.5}));  // the first step of a new optimizer: length 1 / |g|_1 = 1 / 8 along -g
  EXPECT_EQ(optimizer.iterations(), 1);
  EXPECT_EQ(optimizer.state_dict().at("history").item(), 0);
}

TEST(Lbfgs, RemembersAStepOnceWhereTheNextSearchTakesNone) {
  const std::vector<Variable> x = scalars({3, 4});
  Lbfgs optimizer(x, {.max_iterations = 1});
  const auto loss = [&] { return x[0] * x[0] + 2.0 * x[1] * x[1]; };
  optimizer.step(loss);
  optimizer.step([&] { return 1e-6 * (x[0] + x[1]); });
  const Numbers stayed = flat(x);
  EXPECT_EQ(optimizer.state_dict().at("history").item(), 1);
  optimizer.step([&] { return 1e-6 * (x[0] + x[1]); });
  EXPECT_EQ(flat(x), stayed);
  EXPECT_EQ(optimizer.state_dict().at("history").item(), 1);
}

TEST(Lbfgs, RefusesBadOptionsParametersAndLosses) {
  const std::vector<Variable> x = scalars({1, 2});
  EXPECT_THAT([&] { Lbfgs(x, {.learning_rate = 0}); },
              ThrowsMessage<ValueError>("Lbfgs: learning_rate is 0, expected a number above 0"));
  EXPECT_THROW(Lbfgs(x, {.max_iterations = 0}), ValueError);
  EXPECT_THROW(Lbfgs(x, {.max_evaluations = 0}), ValueError);
  EXPECT_THROW(Lbfgs(x, {.gradient_tolerance = -1}), ValueError);
  EXPECT_THROW(Lbfgs(x, {.change_tolerance = kNan}), ValueError);
  EXPECT_THROW(Lbfgs(x, {.history = 0}), ValueError);
  EXPECT_THROW(Lbfgs(x, {.line_search = {.c1 = 0.95}}), ValueError);
  EXPECT_THROW(Lbfgs(std::vector<Variable>{}), ValueError);
  EXPECT_THROW(Lbfgs({x[0], x[0]}), ValueError);
  EXPECT_THROW(Lbfgs({Variable(tensor(1.0))}), ValueError);
  Lbfgs optimizer(x);
  EXPECT_THROW(optimizer.step([&] { return Variable(); }), ValueError);
  EXPECT_THROW(optimizer.step([&] { return x[0] * Variable(tensor({1, 2})); }), ShapeError);
  EXPECT_THROW(optimizer.step([&] {
    const Variable loss = rosenbrock(x);
    loss.backward();
    return loss;
  }),
               GradError);
}

/// The line search on cos, whose slope is -sin, from where it falls.
TEST(StrongWolfe, SatisfiesBothConditionsFromAnyFirstStep) {
  const auto at = [](double t) { return LinePoint{t, std::cos(1 + t), -std::sin(1 + t), {}}; };
  for (double first : {1e-3, 0.1, 0.5, 1.0, 2.0, 3.0}) {
    for (double c2 : {0.9, 0.1, 0.01}) {
      const LinePoint start = at(0);
      const LinePoint end = strong_wolfe(at, start, first, 1, {.c2 = c2});
      EXPECT_LE(end.value, start.value + 1e-4 * end.t * start.slope) << first << " " << c2;
      EXPECT_LE(std::abs(end.slope), c2 * std::abs(start.slope)) << first << " " << c2;
    }
  }
}

/// A falling line with waves, so that a trial may be lower than the start and yet higher than the best so far.
TEST(StrongWolfe, SatisfiesBothConditionsAmongWaves) {
  for (double wave : {3.0, 7.0, 20.0}) {
    const auto at = [wave](double t) {
      return LinePoint{t, 0.1 * t * t - t - std::sin(wave * t) / 2, 0.2 * t - 1 - wave * std::cos(wave * t) / 2, {}};
    };
    const LinePoint start = at(0);
    for (double first = 0.05; first < 4; first += 0.05) {
      const LinePoint end = strong_wolfe(at, start, first, 1, {.c2 = 0.05, .max_trials = 60});
      EXPECT_LE(end.value, start.value + 1e-4 * end.t * start.slope) << wave << " " << first;
      EXPECT_LE(std::abs(end.slope), 0.05 * std::abs(start.slope)) << wave << " " << first;
    }
  }
}

TEST(StrongWolfe, TakesMinusInfinityForNoDecrease) {
  const auto at = [](double t) { return LinePoint{t, t < 1 ? t * t - 1.8 * t : -kInfinity, 2 * t - 1.8, {}}; };
  const LinePoint end = strong_wolfe(at, at(0), 3, 1);
  EXPECT_TRUE(std::isfinite(end.value));
  EXPECT_GT(end.t, 0);
  EXPECT_LT(end.t, 1);
}

TEST(StrongWolfe, ComesBackFromWhereOnlyTheSlopeIsNotFinite) {
  const auto at = [](double t) { return LinePoint{t, t * t - 4 * t, t < 1.9 ? 2 * t - 4 : kNan, {}}; };
  for (double first : {0.1, 1.0, 5.0, 50.0}) {
    const LinePoint end = strong_wolfe(at, at(0), first, 1);
    EXPECT_TRUE(std::isfinite(end.slope)) << first;
    EXPECT_GT(end.t, 0) << first;
    EXPECT_LT(end.t, 1.9) << first;
  }
}

TEST(CubicMinimum, IsExactForACubic) {
  // t^3 - 3 t has its minimum at 1.
  const auto at = [](double t) { return LinePoint{t, t * t * t - 3 * t, 3 * t * t - 3, {}}; };
  EXPECT_NEAR(cubic_minimum(at(0), at(3), 0, 3), 1, 1e-14);
  EXPECT_NEAR(cubic_minimum(at(3), at(0), 0, 3), 1, 1e-14);
  EXPECT_EQ(cubic_minimum(at(2), at(3), 2, 3), 2);
  LinePoint broken = at(3);
  broken.value = kNan;
  EXPECT_EQ(cubic_minimum(at(0), broken, 0, 3), 1.5);
}

}  // namespace
}  // namespace cadena

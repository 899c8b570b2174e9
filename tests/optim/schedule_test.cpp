#include "optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/plateau.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tests/optim/reference.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const std::vector<Variable> kParameters{parameter(tensor({1}, Dtype::f64))};

/// Rates and momenta of a schedule over an optimizer of rate 0.4 and momentum 0.9, as make_optim.py records them.
void expect_reference(const char* name, const OneCycle& curves) {
  const auto& expected = optim_reference()["schedules"][name];
  Sgd optimizer(kParameters, {.learning_rate = 0.4, .momentum = 0.9});
  Schedule schedule(optimizer, curves);
  Numbers rates, momenta;
  for (std::size_t t = 0; t < expected["learning_rate"].size(); ++t) {
    rates.push_back(optimizer.learning_rate());
    momenta.push_back(optimizer.groups()[0].momentum);
    schedule.step();
  }
  EXPECT_LE(largest_error(rates, expected["learning_rate"]), 1e-14) << name;
  EXPECT_LE(largest_error(momenta, expected["momentum"]), 1e-14) << name;
}

TEST(Schedule, AgreesWithPyTorch) {
  expect_reference("step", {step_decay(7, 0.3), {}});
  expect_reference("multi_step", {multi_step_decay({10, 3, 25, 10}, 0.5), {}});
  expect_reference("exponential", {exponential_decay(0.93), {}});
  expect_reference("cosine", {cosine_decay(39, 0.1), {}});
  expect_reference("linear_warm_up", {linear_warm_up(8, 0.25), {}});
  expect_reference("warm_up_cosine", {warm_up_then(8, cosine_decay(30, 0.1), 0.25), {}});
  expect_reference("lambda", {[](i64 t) { return 1 / std::sqrt(1.0 + static_cast<double>(t)); }, {}});
  expect_reference("one_cycle", one_cycle(40));
  expect_reference("one_cycle_linear", one_cycle(33, {.rise = 0.4,
                                                      .start_division = 10,
                                                      .final_division = 100,
                                                      .largest_momentum = 0.9,
                                                      .smallest_momentum = 0.8,
                                                      .linear = true}));
  EXPECT_EQ(optim_reference()["schedules"].size(), 9u);
}

TEST(Schedule, StaysAtItsLastValue) {
  EXPECT_EQ(cosine_decay(10, 0.25)(10), 0.25);
  EXPECT_EQ(cosine_decay(10, 0.25)(1000), 0.25);
  EXPECT_EQ(linear_warm_up(4)(0), 0);
  EXPECT_EQ(linear_warm_up(4)(4), 1);
  EXPECT_EQ(linear_warm_up(0)(0), 1);
  const OneCycle cycle = one_cycle(10);
  EXPECT_EQ(cycle.learning_rate(9), cycle.learning_rate(1000));
  EXPECT_EQ(cycle.momentum(1000), 0.95);
  EXPECT_EQ(one_cycle(1).learning_rate(0), 1.0 / 25 / 1e4);
  const OneCycle rising = one_cycle(10, {.rise = 1});
  EXPECT_EQ(rising.learning_rate(9), 1);
  EXPECT_EQ(rising.momentum(9), 0.85);
}

TEST(Schedule, ScalesEachGroupFromItsOwnRate) {
  const std::vector<Variable> other{parameter(tensor({1}, Dtype::f64))};
  std::vector<ParameterGroup> groups(2);
  groups[0] = {.parameters = kParameters};
  groups[1] = {.parameters = other, .learning_rate = 0.5};
  Sgd optimizer(groups, {.learning_rate = 0.25});
  Schedule schedule(optimizer, exponential_decay(0.5));
  schedule.step();
  EXPECT_EQ(optimizer.learning_rate(0), 0.125);
  EXPECT_EQ(optimizer.learning_rate(1), 0.25);
}

TEST(Schedule, ContinuesFromASavedState) {
  Adam first(kParameters, {.learning_rate = 0.4});
  Schedule before(first, one_cycle(40));
  for (int t = 0; t < 13; ++t) before.step();
  Adam second(kParameters, {.learning_rate = 0.1});
  Schedule after(second, one_cycle(40));
  after.load_state_dict(before.state_dict());
  for (int t = 0; t < 10; ++t) {
    EXPECT_EQ(first.learning_rate(), second.learning_rate());
    EXPECT_EQ(first.groups()[0].momentum, second.groups()[0].momentum);
    before.step();
    after.step();
  }
  EXPECT_EQ(after.steps(), 23);
  StateDict bad = before.state_dict();
  bad.erase("steps");
  EXPECT_THROW(after.load_state_dict(bad), ValueError);
}

TEST(Schedule, ThatLeadsOutOfRangeChangesNoGroup) {
  const std::vector<Variable> other{parameter(tensor({1}, Dtype::f64))};
  std::vector<ParameterGroup> groups(2);
  groups[0] = {.parameters = kParameters, .learning_rate = 0.5};
  groups[1] = {.parameters = other, .learning_rate = 1e10};
  Sgd optimizer(groups, {.momentum = 0.9});
  const Curve huge = [](i64) { return 1e300; }, steady = [](i64) { return 0.5; };
  EXPECT_THROW(Schedule(optimizer, huge, steady), ValueError);
  EXPECT_EQ(optimizer.learning_rate(0), 0.5);
  EXPECT_EQ(optimizer.groups()[0].momentum, 0.9);
}

TEST(Schedule, RefusesArgumentsOutOfRangeNamingThem) {
  EXPECT_THAT([] { step_decay(0); }, ThrowsMessage<ValueError>("step_decay: every is 0, expected 1 or more"));
  EXPECT_THAT([] { exponential_decay(kNan); },
              ThrowsMessage<ValueError>("exponential_decay: factor is nan, expected 0 or more"));
  EXPECT_THROW(multi_step_decay({-1}), ValueError);
  EXPECT_THROW(cosine_decay(0), ValueError);
  EXPECT_THROW(cosine_decay(5, -1), ValueError);
  EXPECT_THROW(linear_warm_up(-1), ValueError);
  EXPECT_THROW(warm_up_then(3, Curve()), ValueError);
  EXPECT_THROW(one_cycle(0), ValueError);
  EXPECT_THAT([] { one_cycle(10, {.rise = 1.5}); },
              ThrowsMessage<ValueError>("one_cycle: rise is 1.5, expected a number in [0, 1]"));
  EXPECT_THROW(one_cycle(10, {.start_division = 0}), ValueError);
  EXPECT_THROW(one_cycle(10, {.largest_momentum = -1}), ValueError);
  Sgd optimizer(kParameters);
  EXPECT_THROW(Schedule(optimizer, Curve()), ValueError);
  EXPECT_THAT([&] { Schedule(optimizer, [](i64) { return -1.0; }); }, ThrowsMessage<ValueError>(HasSubstr("-1")));
  Adagrad without(kParameters);
  EXPECT_THAT([&] { Schedule(without, one_cycle(10)); }, ThrowsMessage<ValueError>(HasSubstr("has no momentum")));
}

/// Learning rates after each of the measurements.
Numbers rates_on(const Numbers& measurements, const PlateauOptions& options) {
  Sgd optimizer(kParameters, {.learning_rate = 0.4});
  ReduceOnPlateau plateau(optimizer, options);
  Numbers rates;
  for (double x : measurements) {
    const double before = optimizer.learning_rate();
    const bool reduced = plateau.step(x);
    EXPECT_EQ(reduced, optimizer.learning_rate() != before);
    rates.push_back(optimizer.learning_rate());
  }
  return rates;
}

TEST(ReduceOnPlateau, AgreesWithPyTorch) {
  const auto& reference = optim_reference()["plateau"];
  const Numbers falling = reference["metrics"];
  Numbers negated, rising;
  for (double x : falling) {
    negated.push_back(-x);
    rising.push_back(10 - x);
  }
  EXPECT_LE(largest_error(rates_on(falling, {.factor = 0.5, .patience = 2, .threshold = 1e-3}), reference["relative"]),
            1e-15);
  EXPECT_LE(largest_error(rates_on(falling, {.factor = 0.3, .patience = 1, .cooldown = 2, .least_learning_rate = 0.01}),
                          reference["cooldown"]),
            1e-15);
  EXPECT_LE(largest_error(rates_on(falling, {.factor = 0.5, .patience = 1, .threshold = 0.5, .relative = false}),
                          reference["absolute"]),
            1e-15);
  EXPECT_LE(
      largest_error(
          rates_on(negated, {.factor = 0.5, .patience = 2, .threshold = 0.2, .relative = false, .maximize = true}),
          reference["maximum"]),
      1e-15);
  EXPECT_LE(largest_error(rates_on(rising, {.factor = 0.5, .patience = 1, .threshold = 0.01, .maximize = true}),
                          reference["maximum_relative"]),
            1e-15);
}

TEST(ReduceOnPlateau, CountsNanAsNoProgress) {
  EXPECT_EQ(rates_on({1, kNan, kNan}, {.factor = 0.5, .patience = 1}), (Numbers{0.4, 0.4, 0.2}));
  EXPECT_EQ(rates_on({kNan, 1, kNan}, {.factor = 0.5, .patience = 1}), (Numbers{0.4, 0.4, 0.4}));
}

TEST(ReduceOnPlateau, ContinuesFromASavedState) {
  Sgd optimizer(kParameters, {.learning_rate = 0.4});
  ReduceOnPlateau before(optimizer, {.factor = 0.5, .patience = 2});
  for (double x : {3.0, 2.0, 2.5, 2.5}) before.step(x);
  ReduceOnPlateau after(optimizer, {.factor = 0.5, .patience = 2});
  after.load_state_dict(before.state_dict());
  EXPECT_EQ(after.best(), 2);
  EXPECT_TRUE(after.step(2.2));
  EXPECT_EQ(optimizer.learning_rate(), 0.2);
}

TEST(ReduceOnPlateau, RefusesOptionsOutOfRangeNamingThem) {
  Sgd optimizer(kParameters);
  EXPECT_THAT([&] { ReduceOnPlateau(optimizer, {.factor = 1}); },
              ThrowsMessage<ValueError>("ReduceOnPlateau: factor is 1, expected a number in [0, 1)"));
  EXPECT_THROW(ReduceOnPlateau(optimizer, {.patience = -1}), ValueError);
  EXPECT_THROW(ReduceOnPlateau(optimizer, {.threshold = kNan}), ValueError);
  EXPECT_THROW(ReduceOnPlateau(optimizer, {.cooldown = -1}), ValueError);
  EXPECT_THROW(ReduceOnPlateau(optimizer, {.least_learning_rate = -1}), ValueError);
}

}  // namespace
}  // namespace cadena

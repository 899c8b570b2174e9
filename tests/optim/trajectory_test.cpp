#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tests/optim/reference.h"

namespace cadena {
namespace {

using Parameters = std::vector<Variable>;
using Made = std::unique_ptr<Optimizer>;

/// One of the optimizers of make_optim.py, under the name it has there.
struct Case {
  const char* name;
  std::function<Made(const Parameters&)> make;
};

template <class O>
Case with(const char* name, typename O::Options options) {
  return {name, [options](const Parameters& p) { return std::make_unique<O>(p, options); }};
}

const Case kCases[] = {
    with<Sgd>("sgd", {.learning_rate = 0.05}),
    with<Sgd>("sgd_weight_decay", {.learning_rate = 0.05, .weight_decay = 0.1}),
    with<Sgd>("sgd_momentum", {.learning_rate = 0.05, .momentum = 0.9}),
    with<Sgd>("sgd_dampening", {.learning_rate = 0.05, .momentum = 0.8, .dampening = 0.3, .weight_decay = 0.01}),
    with<Sgd>("sgd_nesterov", {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true}),
    with<Sgd>("sgd_maximize", {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.1, .maximize = true}),
    with<RmsProp>("rmsprop", {.learning_rate = 0.02}),
    with<RmsProp>("rmsprop_options", {.learning_rate = 0.02, .alpha = 0.9, .eps = 1e-3, .weight_decay = 0.1}),
    with<RmsProp>("rmsprop_momentum", {.learning_rate = 0.02, .alpha = 0.9, .momentum = 0.7}),
    with<RmsProp>("rmsprop_centered", {.learning_rate = 0.02, .alpha = 0.9, .eps = 1e-4, .centered = true}),
    with<RmsProp>("rmsprop_centered_momentum", {.learning_rate = 0.02,
                                                .alpha = 0.95,
                                                .eps = 1e-4,
                                                .momentum = 0.5,
                                                .weight_decay = 0.1,
                                                .centered = true,
                                                .maximize = true}),
    with<Adagrad>("adagrad", {.learning_rate = 0.1}),
    with<Adagrad>("adagrad_options", {.learning_rate = 0.1,
                                      .learning_rate_decay = 0.05,
                                      .initial_second_moment = 0.2,
                                      .eps = 1e-3,
                                      .weight_decay = 0.1,
                                      .maximize = true}),
    with<Adam>("adam", {.learning_rate = 0.02}),
    with<Adam>("adam_options", {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.1}),
    with<Adam>("adam_amsgrad", {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.9, .amsgrad = true}),
    with<Adam>("adam_maximize", {.learning_rate = 0.02, .weight_decay = 0.1, .maximize = true}),
    with<AdamW>("adamw", {.learning_rate = 0.02}),
    with<AdamW>("adamw_options",
                {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.3}),
    with<AdamW>(
        "adamw_amsgrad",
        {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.3, .amsgrad = true, .maximize = true}),
};

const Case kGroups = {"groups", [](const Parameters& p) {
                        std::vector<ParameterGroup> groups(2);
                        groups[0] = {.parameters = {p[0]}};
                        groups[1] = {.parameters = {p[1]}, .learning_rate = 0.1, .weight_decay = 0.0};
                        return std::make_unique<AdamW>(groups, AdamW::Options{.learning_rate = 0.02});
                      }};

/// Largest error over all recorded steps of a run in `dtype` whose gradients are rounded to it.
double error_of_run(const Case& c, Dtype dtype) {
  const auto& expected = optim_reference()["trajectories"][c.name];
  const std::vector<int> recorded = optim_reference()["recorded"];
  const Parameters p = start_parameters(dtype);
  const Made optimizer = c.make(p);
  double error = 0;
  std::size_t row = 0;
  for (int t = 1; t <= 100; ++t) {
    optimizer->step(gradients_of_step(t, dtype));
    if (recorded[row] == t) error = std::max(error, largest_error(flat(p), expected[row++]));
  }
  EXPECT_EQ(row, expected.size());
  return error;
}

TEST(Trajectory, AgreesWithPyTorchIn64BitsForEveryOptimizerAndOption) {
  EXPECT_EQ(std::size(kCases) + 1, optim_reference()["trajectories"].size());
  for (const Case& c : kCases) EXPECT_LE(error_of_run(c, Dtype::f64), 1e-12) << c.name;
}

TEST(Trajectory, AgreesWithPyTorchForGroupsWithOptionsOfTheirOwn) {
  EXPECT_LE(error_of_run(kGroups, Dtype::f64), 1e-12);
}

// The drift of f32 from the f64 trajectory is reported beside PyTorch's own drift in f32.
TEST(Trajectory, DriftsIn32BitsNoFartherThanRoundingExplains) {
  for (const Case& c : kCases) {
    const double drift = error_of_run(c, Dtype::f32);
    const double theirs =
        largest_error(optim_reference()["trajectories_f32"][c.name], optim_reference()["trajectories"][c.name].back());
    RecordProperty(c.name, concat(drift, " (PyTorch's at the end: ", theirs, ")"));
    EXPECT_LE(drift, 2e-5) << c.name;
  }
}

// A weight of bf16 is the rounded exact weight: it is never more than one rounding (2^-8) away, plus the rounding of
// the gradients themselves, which the run in f64 does not have.
TEST(Trajectory, OfHalfWeightsStaysCloseThroughExactWeights) {
  for (const Case& c : kCases) {
    EXPECT_LE(error_of_run(c, Dtype::bf16), 3e-2) << c.name;
    EXPECT_LE(error_of_run(c, Dtype::f16), 4e-3) << c.name;
  }
}

TEST(Trajectory, ResumesBitForBitFromASavedState) {
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::bf16}) {
    for (const Case& c : kCases) {
      const Parameters straight = start_parameters(dtype);
      const Made whole = c.make(straight);
      for (int t = 1; t <= 40; ++t) whole->step(gradients_of_step(t, dtype));

      const Parameters first = start_parameters(dtype);
      const Made before = c.make(first);
      for (int t = 1; t <= 17; ++t) before->step(gradients_of_step(t, dtype));
      const Parameters second{parameter(values(first[0].value().to_vector(), {2, 2}, dtype)),
                              parameter(values(first[1].value().to_vector(), {1}, dtype))};
      const StateDict saved = before->state_dict();
      before->step(gradients_of_step(18, dtype));  // what was saved is a copy
      const Made after = c.make(second);
      after->set_learning_rate(123);  // comes back with the state
      after->load_state_dict(saved);
      for (int t = 18; t <= 40; ++t) after->step(gradients_of_step(t, dtype));
      EXPECT_EQ(flat(second), flat(straight)) << c.name << " " << to_string(dtype);
    }
  }
}

TEST(Trajectory, IsTheSameFromBackwardAsFromExplicitGradients) {
  for (const Case& c : kCases) {
    const Parameters a = start_parameters();
    const Parameters b = start_parameters();
    const Made one = c.make(a);
    const Made two = c.make(b);
    for (int t = 1; t <= 10; ++t) {
      const auto gradients = gradients_of_step(t);
      one->step(gradients);
      two->zero_grad();
      for (std::size_t i = 0; i < b.size(); ++i) {
        // The gradient of b under a cotangent is the cotangent.
        if (gradients[i].defined()) b[i].backward(gradients[i].value());
      }
      two->step();
      EXPECT_EQ(flat(a), flat(b)) << c.name << " step " << t;
    }
  }
}

}  // namespace
}  // namespace cadena

#include "autograd/recorded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/reduce.h"
#include "autograd/softmax.h"
#include "cuda/kernels/kernel_log.h"
#include "nn/gpt.h"
#include "optim/adagrad.h"
#include "optim/moving_average.h"
#include "optim/rmsprop.h"
#include "optim/schedule.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"
#include "tests/cuda/recorded_training.h"

namespace cadena {
namespace {

using namespace recorded;  // what the two files of tests share
using testing::HasSubstr;
using testing::ThrowsMessage;

using StepOf = std::function<Results(Training&, Batch)>;

/// `steps` steps, recorded and not, with `between` after each, give the same, to the bit.
void expect_same_training(Training& recorded, Training& eager, const StepOf& step, unsigned steps = 5,
                          const std::function<void(Training&)>& between = {}) {
  Recorded replayed(kCuda, [&](Batch inputs) { return step(recorded, inputs); });
  for (unsigned i = 0; i < steps; ++i) {
    const auto inputs = batch(i, eager.net.parameters()[0].dtype());
    const Results expected = step(eager, on_device(inputs)), got = replayed(inputs);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t k = 0; k < got.size(); ++k) {
      EXPECT_EQ(got[k].to_vector(), expected[k].to_vector()) << "result " << k << " of step " << i;
    }
    if (between) {
      between(eager);
      between(recorded);
    }
  }
  EXPECT_TRUE(replayed.is_recorded());
  expect_same(recorded, eager);
}

void expect_same_training(const StepOf& step, unsigned steps = 5, const std::function<void(Training&)>& between = {}) {
  Training recorded, eager;
  expect_same_training(recorded, eager, step, steps, between);
}

const StepOf kStep = [](Training& training, Batch inputs) { return training.step(inputs); };

TEST(Recorded, ReplaysAreStepsToTheBit) { expect_same_training(kStep, 8); }

TEST(Recorded, LossesOfLogProbabilities) {
  expect_same_training([](Training& training, Batch inputs) {
    const Variable loss = nn::nll_loss(log_softmax(training.net(Variable(inputs[0])), -1), inputs[1]);
    training.optimizer->zero_grad();
    loss.backward();
    training.optimizer->step();
    return Results{loss.value()};
  });
}

TEST(Recorded, ReplaysLaunchNothingOfTheirOwn) {
  Training training;
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  const auto inputs = on_device(batch(0));
  step(inputs);
  EXPECT_FALSE(step.is_recorded());
  EXPECT_EQ(step.size(), 0u);
  step(inputs);
  EXPECT_TRUE(step.is_recorded());
  EXPECT_GT(step.size(), 20u);
  const cuda::KernelLog log;
  step(inputs);
  for (const std::string& name : log.names()) EXPECT_THAT(name, HasSubstr("Convert"));  // copies of inputs and results
}

TEST(Recorded, LearningRatesAndMomentaFollowTheirSchedules) {
  std::unique_ptr<Schedule> schedules[2];
  Training trainings[2];
  for (int k : {0, 1}) {
    schedules[k] = std::make_unique<Schedule>(*trainings[k].optimizer, one_cycle(9, {.rise = 0.4}));
  }
  expect_same_training(trainings[0], trainings[1], kStep, 8,
                       [&](Training& training) { schedules[&training == &trainings[1]]->step(); });
  EXPECT_EQ(trainings[0].optimizer->learning_rate(), trainings[1].optimizer->learning_rate());
}

TEST(Recorded, StepsOfEveryOptimizer) {
  using Make = std::function<std::unique_ptr<Optimizer>(const std::vector<Variable>&)>;
  const Make makers[] = {
      [](const auto& p) { return std::make_unique<Sgd>(p, Sgd::Options{.learning_rate = 0.1}); },
      [](const auto& p) {
        return std::make_unique<Sgd>(p, Sgd::Options{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.2});
      },
      [](const auto& p) {
        return std::make_unique<Sgd>(p, Sgd::Options{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
      },
      [](const auto& p) { return std::make_unique<RmsProp>(p, RmsProp::Options{.momentum = 0.5}); },
      [](const auto& p) { return std::make_unique<RmsProp>(p, RmsProp::Options{.centered = true}); },
      [](const auto& p) { return std::make_unique<Adagrad>(p, Adagrad::Options{.learning_rate_decay = 0.1}); },
      [](const auto& p) { return std::make_unique<Adam>(p, Adam::Options{.weight_decay = 0.1}); },
      [](const auto& p) { return std::make_unique<Adam>(p, Adam::Options{.amsgrad = true}); },
  };
  for (const Make& make : makers) {
    Training recorded, eager;
    recorded.optimizer = make(recorded.net.parameters());
    eager.optimizer = make(eager.net.parameters());
    expect_same_training(recorded, eager, kStep, 4, [](Training& training) {
      training.optimizer->set_learning_rate(0.7 * training.optimizer->learning_rate());
    });
  }
}

TEST(Recorded, WeightsOfTwoBytesKeepTheirExactOnes) {
  Training recorded(kCuda, Dtype::bf16), eager(kCuda, Dtype::bf16);
  expect_same_training(recorded, eager, kStep, 6);
}

TEST(Recorded, MovingAveragesGoOn) {
  Training trainings[2];
  std::optional<MovingAverage> averages[2];
  for (int k : {0, 1}) averages[k].emplace(trainings[k].net.parameters(), MovingAverageOptions{0.9, true});
  const auto step = [&](Training& training, Batch inputs) {
    const Results results = training.step(inputs);
    averages[&training == &trainings[1]]->update();
    return results;
  };
  expect_same_training(trainings[0], trainings[1], step, 5);
  expect_same_state(averages[0]->state_dict(), averages[1]->state_dict(), "average");
}

TEST(Recorded, GradientsMayBeZeroedBeforeAfterAndOutside) {
  expect_same_training([](Training& training, Batch inputs) {  // before the loss, at the very beginning
    training.optimizer->zero_grad();
    const Variable loss = training.loss(inputs);
    loss.backward();
    training.optimizer->step();
    return Results{loss.value()};
  });
  const StepOf step = [](Training& training, Batch inputs) {
    const Variable loss = training.loss(inputs);
    loss.backward();
    training.optimizer->step();
    return Results{loss.value()};
  };
  expect_same_training([&](Training& training, Batch inputs) {
    const Results results = step(training, inputs);
    training.optimizer->zero_grad();
    return results;
  });
  expect_same_training(step, 5, [](Training& training) { training.optimizer->zero_grad(); });
  expect_same_training(step);  // and never: gradients add up
}

// Gradients of three calls add up; then the optimizer steps, outside.
TEST(Recorded, GradientsAddUpOverCalls) {
  int calls[2] = {};
  Training trainings[2];
  const StepOf add = [](Training& training, Batch inputs) {
    const Variable loss = training.loss(inputs);
    loss.backward();
    return Results{loss.value()};
  };
  expect_same_training(trainings[0], trainings[1], add, 9, [&](Training& training) {
    if (++calls[&training == &trainings[1]] % 3 != 0) return;
    training.optimizer->step();
    training.optimizer->zero_grad();
  });
}

TEST(Recorded, AStepMayReadTheGradientOfTheLastOne) {
  expect_same_training([](Training& training, Batch inputs) {
    const Tensor last = training.optimizer->parameters()[0].grad();
    const Tensor sum_before = last.defined() ? sum(Variable(last)).value() : zeros({}, Dtype::f32, kCuda);
    Results results = training.step(inputs);
    results.push_back(sum_before);
    return results;
  });
}

// Two recordings share gradients and parameters: one adds up, the other steps.
TEST(Recorded, TwoRecordingsWorkTogether) {
  Training recorded, eager;
  const auto add = [](Training& training, Batch inputs) {
    training.loss(inputs).backward();
    return Results{};
  };
  const auto step = [](Training& training) {
    clip_grad_norm_(training.optimizer->parameters(), 0.2);
    training.optimizer->step();
    training.optimizer->zero_grad();
    return Results{};
  };
  Recorded adds(kCuda, [&](Batch inputs) { return add(recorded, inputs); });
  Recorded steps(kCuda, [&](Batch) { return step(recorded); });
  for (unsigned i = 0; i < 8; ++i) {
    adds(batch(i));
    add(eager, on_device(batch(i)));
    if (i % 2 == 0) continue;
    steps({});
    step(eager);
  }
  EXPECT_TRUE(adds.is_recorded() && steps.is_recorded());
  expect_same(recorded, eager);
}

// As for the last batch of an epoch, which has another shape.
TEST(Recorded, StepsOutsideInBetween) {
  Training recorded, eager;
  Recorded step(kCuda, [&](Batch inputs) { return recorded.step(inputs); });
  for (unsigned i = 0; i < 8; ++i) {
    auto inputs = batch(i);
    if (i % 3 == 2) {
      for (Tensor& x : inputs) x = copy(slice(x, 0, {0, 3}));
      recorded.step(on_device(inputs));
    } else {
      step(inputs);
    }
    eager.step(on_device(inputs));
  }
  EXPECT_TRUE(step.is_recorded());
  expect_same(recorded, eager);
}

// As for sequences of several lengths: a recording for each, which share all that is trained.
TEST(Recorded, ARecordingForEachShape) {
  Training recorded, eager;
  const auto step = [&](Batch inputs) { return recorded.step(inputs); };
  Recorded whole(kCuda, step), part(kCuda, step);
  for (unsigned i = 0; i < 10; ++i) {
    auto inputs = batch(i);
    const bool is_part = i % 3 == 1;
    if (is_part) {
      for (Tensor& x : inputs) x = copy(slice(x, 0, {0, 3}));
    }
    (is_part ? part : whole)(inputs);
    eager.step(on_device(inputs));
  }
  EXPECT_TRUE(whole.is_recorded() && part.is_recorded());
  expect_same(recorded, eager);
}

TEST(Recorded, TakesInputsFromEverywhere) {
  Recorded step(kCuda, [](Batch inputs) { return Results{(Variable(inputs[0]) * 2.0).value()}; });
  const Tensor x = arange(0, 6, 1, Dtype::f32);
  EXPECT_EQ(step({reshape(x, {2, 3})})[0].to_vector(), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  const Tensor strided = transpose(to(reshape(x, {3, 2}), kCuda), 0, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(step({strided})[0].to_vector(), (std::vector<double>{0, 4, 8, 2, 6, 10}));
    EXPECT_EQ(step({reshape(x, {2, 3})})[0].to_vector(), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  }
}

TEST(Recorded, NumbersOfTheProgramAreConstants) {
  Recorded step(kCuda, [](Batch inputs) {
    const Variable x(inputs[0]);
    return Results{(x + Variable(arange(0, 3, 1, Dtype::f32, kCuda))).value(),
                   (x * Variable(linspace(1, 2, 3, Dtype::f32, kCuda))).value(),
                   (x * Variable(eye(3, 3, Dtype::f32, kCuda))).value(), full({2}, 7, Dtype::f32, kCuda)};
  });
  for (int i = 1; i <= 4; ++i) {
    const Results results = step({full({3}, i)});
    EXPECT_EQ(results[0].to_vector(), (std::vector<double>{1. * i, i + 1., i + 2.}));
    EXPECT_EQ(results[1].to_vector(), (std::vector<double>{1. * i, 1.5 * i, 2. * i}));
    EXPECT_EQ(results[2].at({1, 1}), i);
    EXPECT_EQ(results[2].at({1, 2}), 0);
    EXPECT_EQ(results[3].at({1}), 7);
  }
}

TEST(Recorded, ResultsAreTensorsOfTheirOwn) {
  const Variable w(full({3}, 1, Dtype::f32, kCuda));
  Recorded step(kCuda, [&](Batch inputs) {
    const Tensor old = w.value();
    w.set_value((w + Variable(inputs[0])).value());
    return Results{w.value(), old, inputs[0], w.value()};
  });
  std::vector<Results> all;
  for (int i = 1; i <= 4; ++i) all.push_back(step({full({3}, i)}));
  const double sums[] = {1, 2, 4, 7, 11};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(all[i][0].at({2}), sums[i + 1]) << i;
    EXPECT_EQ(all[i][1].at({2}), sums[i]) << i;
    EXPECT_EQ(all[i][2].at({2}), static_cast<double>(i + 1)) << i;
    EXPECT_EQ(all[i][3].at({2}), sums[i + 1]) << i;
  }
  EXPECT_EQ(w.value().at({0}), 11);
}

TEST(Recorded, ValuesMayChangePlaces) {
  const Tensor shared = full({2}, 5, Dtype::f32, kCuda);
  const Variable a(shared), b(shared), c(full({2}, 7, Dtype::f32, kCuda));
  Recorded step(kCuda, [&](Batch) {
    const Tensor first = a.value();
    a.set_value(b.value());
    b.set_value(c.value());
    c.set_value((Variable(first) + 1.0).value());
    return Results{};
  });
  double expected[] = {5, 5, 7};
  for (int i = 0; i < 6; ++i) {
    step({});
    const double first = expected[0];
    expected[0] = expected[1];
    expected[1] = expected[2];
    expected[2] = first + 1;
    EXPECT_EQ(a.value().at({1}), expected[0]) << i;
    EXPECT_EQ(b.value().at({1}), expected[1]) << i;
    EXPECT_EQ(c.value().at({1}), expected[2]) << i;
  }
  EXPECT_EQ(shared.at({0}), 5);
}

TEST(Recorded, HigherDerivatives) {
  const Variable w = parameter(to(arange(1, 5, 1, Dtype::f32), kCuda));
  Recorded step(kCuda, [&](Batch inputs) {
    const Variable y = sum(w * w * w * Variable(inputs[0]));
    const Variable first = grad(y, w, {.differentiable = true});
    return Results{grad(sum(first), w).value()};
  });
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(step({full({4}, i)})[0].to_vector(), (std::vector<double>{6. * i, 12. * i, 18. * i, 24. * i}));
  }
}

TEST(Recorded, AWrongIndexIsToldByTheNextCopyToTheHost) {
  Training training;
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  for (unsigned i = 0; i < 3; ++i) step(batch(i));
  auto wrong = batch(3);
  wrong[1] = full({4}, 9, Dtype::i64);
  const Results results = step(wrong);
  EXPECT_THAT([&] { results[0].item(); }, ThrowsMessage<IndexError>(HasSubstr("cross_entropy")));
}

TEST(Recorded, AReplayIsAWriteForWhoeverSavedTheWeights) {
  Training training;
  training.net.train(false);
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  for (unsigned i = 0; i < 2; ++i) step(batch(i));
  const Variable loss = training.loss(on_device(batch(5)));
  step(batch(2));
  EXPECT_THROW(loss.backward(), GradError);
}

TEST(Recorded, MayEndBeforeWhatItMade) {
  Training training;
  Results results;
  Tensor gradient;
  {
    Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
    results.push_back(step(batch(0))[0]);
    for (unsigned i = 1; i < 3; ++i) results.push_back(step(batch(i))[0]);
    gradient = training.optimizer->parameters()[0].grad();
  }
  const std::vector<double> before = gradient.to_vector();
  training.step(on_device(batch(3)));
  for (const Tensor& result : results) EXPECT_GT(result.item(), 0);
  EXPECT_EQ(gradient.to_vector(), before);
}

TEST(Recorded, TrainsAGptToTheBit) {
  constexpr nn::GPTConfig kTiny{.vocabulary = 11, .context = 7, .layers = 1, .heads = 2, .width = 8, .dropout = 0.1};
  std::vector<double> losses[2];
  StateDict states[2];
  for (const bool is_recorded : {false, true}) {
    Generator generator(3);
    nn::GPT model(kTiny, generator);
    model.to(kCuda);
    AdamW optimizer(model.parameters(), {.learning_rate = 1e-2});
    const auto step = [&](Batch inputs) {
      const Variable loss = nn::cross_entropy_loss(model(inputs[0]), inputs[0]);
      optimizer.zero_grad();
      loss.backward();
      clip_grad_norm_(optimizer.parameters(), 0.5);
      optimizer.step();
      return Results{loss.value()};
    };
    Recorded replayed(kCuda, step);
    for (int i = 0; i < 4; ++i) {
      const Tensor tokens = randint(generator, {3, 7}, 0, kTiny.vocabulary);
      const Results results = is_recorded ? replayed({tokens}) : step(std::vector{to(tokens, kCuda)});
      losses[is_recorded].push_back(results[0].item());
    }
    states[is_recorded] = model.state_dict();
  }
  EXPECT_EQ(losses[0], losses[1]);
  expect_same_state(states[0], states[1], "GPT");
}

}  // namespace
}  // namespace cadena

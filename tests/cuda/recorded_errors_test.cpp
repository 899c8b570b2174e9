#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "autograd/arithmetic.h"
#include "autograd/reduce.h"
#include "optim/grad_scaler.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/linalg.h"
#include "tests/cuda/recorded_training.h"

namespace cadena {
namespace {

using namespace recorded;  // what the two files of tests share
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RecordedErrors, ChecksThatBlockAreRefused) {
  setenv("CADENA_CUDA_BLOCKING", "1", 1);
  Training training;
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  step(batch(0));
  EXPECT_THAT([&] { step(batch(1)); },
              ThrowsMessage<Error>(HasSubstr("cross_entropy: cannot be recorded: its check waits for the device")));
  setenv("CADENA_CUDA_BLOCKING", "0", 1);
  for (unsigned i = 1; i < 3; ++i) step(batch(i));
  EXPECT_TRUE(step.is_recorded());
}

/// What the recording of a step throws that does `what` to a network and its optimizer. The step before and those after
/// go on as if nothing had been tried.
std::string refusal(const std::function<void(Training&, Batch)>& what) {
  Training recorded, eager;
  bool tries = false;
  Recorded step(kCuda, [&](Batch inputs) {
    Results results = recorded.step(inputs);
    if (tries) what(recorded, inputs);
    return results;
  });
  step(batch(0));
  std::string message = "nothing was thrown";
  tries = true;
  try {
    step(batch(1));
  } catch (const Error& error) {
    message = error.what();
  }
  tries = false;
  EXPECT_FALSE(step.is_recorded());
  for (unsigned i = 0; i < 4; ++i) {
    if (i > 0) step(batch(i));
    eager.step(on_device(batch(i)));
  }
  EXPECT_TRUE(step.is_recorded());
  expect_same(recorded, eager);
  return message;
}

TEST(RecordedErrors, SaysWhatCannotBeRecordedAndChangesNothing) {
  const auto grads = [](Training& training) { return training.optimizer->parameters()[0].grad(); };
  EXPECT_THAT(refusal([](Training& t, Batch) { t.net.parameters()[0].value().to_vector(); }),
              HasSubstr("to_vector: cannot be recorded: the host would wait for the device (docs/device.md)"));
  EXPECT_THAT(refusal([](Training& t, Batch x) { t.loss(x).item(); }), HasSubstr("item: cannot be recorded"));
  EXPECT_THAT(refusal([&](Training& t, Batch) { grads(t).at({0, 0}); }), HasSubstr("at: cannot be recorded"));
  EXPECT_THAT(refusal([&](Training& t, Batch) { to(grads(t), Device::cpu()); }), HasSubstr("to: cannot be recorded"));
  EXPECT_THAT(refusal([](Training&, Batch) { to(ones({3}), kCuda); }), HasSubstr("pass it as an input"));
  EXPECT_THAT(refusal([](Training& t, Batch) { normal(t.generator, {2}, 0, 1, Dtype::f32, kCuda); }),
              HasSubstr("normal: cannot be recorded: every replay would draw the same numbers"));
  EXPECT_THAT(refusal([&](Training& t, Batch) { qr(grads(t)); }), HasSubstr("qr: cannot be recorded"));
  EXPECT_THAT(refusal([](Training& t, Batch) { t.optimizer->set_learning_rate(1); }),
              HasSubstr("AdamW: cannot be recorded: replays would not set the learning rate again"));
  EXPECT_THAT(refusal([](Training& t, Batch x) { GradScaler().scale(t.loss(x)); }),
              HasSubstr("GradScaler: cannot be recorded"));
  EXPECT_THAT(refusal([](Training&, Batch x) { nn::hinge_loss(Variable(x[0]), x[0]); }),
              HasSubstr("hinge_loss: cannot be recorded: the check of its targets waits for the device"));
  EXPECT_THAT(refusal([](Training& t, Batch) { Sgd(t.net.parameters(), {.momentum = 0.5}).step(); }),
              HasSubstr("Sgd: cannot be recorded: a parameter takes its first step"));
  EXPECT_THAT(refusal([](Training&, Batch) {
                const Variable on_cpu = parameter(ones({2}));
                sum(on_cpu * 2.0).backward();
              }),
              HasSubstr("the gradient of a parameter is on cpu, expected cuda:0"));
  EXPECT_THAT(refusal([](Training&, Batch) {
                const Variable on_cpu(ones({2}));
                on_cpu.set_value(zeros({2}));
              }),
              HasSubstr("a value that the step sets is on cpu"));
  EXPECT_THAT(refusal([](Training&, Batch) {
                Recorded inner(kCuda, [](Batch) { return Results{}; });
                inner({});
              }),
              HasSubstr("Recording: cannot be recorded: another recording would begin in it"));
  EXPECT_THAT(refusal([](Training&, Batch) { fail<ValueError>("an error of the step's own"); }),
              HasSubstr("an error of the step's own"));
}

TEST(RecordedErrors, SaysWhichResultIsNotOnTheDevice) {
  Recorded step(kCuda, [](Batch inputs) { return Results{inputs[0], zeros({2})}; });
  EXPECT_THAT([&] { step({ones({2})}); },
              ThrowsMessage<DeviceError>(HasSubstr("Recorded: result 1 is on cpu, expected cuda:0")));
  Recorded none(kCuda, [](Batch) { return Results{Tensor()}; });
  EXPECT_THAT([&] { none({}); }, ThrowsMessage<ValueError>(HasSubstr("result 0 is undefined")));
}

/// What the third call throws after `change`; after a reset the steps are those of a network treated alike.
std::string failure_after(const std::function<void(Training&)>& change) {
  Training recorded, eager;
  Recorded step(kCuda, [&](Batch inputs) { return recorded.step(inputs); });
  for (unsigned i = 0; i < 2; ++i) {
    step(batch(i));
    eager.step(on_device(batch(i)));
  }
  change(recorded);
  change(eager);
  std::string message = "nothing was thrown";
  try {
    step(batch(2));
  } catch (const Error& error) {
    message = error.what();
  }
  step.reset();
  for (unsigned i = 3; i < 6; ++i) {
    step(batch(i));
    eager.step(on_device(batch(i)));
  }
  expect_same(recorded, eager);
  return message;
}

TEST(RecordedErrors, SaysWhatWasReplacedSince) {
  const StateDict start = Training().net.state_dict();
  EXPECT_THAT(failure_after([&](Training& t) { t.net.load_state_dict(start); }),
              HasSubstr("a value of shape (6, 5) that the step takes was replaced after the step had been recorded"));
  std::vector<Tensor> kept;  // the old values: they are not freed
  EXPECT_THAT(failure_after([&](Training& t) {
                const Variable w = t.net.parameters()[1];
                kept.push_back(w.value());
                w.set_value(copy(w.value()));
              }),
              HasSubstr("a value of shape (6,) that the step takes was replaced"));
  EXPECT_THAT(failure_after([](Training& t) { t.optimizer->load_state_dict(t.optimizer->state_dict()); }),
              HasSubstr("that the step takes was freed or replaced"));
  EXPECT_THAT(failure_after([](Training& t) {
                t.net.to(Device::cpu());
                t.net.to(kCuda);
              }),
              HasSubstr("was replaced"));
}

TEST(RecordedErrors, SaysThatATensorItReadsWasFreed) {
  auto table = std::make_unique<Tensor>(full({3}, 4, Dtype::f32, kCuda));
  Recorded step(kCuda, [&](Batch inputs) {
    return Results{table ? (Variable(inputs[0]) + Variable(*table)).value() : inputs[0]};
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(step({full({3}, i)})[0].at({0}), 4 + i);
  table.reset();
  EXPECT_THAT([&] { step({ones({3})}); },
              ThrowsMessage<Error>(HasSubstr("f32 of shape (3,) that the step takes was freed")));
  step.reset();
  EXPECT_EQ(step({ones({3})})[0].at({0}), 1);
}

// As for a moving average by hand: the tensor is not the program's to replace, once steps are replayed.
TEST(RecordedErrors, SaysThatTheStepReplacesATensorItTakes) {
  Tensor average = zeros({2}, Dtype::f32, kCuda);
  Recorded step(kCuda, [&](Batch inputs) {
    average = (Variable(average) * 0.5 + Variable(inputs[0])).value();
    return Results{};
  });
  step({ones({2})});
  EXPECT_THAT([&] { step({ones({2})}); },
              ThrowsMessage<Error>(HasSubstr("f32 of shape (2,) that the step takes is replaced by the step itself")));
  EXPECT_FALSE(step.is_recorded());

  const Variable held(zeros({2}, Dtype::f32, kCuda));
  Recorded right(kCuda, [&](Batch inputs) {
    held.set_value((held * 0.5 + Variable(inputs[0])).value());
    return Results{};
  });
  for (int i = 0; i < 4; ++i) right({ones({2})});
  EXPECT_EQ(held.value().to_vector(), std::vector<double>(2, 1.875));
}

TEST(RecordedErrors, SaysThatAnOptimizerHasEnded) {
  Training training;
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  for (unsigned i = 0; i < 3; ++i) step(batch(i));
  training.optimizer = std::make_unique<Sgd>(training.net.parameters(), Sgd::Options{.learning_rate = 0.1});
  EXPECT_THAT([&] { step(batch(3)); }, ThrowsMessage<Error>(HasSubstr("freed or replaced")));  // its moments
  step.reset();
  for (unsigned i = 0; i < 3; ++i) step(batch(i));
  training.optimizer = std::make_unique<Sgd>(training.net.parameters());
  EXPECT_THAT([&] { step(batch(3)); },
              ThrowsMessage<Error>(HasSubstr("Sgd: it has ended since its step was recorded")));
}

TEST(RecordedErrors, SaysThatAParameterWasFrozen) {
  Training training, plain;
  const auto step_of = [](Training& of, Batch inputs) {
    of.loss(inputs).backward();
    of.optimizer->step();
    return Results{};
  };
  Recorded step(kCuda, [&](Batch inputs) { return step_of(training, inputs); });
  for (unsigned i = 0; i < 3; ++i) step(batch(i));
  const Variable w = training.net.parameters()[0];
  w.set_requires_grad(false);
  EXPECT_THAT([&] { step(batch(3)); },
              ThrowsMessage<Error>(HasSubstr("AdamW: which parameters are frozen has changed")));
  w.set_requires_grad(true);  // the parameter that it was, without a gradient
  step(batch(3));
  for (unsigned i = 0; i < 3; ++i) step_of(plain, on_device(batch(i)));
  plain.net.parameters()[0].zero_grad();
  step_of(plain, on_device(batch(3)));
  EXPECT_EQ(w.value().to_vector(), plain.net.parameters()[0].value().to_vector());
  w.set_requires_grad(false);
  const std::vector<double> frozen = w.value().to_vector();
  step.reset();
  for (unsigned i = 3; i < 6; ++i) step(batch(i));
  EXPECT_TRUE(step.is_recorded());
  EXPECT_EQ(w.value().to_vector(), frozen);
}

TEST(RecordedErrors, MomentumThatComesOrGoesIsAnotherStep) {
  Training training;
  training.optimizer = std::make_unique<Sgd>(training.net.parameters(), Sgd::Options{.learning_rate = 0.1});
  Recorded step(kCuda, [&](Batch inputs) { return training.step(inputs); });
  for (unsigned i = 0; i < 3; ++i) step(batch(i));
  training.optimizer->set_momentum(0.9);
  EXPECT_THAT([&] { step(batch(3)); }, ThrowsMessage<Error>(HasSubstr("Sgd: whether there is momentum has changed")));
}

TEST(RecordedErrors, AGradientThatAppearsIsRefused) {
  Training training;
  const auto add = [&](Batch inputs) {
    training.loss(inputs).backward();
    return Results{};
  };
  Recorded step(kCuda, add);
  for (unsigned i = 0; i < 2; ++i) {
    step(batch(i));
    training.optimizer->zero_grad();
  }
  add(on_device(batch(2)));
  EXPECT_THAT([&] { step(batch(3)); }, ThrowsMessage<Error>(HasSubstr("has a gradient, and had none when")));
  training.optimizer->zero_grad();
  step(batch(4));
  EXPECT_TRUE(training.optimizer->parameters()[0].grad().defined());
}

}  // namespace
}  // namespace cadena

#include "optim/grad_scaler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "nn/activation.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/sequential.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/random.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Two layers that learn the sum of squares of two numbers.
struct Network {
  Generator generator{5};
  nn::Linear first{2, 32, generator}, second{32, 1, generator};
  Tensor x = uniform(generator, {64, 2}, -1, 1);

  explicit Network(Dtype dtype, Device device = Device::cpu()) {
    for (nn::Module* layer : {static_cast<nn::Module*>(&first), static_cast<nn::Module*>(&second)}) {
      layer->to(dtype);
      layer->to(device);
    }
    x = to(cast(x, dtype), device);
  }
  Variable loss() {
    const Variable target = sum(square(Variable(x)), 1, true);
    return nn::mse_loss(second.forward(relu(first.forward(Variable(x)))), target.detach());
  }
  std::vector<Variable> parameters() const {
    std::vector<Variable> all = first.parameters();
    for (const Variable& p : second.parameters()) all.push_back(p);
    return all;
  }
};

TEST(GradScaler, UnscaledGradientsAreThoseOfTheLoss) {
  Network plain(Dtype::f32), scaled(Dtype::f32);
  GradScaler scaler;
  plain.loss().backward();
  scaler.scale(scaled.loss()).backward();
  const std::vector<Variable> parameters = plain.parameters(), gradients = scaler.unscale(scaled.parameters());
  ASSERT_EQ(gradients.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {  // a power of two changes no digit
    EXPECT_EQ(gradients[i].value().to_vector(), parameters[i].grad().to_vector());
  }
}

TEST(GradScaler, KeepsGradientsThatVanishInF16) {
  const Variable w = parameter(full({}, 1, Dtype::f16));
  const auto loss = [&] { return w * 0x1p-13 * 0x1p-13; };  // the least number of f16 is 2^-24
  loss().backward();
  EXPECT_EQ(w.grad().item(), 0);
  w.zero_grad();
  GradScaler scaler({.initial_scale = 0x1p14});
  scaler.scale(loss()).backward();
  const std::vector<Variable> gradients = scaler.unscale({&w, 1});
  EXPECT_EQ(gradients[0].dtype(), Dtype::f32);
  EXPECT_EQ(gradients[0].value().item(), 0x1p-26);
}

TEST(GradScaler, LeavesOutAStepThatOverflowsAndTriesASmallerScale) {
  for (const Device device : {Device::cpu(), Device::cuda()}) {
    const Variable w = parameter(full({3}, 1, Dtype::f16, device)), v = parameter(full({2}, 1, Dtype::f16, device));
    Adam optimizer({w, v}, {.learning_rate = 0.5});
    GradScaler scaler({.initial_scale = 0x1p15, .growth_interval = 2});
    const auto step = [&] {
      optimizer.zero_grad();
      scaler.scale(sum(w) + sum(v * 3.0)).backward();  // 3 * 2^15 is infinite in f16
      return scaler.step(optimizer, scaler.unscale(optimizer.parameters()));
    };
    EXPECT_FALSE(step());
    EXPECT_EQ(scaler.current_scale(), 0x1p14);
    EXPECT_EQ(w.value().to_vector(), std::vector<double>(3, 1));  // whose gradients were finite
    EXPECT_TRUE(step());
    EXPECT_LT(w.value().to_vector()[0], 0.6);  // Adam's first step is as long as the learning rate: it had not counted
    EXPECT_EQ(scaler.current_scale(), 0x1p14);
    EXPECT_TRUE(step());
    EXPECT_EQ(scaler.current_scale(), 0x1p15);  // after two steps in a row
    EXPECT_FALSE(step());
  }
}

TEST(GradScaler, GrowsThoughItWasLoadedWithMoreStepsThanItsInterval) {
  const Variable w = parameter(full({}, 1, Dtype::f64));
  Sgd optimizer(std::vector{w});
  const auto step = [&](GradScaler& scaler) {
    scaler.scale(w * 1.0).backward();
    scaler.step(optimizer, scaler.unscale(optimizer.parameters()));
  };
  GradScaler patient({.initial_scale = 8, .growth_interval = 100}), eager({.growth_interval = 3});
  for (int i = 0; i < 10; ++i) step(patient);
  eager.load_state_dict(patient.state_dict());
  step(eager);
  EXPECT_EQ(eager.current_scale(), 16);
  for (int i = 0; i < 3; ++i) step(eager);
  EXPECT_EQ(eager.current_scale(), 32);
}

TEST(GradScaler, NotANumberIsNoStepEither) {
  const Variable w = parameter(full({}, 1, Dtype::f32));
  Sgd optimizer(std::vector{w}, {.learning_rate = 1});
  GradScaler scaler;
  scaler.scale(w * std::numeric_limits<double>::quiet_NaN()).backward();
  EXPECT_FALSE(scaler.step(optimizer, scaler.unscale(optimizer.parameters())));
  EXPECT_EQ(w.value().item(), 1);
}

TEST(MixedPrecision, TrainsInF16AndBf16OnBothDevices) {
  for (const Device device : {Device::cpu(), Device::cuda()}) {
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16}) {
      Network network(dtype, device);
      AdamW optimizer(network.parameters(), {.learning_rate = 2e-2, .weight_decay = 0});
      GradScaler scaler({.growth_interval = 20});
      const double before = network.loss().item();
      int left_out = 0;
      for (int i = 0; i < 60; ++i) {
        optimizer.zero_grad();
        scaler.scale(network.loss()).backward();
        const std::vector<Variable> gradients = scaler.unscale(optimizer.parameters());
        clip_norm_(gradients, 1.0);
        left_out += scaler.step(optimizer, gradients) ? 0 : 1;
      }
      EXPECT_LT(network.loss().item(), 0.1 * before) << concat("", dtype, " on ", device);
      EXPECT_LT(left_out, 15) << concat("", dtype, " on ", device);
    }
  }
}

TEST(MixedPrecision, SmallStepsOfBf16WeightsAddUp) {
  const Variable w = parameter(full({}, 1, Dtype::bf16));  // neighbours are 2^-8 apart
  Sgd optimizer(std::vector{w}, {.learning_rate = 0x1p-12});
  for (int i = 0; i < 64; ++i) {
    optimizer.zero_grad();
    sum(w).backward();
    optimizer.step();
  }
  EXPECT_EQ(w.value().item(), 1 - 64 * 0x1p-12);
}

TEST(GradScaler, IsSavedAndLoaded) {
  GradScaler scaler({.initial_scale = 8, .growth_interval = 100});
  const Variable w = parameter(full({}, 1, Dtype::f32));
  Sgd optimizer(std::vector{w}, {.learning_rate = 1});
  scaler.scale(w * 1.0).backward();
  scaler.step(optimizer, scaler.unscale(optimizer.parameters()));
  GradScaler other;
  other.load_state_dict(scaler.state_dict());
  EXPECT_EQ(other.current_scale(), 8);
  EXPECT_EQ(other.state_dict().at("steps_since_change").item(), 1);
  EXPECT_THROW(other.load_state_dict({}), ValueError);
}

TEST(GradScaler, RefusesWhatMakesNoSense) {
  EXPECT_THAT([] { GradScaler({.initial_scale = 0}); },
              ThrowsMessage<ValueError>("GradScaler: initial_scale is 0, expected a positive number"));
  EXPECT_THROW(GradScaler({.initial_scale = kInf}), ValueError);
  EXPECT_THROW(GradScaler({.growth = 1}), ValueError);
  EXPECT_THROW(GradScaler({.backoff = 1}), ValueError);
  EXPECT_THROW(GradScaler({.growth_interval = 0}), ValueError);
  const Variable w = parameter(full({}, 1, Dtype::f32));
  Sgd optimizer(std::vector{w}, {.learning_rate = 1});
  GradScaler scaler;
  EXPECT_THAT([&] { scaler.step(optimizer, {}); }, ThrowsMessage<GradError>(HasSubstr("step without unscale")));
}

}  // namespace
}  // namespace cadena

#include <gtest/gtest.h>

#include <vector>

#include "autograd/recorded.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/state.h"
#include "nn/gpt.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/random.h"

namespace cadena {
namespace {

constexpr nn::GPTConfig kTiny{.vocabulary = 11, .context = 7, .layers = 2, .heads = 2, .width = 8, .dropout = 0.1};

/// One step of training on fresh tokens from the host. Nothing of it is looked at.
Variable step(nn::GPT& model, AdamW& optimizer, const Tensor& tokens, Device device) {
  const Tensor on_device = to(tokens, device);
  const Variable loss = nn::cross_entropy_loss(model(on_device), on_device);
  optimizer.zero_grad();
  loss.backward();
  clip_grad_norm_(optimizer.parameters(), 0.5);
  optimizer.step();
  return loss;
}

TEST(TrainingStep, NeverWaitsForTheDevice) {
  Generator generator(3);
  nn::GPT model(kTiny, generator);
  model.to(Device::cuda());
  AdamW optimizer(model.parameters(), {.learning_rate = 1e-2});
  const Tensor tokens = randint(generator, {3, 7}, 0, kTiny.vocabulary);
  Variable loss = step(model, optimizer, tokens, Device::cuda());  // makes what later steps use again
  const double first = loss.value().item();
  const auto before = cuda::emulated::waits();
  for (int i = 0; i < 20; ++i) loss = step(model, optimizer, tokens, Device::cuda());
  EXPECT_EQ(cuda::emulated::waits(), before);
  EXPECT_LT(loss.value().item(), 0.8 * first);
}

TEST(TrainingStep, ReplaysNeitherWaitNorAllocate) {
  Generator generator(3);
  nn::GPT model(kTiny, generator);
  model.to(Device::cuda());
  AdamW optimizer(model.parameters(), {.learning_rate = 1e-2});
  const Tensor tokens = randint(generator, {3, 7}, 0, kTiny.vocabulary);
  Recorded recorded(Device::cuda(), [&](std::span<const Tensor> inputs) {
    return std::vector{step(model, optimizer, inputs[0], Device::cuda()).value()};
  });
  const double first = recorded({tokens})[0].item();
  Tensor loss = recorded({tokens})[0];
  loss.item();  // and so what was freed is free
  const auto waits = cuda::emulated::waits();
  const std::size_t memory = cuda::emulated::arena_used();
  for (int i = 0; i < 20; ++i) loss = recorded({tokens})[0];
  EXPECT_EQ(cuda::emulated::waits(), waits);
  EXPECT_LT(loss.item(), 0.8 * first);
  EXPECT_EQ(cuda::emulated::arena_used(), memory);
}

TEST(TrainingStep, OnADeviceLearnsWhatTheHostLearns) {
  std::vector<double> losses[2];
  for (const bool on_cuda : {false, true}) {
    const Device device = on_cuda ? Device::cuda() : Device::cpu();
    Generator generator(3);
    nn::GPT model(kTiny, generator);
    model.to(device);
    AdamW optimizer(model.parameters(), {.learning_rate = 1e-2});
    const Tensor tokens = randint(generator, {3, 7}, 0, kTiny.vocabulary);
    for (int i = 0; i < 5; ++i) losses[on_cuda].push_back(step(model, optimizer, tokens, device).value().item());
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(losses[1][i], losses[0][i], 1e-4);
}

}  // namespace
}  // namespace cadena

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <vector>

#include "autograd/recorded.h"
#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "tensor/copy.h"
#include "tensor/random.h"

namespace cadena::recorded {

using Batch = std::span<const Tensor>;
using Results = std::vector<Tensor>;

inline const Device kCuda = Device::cuda();

/// A network with dropout and running statistics, and what trains it; the same whenever it is made.
struct Training {
  Generator generator{7};
  nn::Sequential net;
  std::unique_ptr<Optimizer> optimizer;

  explicit Training(Device device = kCuda, Dtype dtype = Dtype::f32) {
    net.emplace<nn::Linear>(5, 6, generator);
    net.emplace<nn::BatchNorm>(6);
    net.emplace<nn::Tanh>();
    net.emplace<nn::Dropout>(0.3, generator);
    net.emplace<nn::Linear>(6, 3, generator);
    net.to(dtype);
    net.to(device);
    optimizer = std::make_unique<AdamW>(net.parameters(), AdamW::Options{.learning_rate = 0.05});
  }

  Variable loss(Batch batch) { return nn::cross_entropy_loss(net(Variable(batch[0])), batch[1]); }

  Results step(Batch batch) {
    const Variable value = loss(batch);
    optimizer->zero_grad();
    value.backward();
    clip_grad_norm_(optimizer->parameters(), 0.2);
    optimizer->step();
    return {value.value()};
  }
};

/// Batch number i, on the CPU.
inline std::vector<Tensor> batch(unsigned i, Dtype dtype = Dtype::f32) {
  Generator generator(100 + i);
  return {cast(normal(generator, {4, 5}), dtype), randint(generator, {4}, 0, 3)};
}

inline std::vector<Tensor> on_device(std::vector<Tensor> tensors) {
  for (Tensor& x : tensors) x = to(x, kCuda);
  return tensors;
}

inline void expect_same_state(const StateDict& a, const StateDict& b, const char* what) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, value] : a) EXPECT_EQ(value.to_vector(), b.at(name).to_vector()) << what << ' ' << name;
}

/// Both trained alike, to the bit.
inline void expect_same(const Training& a, const Training& b) {
  expect_same_state(a.net.state_dict(), b.net.state_dict(), "network");
  expect_same_state(a.optimizer->state_dict(), b.optimizer->state_dict(), "optimizer");
  for (std::size_t i = 0; i < a.optimizer->parameters().size(); ++i) {
    if (!a.optimizer->parameters()[i].requires_grad()) continue;
    const Tensor g = a.optimizer->parameters()[i].grad(), h = b.optimizer->parameters()[i].grad();
    ASSERT_EQ(g.defined(), h.defined()) << i;
    if (!g.defined()) continue;
    EXPECT_EQ(g.to_vector(), h.to_vector()) << "gradient " << i;
  }
}

}  // namespace cadena::recorded

#include "nn/sequential.h"

#include "nn/activation.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Sequential, AppliesItsLayersInOrder) {
  Generator generator(1);
  nn::Sequential net;
  nn::Linear& first = net.emplace<nn::Linear>(3, 4, generator);
  nn::Layer& second = net.emplace<nn::ReLU>();
  nn::Linear& third = net.emplace<nn::Linear>(4, 2, generator);
  net.to(Dtype::f64);
  const Variable x(pattern({5, 3}));
  expect_values(net(x).value(), third(second(first(x))).value(), 0);
  EXPECT_EQ(net.size(), 3u);
  EXPECT_EQ(&net[2], &third);

  std::vector<std::string> names;
  for (const auto& [name, p] : net.named_parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"}));
}

TEST(Sequential, LearnsWhatNoLinearLayerCan) {
  Generator generator(4);
  nn::Sequential net;
  net.emplace<nn::Linear>(2, 8, generator);
  net.emplace<nn::Tanh>();
  net.emplace<nn::Linear>(8, 1, generator);
  Adam optimizer(net.parameters(), {.learning_rate = 0.05});
  const Variable x(tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}})), exclusive_or(reshape(tensor({0, 1, 1, 0}), {4, 1}));
  for (int step = 0; step < 300; ++step) {
    optimizer.zero_grad();
    nn::bce_with_logits_loss(net(x), exclusive_or).backward();
    optimizer.step();
  }
  EXPECT_LT(nn::bce_with_logits_loss(net(x), exclusive_or).item(), 0.01);  // the best linear layer has ln 2
}

TEST(Sequential, WithoutLayersIsTheIdentity) {
  nn::Sequential net;
  const Variable x(pattern({2, 3}));
  EXPECT_TRUE(net(x).is_same(x));
  EXPECT_EQ(message_of<IndexError>([&] { net[0]; }), "Sequential: there is no layer 0 of 0");
}

TEST(Residual, AddsItsInputToWhatItsLayersGive) {
  Generator generator(2);
  nn::Residual net;
  nn::Linear& linear = net.emplace<nn::Linear>(3, 3, generator);
  net.emplace<nn::Tanh>();
  net.to(Dtype::f64);
  const Variable x(pattern({2, 3}));
  expect_values(net(x).value(), add(x.value(), nn::Tanh()(linear(x)).value()), 0);
  EXPECT_EQ(net.named_parameters().front().first, "0.weight");
}

TEST(Residual, RefusesLayersThatChangeTheShape) {
  Generator generator(3);
  nn::Residual net;
  net.emplace<nn::Linear>(3, 1, generator);
  EXPECT_EQ(message_of<ShapeError>([&] {
              net(Variable(zeros({2, 3})));
            }),
            "Residual: the layers turn shape (2, 3) into (2, 1), expected the same");
}

TEST(Flatten, MergesTheAxesBehindTheFirst) {
  const Variable x(pattern({2, 3, 4, 5}));
  EXPECT_EQ(nn::Flatten()(x).shape(), (Shape{2, 60}));
  EXPECT_EQ(nn::Flatten(2)(x).shape(), (Shape{2, 3, 20}));
  EXPECT_EQ(nn::Flatten(-1)(x).shape(), (Shape{2, 3, 4, 5}));
  EXPECT_EQ(nn::Flatten()(Variable(zeros({0, 3, 4}))).shape(), (Shape{0, 12}));
  expect_values(nn::Flatten()(x).value().to_vector(), x.value().to_vector());
  EXPECT_THROW(nn::Flatten(4)(x), ShapeError);
}

}  // namespace
}  // namespace cadena

#include "nn/norm.h"

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using support::expect_pytorch;

TEST(Norm, OfRowsAndGroupsGivesPyTorchsValuesAndGradients) {
  nn::LayerNorm layer(5);
  nn::RMSNorm rms(5);
  nn::GroupNorm group(2, 4);
  expect_pytorch("layer_norm", layer);
  expect_pytorch("rms_norm", rms);
  expect_pytorch("group_norm", group);
}

TEST(BatchNorm, GivesPyTorchsValuesGradientsAndRunningStatistics) {
  nn::BatchNorm1d vectors(3), sequences(2, 0.3, 1e-3);
  nn::BatchNorm2d images(2);
  expect_pytorch("batch_norm_vectors", vectors);
  expect_pytorch("batch_norm_sequences", sequences);
  expect_pytorch("batch_norm_images", images);
}

TEST(BatchNorm, InEvaluationUsesTheRunningStatisticsAndLeavesThem) {
  nn::BatchNorm2d images(2);
  nn::BatchNorm1d one_value(3);
  images.eval();
  one_value.eval();
  expect_pytorch("batch_norm_eval", images);
  expect_pytorch("batch_norm_eval_one_value", one_value);
}

TEST(BatchNorm, InEvaluationRoundsTwoByteTypesOnce) {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    nn::BatchNorm layer(3);
    layer.load_state_dict({{"weight", tensor({1, 0.75, 1})},
                           {"bias", tensor({0, 0.5, 0})},
                           {"running_mean", tensor({30, -3, 300})},
                           {"running_var", tensor({0.25, 2, 0})}});  // a channel that never varied among them
    layer.to(dtype);
    layer.eval();
    const Variable x(cast(tensor({{30.25, -2.5, 300}, {29, -6, 302}, {31, -3, 298}}), dtype));
    const Tensor y = layer(x).value();
    layer.to(Dtype::f64);
    EXPECT_EQ(y.to_vector(), cast(layer(Variable(cast(x.value(), Dtype::f64))).value(), dtype).to_vector())
        << to_string(dtype);
  }
}

TEST(BatchNorm, InEvaluationTakesTheMeanOffFirst) {
  nn::BatchNorm layer(1);
  layer.load_state_dict({{"weight", ones({1})},
                         {"bias", zeros({1})},
                         {"running_mean", full({1}, 1e6)},
                         {"running_var", full({1}, 1e-2)}});
  layer.eval();
  expect_values(layer(Variable(tensor({{1e6}, {1e6 + 0.5}}))).value(), {0, 0.5 / std::sqrt(1e-2 + 1e-5)}, 1e-5);
}

TEST(BatchNorm, RunningStatisticsComeToThoseOfTheBatch) {
  nn::BatchNorm layer(2, 0.5);
  layer.to(Dtype::f64);
  const Variable x(tensor({{1, 10}, {2, 10}, {6, 10}}, Dtype::f64));
  for (int i = 0; i < 60; ++i) layer(x);
  const auto state = layer.state_dict();
  expect_values(state.at("running_mean"), {3, 10});
  expect_values(state.at("running_var"), {7, 0});  // ((1 - 3)^2 + (2 - 3)^2 + (6 - 3)^2) / 2, and a constant
}

TEST(BatchNorm, RunningVarianceIsExactFarBelowEps) {
  nn::BatchNorm layer(1, 1);
  layer(Variable(tensor({{-1e-5}, {1e-5}})));
  expect_values(div(layer.state_dict().at("running_var"), 2e-10), {1}, 1e-6);
}

TEST(BatchNorm, ThrowsInTrainingForASingleValuePerChannel) {
  nn::BatchNorm layer(3);
  const auto before = layer.state_dict();
  EXPECT_EQ(message_of<ValueError>([&] {
              layer(Variable(zeros({1, 3})));
            }),
            "BatchNorm(3): a variance needs more than one value per channel in training, got shape (1, 3)");
  EXPECT_EQ(message_of<ValueError>([&] {
              layer(Variable(zeros({0, 3, 2})));
            }),
            "BatchNorm(3): a variance needs more than one value per channel in training, got shape (0, 3, 2)");
  for (const auto& [name, value] : layer.state_dict()) expect_values(value, before.at(name));
  EXPECT_NO_THROW(layer(Variable(zeros({1, 3, 2}))));
}

TEST(BatchNorm, KeepsItsDtype) {
  nn::BatchNorm layer(2);
  layer.to(Dtype::bf16);
  EXPECT_EQ(layer(Variable(pattern({4, 2}, 11, Dtype::bf16))).dtype(), Dtype::bf16);
  for (const auto& [name, value] : layer.state_dict()) EXPECT_EQ(value.dtype(), Dtype::bf16) << name;
}

TEST(Norm, NamesItselfAndTheShapeItCannotTake) {
  nn::LayerNorm layer(5);
  nn::RMSNorm rms(5);
  nn::GroupNorm group(2, 4);
  nn::BatchNorm batch(4);
  const Variable x(zeros({2, 3}));
  EXPECT_EQ(message_of<ShapeError>([&] { layer(x); }), "LayerNorm(5): expected (…, 5), got shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { rms(x); }), "RMSNorm(5): expected (…, 5), got shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { group(x); }), "GroupNorm(2, 4): expected (n, 4, …), got shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { batch(x); }), "BatchNorm(4): expected (n, 4, …), got shape (2, 3)");
  EXPECT_EQ(message_of<ValueError>([] { nn::GroupNorm(3, 4); }), "GroupNorm: 3 groups do not divide 4 channels");
  EXPECT_EQ(message_of<ValueError>([] { nn::BatchNorm(4, 1.5); }), "BatchNorm: expected a momentum in [0, 1], got 1.5");
  EXPECT_EQ(message_of<ValueError>([] { nn::LayerNorm(0); }), "LayerNorm: expected a positive width, got 0");
}

}  // namespace
}  // namespace cadena

#include "nn/module.h"

#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tests/support/expect_values.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

using Names = std::vector<std::string>;

Names names(const nn::Module::Named& entries) {
  Names all;
  for (const auto& [name, value] : entries) all.push_back(name);
  return all;
}

/// Two layers, of which the second has the weight of the first, and a normalization.
struct Net : nn::Module {
  nn::Linear in;
  nn::BatchNorm norm;

  explicit Net(Generator& g) : in(3, 3, g), norm(3) {
    add("in", in);
    add("norm", norm);
    tie_parameter("tied", in.weight());
  }
  std::string description() const override { return "Net"; }

  using Module::add;
  using Module::add_buffer;
  using Module::add_parameter;
};

TEST(Module, NamesItsPartsByPathAndTiedParametersOnce) {
  Generator g(1);
  Net net(g);
  EXPECT_EQ(names(net.named_parameters()), (Names{"tied", "in.bias", "norm.weight", "norm.bias"}));
  EXPECT_EQ(names(net.named_buffers()), (Names{"norm.running_mean", "norm.running_var"}));
  EXPECT_EQ(net.parameters().size(), 4u);
  EXPECT_EQ(net.parameter_count(), 9 + 3 + 3 + 3);
  EXPECT_TRUE(net.parameters()[0].is_handle_of(net.in.weight()));
}

TEST(Module, RefusesNamesThatAreTakenAndChildrenTwice) {
  Generator g(2);
  Net net(g);
  nn::ReLU relu;
  EXPECT_EQ(message_of<ValueError>([&] { net.add("in", relu); }), "Net: the name \"in\" is taken");
  EXPECT_EQ(message_of<ValueError>([&] { net.add_parameter("tied", zeros({1})); }), "Net: the name \"tied\" is taken");
  EXPECT_EQ(message_of<ValueError>([&] { net.add_buffer("a.b", zeros({1})); }),
            "Net: the name \"a.b\" is empty or has a dot");
  EXPECT_EQ(message_of<ValueError>([&] { net.add("", relu); }), "Net: the name \"\" is empty or has a dot");
  EXPECT_EQ(message_of<ValueError>([&] { net.add("again", net.in); }), "Net: \"again\" is already there as \"in\"");
  EXPECT_EQ(message_of<ValueError>([&] { net.add("self", net); }), "Net: \"self\" would be below itself");
  Net outer(g);
  outer.add("net", net);
  EXPECT_EQ(message_of<ValueError>([&] { net.add("loop", outer); }), "Net: \"loop\" would be below itself");
  EXPECT_EQ(net.children().size(), 2u);
}

TEST(Module, TrainAndEvalReachAllParts) {
  Generator g(3);
  nn::Sequential net;
  const nn::Dropout& dropout = net.emplace<nn::Residual>().emplace<nn::Dropout>(0.5, g);
  EXPECT_TRUE(dropout.is_training());
  net.eval();
  EXPECT_FALSE(net.is_training());
  EXPECT_FALSE(dropout.is_training());
  net.train();
  EXPECT_TRUE(dropout.is_training());
  {
    const nn::Evaluating evaluating(net);
    EXPECT_FALSE(dropout.is_training());
  }
  EXPECT_TRUE(dropout.is_training());
}

TEST(Module, EvaluatingLeavesFrozenStatisticsFrozen) {
  nn::Sequential net;
  auto& residual = net.emplace<nn::Residual>();
  auto& frozen = residual.emplace<nn::BatchNorm1d>(2);
  const auto& other = net.emplace<nn::BatchNorm1d>(2);
  frozen.eval();
  {
    const nn::Evaluating evaluating(net);
    EXPECT_FALSE(other.is_training());
  }
  EXPECT_TRUE(net.is_training());
  EXPECT_TRUE(residual.is_training());
  EXPECT_FALSE(frozen.is_training());
  EXPECT_TRUE(other.is_training());
}

TEST(Module, ToCastsParametersAndFloatingBuffersAndKeepsTheOptimizer) {
  Generator g(4);
  Net net(g);
  Sgd optimizer(net.parameters(), {.learning_rate = 0.5});
  net.to(Dtype::f64);
  for (const auto& [name, value] : net.state_dict()) EXPECT_EQ(value.dtype(), Dtype::f64) << name;
  EXPECT_TRUE(net.in.weight().is_handle_of(net.parameters()[0]));

  const Tensor before = copy(net.in.bias().value());
  nn::mse_loss(net.in(Variable(pattern({4, 3}))), Variable(zeros({4, 3}, Dtype::f64))).backward();
  const std::vector<double> gradient = net.in.bias().grad().to_vector();
  optimizer.step();
  std::vector<double> expected = before.to_vector();
  for (std::size_t i = 0; i < 3; ++i) expected[i] -= 0.5 * gradient[i];
  expect_values(net.in.bias().value(), expected);

  net.to(Device::cpu(), Dtype::f32);
  for (const auto& [name, value] : net.state_dict()) EXPECT_EQ(value.dtype(), Dtype::f32) << name;

  nn::Dropout dropout(0.5, g);
  dropout.to(Dtype::f16);
  EXPECT_EQ(dropout.state_dict().at("random").dtype(), Dtype::i64);
  EXPECT_EQ(message_of<DtypeError>([&] { net.to(Dtype::i64); }), "Net: cannot hold parameters in i64");
}

TEST(Module, FrozenParametersAreConstantsUntilUnfrozen) {
  Generator g(5);
  Net net(g);
  const Variable x(pattern({4, 3}, 11, Dtype::f32));
  net.in.freeze();
  EXPECT_FALSE(net.in(x).requires_grad());
  EXPECT_TRUE(net.norm(net.in(x)).requires_grad());
  EXPECT_EQ(net.parameter_count(), 18);
  EXPECT_EQ(net.parameters().size(), 4u);
  EXPECT_EQ(net.trained_parameters().size(), 2u);
  EXPECT_NO_THROW(net.zero_grad());
  net.unfreeze();
  net.in(x).backward(ones({4, 3}));
  EXPECT_TRUE(net.in.weight().grad().defined());
  net.zero_grad();
  EXPECT_FALSE(net.in.weight().grad().defined());
}

TEST(Module, WhatIsUnfrozenIsTheParameterThatItWas) {
  Generator g(5);
  nn::Linear layer(3, 2, g);
  const Variable x(pattern({4, 3}, 11, Dtype::f32));
  int calls = 0;
  layer.weight().register_hook([&](const Variable&) { ++calls; });
  const Variable lost = layer(x);
  layer.freeze();
  lost.backward(ones({4, 2}));  // arrives while the layer is frozen, and is forgotten
  layer.to(Dtype::f64);
  layer.unfreeze();
  EXPECT_FALSE(layer.weight().grad().defined());
  layer(Variable(cast(x.value(), Dtype::f64))).backward(ones({4, 2}, Dtype::f64));
  EXPECT_EQ(layer.weight().grad().dtype(), Dtype::f64);
  EXPECT_EQ(calls, 2);

  nn::Linear other(3, 2, g);
  const Variable y = other(x);
  other.freeze();
  other.unfreeze();
  y.backward(ones({4, 2}));
  EXPECT_TRUE(other.weight().grad().defined());
}

TEST(Module, AnOptimizerStepsPastWhatWasFrozenMeanwhile) {
  Generator g(12);
  Net net(g);
  Sgd optimizer(net.parameters(), {.learning_rate = 0.5});
  net.in.freeze();
  const auto before = net.state_dict();
  net.norm(net.in(Variable(pattern({4, 3}, 11, Dtype::f32)))).backward(ones({4, 3}));
  optimizer.step();
  optimizer.zero_grad();
  const auto after = net.state_dict();
  EXPECT_EQ(after.at("in.bias").to_vector(), before.at("in.bias").to_vector());
  EXPECT_NE(after.at("norm.bias").to_vector(), before.at("norm.bias").to_vector());
}

TEST(Module, AFileBringsAllParametersAndBuffersBack) {
  Generator g(6);
  Net net(g), other(g);
  net.to(Dtype::f64);
  other.to(Dtype::f64);
  net.norm(net.in(Variable(pattern({4, 3}))));  // moves the running statistics
  const test::TemporaryFolder folder;
  net.save(folder.file("net.safetensors"));
  other.load(folder.file("net.safetensors"));
  const auto expected = net.state_dict(), actual = other.state_dict();
  ASSERT_EQ(actual.size(), 6u);
  for (const auto& [name, value] : actual) EXPECT_EQ(value.to_vector(), expected.at(name).to_vector()) << name;
  EXPECT_THROW(other.load(folder.file("none.safetensors")), IoError);
}

TEST(Module, AStateDictIsACopyThatIsCastWhereItIsLoaded) {
  Generator g(7);
  Net net(g);
  auto state = net.state_dict();
  fill(state.at("in.bias"), 5);
  EXPECT_NE(net.in.bias().value().at({0}), 5);
  state.at("in.bias") = tensor({1, 2, 3}, Dtype::f64);
  net.load_state_dict(state);
  EXPECT_EQ(net.in.bias().dtype(), Dtype::f32);
  expect_values(net.in.bias().value(), {1, 2, 3});
  state.at("in.bias") = tensor({4, 5, 6});
  net.load_state_dict(state);
  fill(state.at("in.bias"), 5);
  expect_values(net.in.bias().value(), {4, 5, 6});
}

TEST(Module, AStateThatDoesNotFitIsNamedInFullAndChangesNothing) {
  Generator g(8);
  Net net(g);
  const auto before = net.state_dict();
  const auto expect_unchanged = [&] {
    for (const auto& [name, value] : net.state_dict())
      EXPECT_EQ(value.to_vector(), before.at(name).to_vector()) << name;
  };
  auto state = before;
  for (auto& [name, value] : state) value = full_like(value, 3);

  auto renamed = state;
  renamed.erase("in.bias");
  renamed.erase("norm.running_var");
  renamed.emplace("in.biass", zeros({3}));
  renamed.emplace("new\x1b[2J", zeros({3}));
  EXPECT_EQ(message_of<ValueError>([&] { net.load_state_dict(renamed); }),
            R"(load_state_dict: missing: in.bias, norm.running_var; unknown: in.biass, new\x1b[2J)");
  expect_unchanged();

  auto undefined = state;
  undefined.at("in.bias") = Tensor();
  EXPECT_EQ(message_of<ValueError>([&] { net.load_state_dict(undefined); }),
            "load_state_dict: missing: in.bias; unknown: nothing");
  expect_unchanged();

  auto misshapen = state;
  misshapen.at("in.bias") = zeros({4});
  misshapen.at("tied") = zeros({3, 2});
  EXPECT_EQ(message_of<ShapeError>([&] { net.load_state_dict(misshapen); }),
            "load_state_dict: tied has shape (3, 2), expected (3, 3), in.bias has shape (4,), expected (3,)");
  expect_unchanged();

  auto mistyped = state;
  mistyped.at("in.bias") = zeros({3}, Dtype::i64);
  EXPECT_EQ(message_of<DtypeError>([&] { net.load_state_dict(mistyped); }),
            "load_state_dict: in.bias is i64, expected f32");
  expect_unchanged();
}

TEST(Module, LoadsAStateMadeOfItsOwnValuesInAnotherOrder) {
  nn::LayerNorm norm(2);
  const std::map<std::string, Tensor> swapped{{"weight", norm.parameters()[1].value()},
                                              {"bias", norm.parameters()[0].value()}};
  norm.load_state_dict(swapped);
  expect_values(norm.state_dict().at("weight"), {0, 0});
  expect_values(norm.state_dict().at("bias"), {1, 1});
}

TEST(Module, SummaryListsLayersShapesAndCounts) {
  Generator g(10);
  nn::Sequential net;
  net.emplace<nn::Linear>(64, 100, g);
  net.emplace<nn::ReLU>();
  net.emplace<nn::Linear>(100, 10, g, false);
  EXPECT_EQ(net.summary(),
            "name    layer                     parameters                     count\n"
            "(root)  Sequential\n"
            "0       Linear(64, 100)           weight (100, 64), bias (100,)   6500\n"
            "1       ReLU\n"
            "2       Linear(100, 10, no bias)  weight (10, 100)                1000\n"
            "total parameters: 7500\n");
}

TEST(Module, SummaryCountsTiedParametersOnceInTheTotal) {
  Generator g(11);
  Net net(g);
  EXPECT_NE(net.summary().find("total parameters: 18\n"), std::string::npos);
}

TEST(Module, SummarySaysHowManyParametersAreTrainedIfSomeAreFrozen) {
  Generator g(12);
  nn::Sequential net;
  net.emplace<nn::Linear>(4, 8, g).freeze();
  net.emplace<nn::Linear>(8, 2, g);
  EXPECT_NE(net.summary().find("total parameters: 58, trained: 18\n"), std::string::npos);
}

}  // namespace
}  // namespace cadena

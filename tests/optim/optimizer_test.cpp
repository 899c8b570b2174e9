#include "optim/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/parallel.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/views.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Variable weights(std::initializer_list<double> values, Dtype dtype = Dtype::f64) {
  return parameter(tensor(values, dtype));
}
Variable constant(std::initializer_list<double> values, Dtype dtype = Dtype::f64) {
  return Variable(tensor(values, dtype));
}

/// \f$ (1 - x)^2 + 100 (y - x^2)^2 \f$, whose minimum 0 lies at (1, 1) in a bent valley.
Variable rosenbrock(const Variable& x, const Variable& y) {
  const Variable a = 1.0 - x;
  const Variable b = y - x * x;
  return a * a + 100.0 * b * b;
}

/// Steps from (-1.2, 1) until `steps` are done; the largest distance of a coordinate from its minimum 1.
double distance_after(int steps, const std::function<std::unique_ptr<Optimizer>(std::vector<Variable>)>& make) {
  const Variable x = parameter(tensor(-1.2, Dtype::f64));
  const Variable y = parameter(tensor(1.0, Dtype::f64));
  const auto optimizer = make({x, y});
  for (int i = 0; i < steps; ++i) optimizer->step(grad(rosenbrock(x, y), {x, y}));
  const double distance = std::max(std::abs(x.item() - 1), std::abs(y.item() - 1));
  return std::isnan(distance) ? kInf : distance;
}

TEST(Optimizer, FindsTheMinimumOfRosenbrocksValley) {
  EXPECT_LT(distance_after(20000, [](auto p) { return std::make_unique<Sgd>(p, Sgd::Options{.learning_rate = 1e-3}); }),
            1e-2);
  EXPECT_LT(distance_after(5000,
                           [](auto p) {
                             return std::make_unique<Sgd>(
                                 p, Sgd::Options{.learning_rate = 1e-3, .momentum = 0.9, .nesterov = true});
                           }),
            1e-3);
  EXPECT_LT(distance_after(
                10000, [](auto p) { return std::make_unique<RmsProp>(p, RmsProp::Options{.learning_rate = 1e-3}); }),
            2e-2);
  EXPECT_LT(distance_after(20000,
                           [](auto p) { return std::make_unique<Adagrad>(p, Adagrad::Options{.learning_rate = 0.5}); }),
            1e-2);
  EXPECT_LT(
      distance_after(5000, [](auto p) { return std::make_unique<Adam>(p, Adam::Options{.learning_rate = 0.02}); }),
      1e-3);
}

TEST(Optimizer, StepsInPlaceSoThatEveryCopyOfAParameterSeesIt) {
  const Variable w = weights({1, 2});
  const Variable copy_of_w = w;
  const Tensor values = w.value();
  const Tensor view = flip(values);
  const auto version = values.version();
  Sgd optimizer({w}, {.learning_rate = 0.5});
  optimizer.step(std::vector{constant({1, 4})});
  EXPECT_EQ(copy_of_w.value().to_vector(), (std::vector<double>{0.5, 0}));
  EXPECT_EQ(values.to_vector(), (std::vector<double>{0.5, 0}));
  EXPECT_EQ(view.to_vector(), (std::vector<double>{0, 0.5}));
  EXPECT_TRUE(copy_of_w.value().is_same(values));
  EXPECT_GT(values.version(), version);
}

TEST(Optimizer, MakesBackwardThroughAnOlderGraphThrowInsteadOfUsingNewWeights) {
  const Variable w = weights({3});
  const Variable loss = w * w;
  Sgd optimizer({w}, {.learning_rate = 0.5});
  optimizer.step(std::vector{constant({1})});
  EXPECT_THROW(loss.backward(), GradError);
}

TEST(Optimizer, SkipsAParameterWithoutGradientAndItsWeightDecay) {
  const Variable a = weights({1});
  const Variable b = weights({1});
  Adam optimizer({a, b}, {.learning_rate = 0.1, .weight_decay = 0.5});
  (a * a).backward();
  optimizer.step();
  EXPECT_NE(a.value().item(), 1);
  EXPECT_EQ(b.value().item(), 1);
  const StateDict state = optimizer.state_dict();
  EXPECT_EQ(state.at("parameter.0.steps").item(), 1);
  EXPECT_EQ(state.at("parameter.1.steps").item(), 0);
  EXPECT_FALSE(state.contains("parameter.1.first_moment"));
}

TEST(Optimizer, ForgetsGradientsOnZeroGrad) {
  const Variable w = weights({1});
  Sgd optimizer({w}, {.learning_rate = 0.1});
  (w * w).backward();
  EXPECT_TRUE(w.grad().defined());
  optimizer.zero_grad();
  EXPECT_FALSE(w.grad().defined());
  optimizer.step();
  EXPECT_EQ(w.item(), 1);
}

TEST(Optimizer, TakesGradientsThatAreTheParametersThemselves) {
  // Both gradients are meant as they were before the step, in whatever order the weights are written.
  const Variable a = weights({1, 2, 3});
  const Variable b = weights({10, 20, 30});
  Sgd optimizer({a, b}, {.learning_rate = 1});
  optimizer.step(std::vector{Variable(flip(a.value())), Variable(a.value())});
  EXPECT_EQ(a.value().to_vector(), (std::vector<double>{-2, 0, 2}));
  EXPECT_EQ(b.value().to_vector(), (std::vector<double>{9, 18, 27}));
}

TEST(Optimizer, StepsStridedParametersAlongStridedGradients) {
  const Variable w = parameter(transpose(from_values(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}, Dtype::f64)));
  const Variable dense = parameter(copy(w.value()));
  const Variable g(transpose(from_values(std::vector<double>{6, 5, 4, 3, 2, 1}, {3, 2}, Dtype::f64)));
  Adam strided({w}, {.learning_rate = 0.1});
  Adam contiguous({dense}, {.learning_rate = 0.1});
  for (int i = 0; i < 3; ++i) {
    strided.step(std::vector{g});
    contiguous.step(std::vector{Variable(copy(g.value()))});
  }
  EXPECT_EQ(w.value().to_vector(), dense.value().to_vector());
}

TEST(Optimizer, GivesTheSameWeightsForAnyNumberOfThreads) {
  std::vector<std::vector<double>> results;
  const int before = cpu::num_threads();
  for (int threads : {1, 3}) {
    cpu::set_num_threads(threads);
    Generator g(7);
    const Variable w = parameter(normal(g, {100003}));
    Adam optimizer({w}, {.learning_rate = 0.1, .amsgrad = true});
    for (int i = 0; i < 3; ++i) optimizer.step(std::vector{Variable(normal(g, {100003}))});
    results.push_back(w.value().to_vector());
  }
  cpu::set_num_threads(before);
  EXPECT_EQ(results[0], results[1]);
}

TEST(Optimizer, LetsANanGradientReachItsOwnWeightAndNoOther) {
  const std::function<std::unique_ptr<Optimizer>(std::vector<Variable>)> makers[] = {
      [](auto p) { return std::make_unique<Sgd>(p, Sgd::Options{.momentum = 0.9}); },
      [](auto p) { return std::make_unique<RmsProp>(p, RmsProp::Options{.centered = true}); },
      [](auto p) { return std::make_unique<Adagrad>(p); },
      [](auto p) { return std::make_unique<Adam>(p, Adam::Options{.amsgrad = true}); },
      [](auto p) { return std::make_unique<AdamW>(p); },
  };
  for (const auto& make : makers) {
    const Variable w = weights({1, 1, 1});
    const auto optimizer = make({w});
    optimizer->step(std::vector{constant({1, kNan, 1})});
    optimizer->step(std::vector{constant({1, 1, 1})});
    EXPECT_TRUE(std::isfinite(w.value().at({0})));
    EXPECT_TRUE(std::isnan(w.value().at({1})));
    EXPECT_EQ(w.value().at({0}), w.value().at({2}));
  }
}

TEST(RmsProp, CountsAVarianceThatRoundingMadeNegativeAsZero) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    const Variable w = weights({1, 1, 1, 1}, dtype);
    RmsProp optimizer({w}, {.learning_rate = 1e-6, .alpha = 0.9, .eps = 1e-3, .centered = true});
    const std::vector<Variable> same{constant({0.1, 0.3, 0.7, 1.1}, dtype)};
    for (int i = 0; i < 1000; ++i) optimizer.step(same);
    for (double x : w.value().to_vector()) EXPECT_TRUE(std::isfinite(x)) << to_string(dtype);
  }
}

TEST(Optimizer, AddsUpStepsBelowTheRoundingOfBf16) {
  // 1 - 2^-8 is the next number below 1: steps of 2^-12 are lost one by one, and sixteen of them are not.
  const Variable w = weights({1}, Dtype::bf16);
  Sgd optimizer({w}, {.learning_rate = 1});
  for (int i = 0; i < 7; ++i) optimizer.step(std::vector{constant({0x1p-12}, Dtype::bf16)});
  EXPECT_EQ(w.item(), 1);
  for (int i = 0; i < 9; ++i) optimizer.step(std::vector{constant({0x1p-12}, Dtype::bf16)});
  EXPECT_EQ(w.item(), 1 - 0x1p-8);
  EXPECT_EQ(optimizer.state_dict().at("parameter.0.master").dtype(), Dtype::f32);
}

TEST(Optimizer, StartsFromHalfWeightsThatSomebodyElseWrote) {
  const Variable w = weights({1, 1}, Dtype::bf16);
  Sgd optimizer({w}, {.learning_rate = 1});
  optimizer.step(std::vector{constant({0.25, 0x1p-12}, Dtype::bf16)});
  copy_into(w.value(), tensor({8, 1}, Dtype::bf16));
  optimizer.step(std::vector{constant({0.25, 0x1p-12}, Dtype::bf16)});
  EXPECT_EQ(optimizer.state_dict().at("parameter.0.master").to_vector(), (std::vector<double>{7.75, 1 - 0x1p-11}));
  EXPECT_EQ(w.value().at({0}), 7.75);
}

TEST(Optimizer, ChangesNothingWhereItThrows) {
  const Variable a = weights({1});
  const Variable b = weights({1, 2});
  Sgd optimizer({a, b}, {.learning_rate = 0.1, .momentum = 0.5});
  EXPECT_THAT(
      [&] {
        optimizer.step(std::vector{constant({1}), constant({1})});
      },
      ThrowsMessage<ShapeError>("Sgd: gradient 1 has shape (1,), its parameter has (2,)"));
  EXPECT_THAT([&] { optimizer.step(std::vector{constant({1})}); },
              ThrowsMessage<ShapeError>("Sgd: got 1 gradients for 2 parameters"));
  EXPECT_THROW(optimizer.step(std::vector{constant({1}), constant({1, 2}, Dtype::i64)}), DtypeError);
  EXPECT_EQ(a.item(), 1);
  const Variable loss = a * a;
  EXPECT_THROW(optimizer.step(std::vector{constant({1}), constant({1})}), ShapeError);
  EXPECT_NO_THROW(loss.backward()) << "the weights it was computed from are still there";
  EXPECT_EQ(optimizer.state_dict().at("parameter.0.steps").item(), 0);

  const Variable wide = parameter(broadcast_to(tensor(1.0), {3}));
  Sgd overlapping({a, wide}, {.learning_rate = 0.1});
  EXPECT_THROW(overlapping.step(std::vector{constant({1}), constant({1, 1, 1})}), Error);
  EXPECT_EQ(a.item(), 1);
}

TEST(Optimizer, NoticesAParameterThatGotAnotherShapeOrDtype) {
  const Variable w = weights({1, 2});
  Adam optimizer({w});
  optimizer.step(std::vector{constant({1, 1})});
  w.set_value(tensor({1, 2, 3}, Dtype::f64));
  EXPECT_THROW(optimizer.step(std::vector{constant({1, 1, 1})}), ShapeError);
  w.set_value(tensor({1, 2}, Dtype::f32));
  EXPECT_THROW(optimizer.step(std::vector{constant({1, 1})}), DtypeError);
}

TEST(Optimizer, NoticesAParameterThatMovedBeforeItStepsAnyOther) {
  const Variable a = weights({1}), b = weights({1});
  Sgd optimizer({a, b}, {.learning_rate = 0.1, .momentum = 0.5});
  optimizer.step(std::vector{constant({1}), constant({1})});
  const double before = a.item();
  b.set_value(to(b.value(), Device::cuda()));
  const Variable moved(to(constant({1}).value(), Device::cuda()));
  EXPECT_THAT(
      [&] {
        optimizer.step(std::vector{constant({1}), moved});
      },
      ThrowsMessage<DeviceError>(HasSubstr("Sgd: parameter 1 is on cuda:0")));
  EXPECT_EQ(a.item(), before);
  EXPECT_EQ(optimizer.state_dict().at("parameter.0.steps").item(), 1);
}

TEST(Optimizer, RefusesParametersItCannotStep) {
  const Variable w = weights({1});
  EXPECT_THAT([] { Sgd(std::vector<Variable>{}); }, ThrowsMessage<ValueError>("Sgd: there is no parameter"));
  EXPECT_THAT([&] { Sgd({w, w}); }, ThrowsMessage<ValueError>("Sgd: parameter 1 of shape (1,) is there twice"));
  EXPECT_THAT([&] { Sgd({w, w * w}); }, ThrowsMessage<ValueError>(HasSubstr("is a computed variable")));
  EXPECT_THAT([&] { Sgd({constant({1})}); }, ThrowsMessage<ValueError>(HasSubstr("is a constant")));
  EXPECT_THAT([&] { Sgd({Variable()}); }, ThrowsMessage<ValueError>("Sgd: parameter 0 is undefined"));
}

TEST(Optimizer, RefusesOptionsOutOfRangeNamingThem) {
  const std::vector<Variable> p{weights({1})};
  EXPECT_THAT([&] { Sgd(p, {.learning_rate = -1}); },
              ThrowsMessage<ValueError>("Sgd: learning_rate is -1, expected 0 or more"));
  EXPECT_THAT([&] { Adam(p, {.learning_rate = kNan}); },
              ThrowsMessage<ValueError>("Adam: learning_rate is nan, expected 0 or more"));
  EXPECT_THAT([&] { AdamW(p, {.weight_decay = kInf}); },
              ThrowsMessage<ValueError>("AdamW: weight_decay is inf, expected 0 or more"));
  EXPECT_THAT([&] { Sgd(p, {.momentum = -0.1}); },
              ThrowsMessage<ValueError>("Sgd: momentum is -0.1, expected 0 or more"));
  EXPECT_THROW(Sgd(p, {.dampening = kNan}), ValueError);
  EXPECT_THAT([&] { Sgd(p, {.nesterov = true}); }, ThrowsMessage<ValueError>(HasSubstr("momentum is 0")));
  EXPECT_THAT([&] { Sgd(p, {.momentum = 0.9, .dampening = 0.1, .nesterov = true}); },
              ThrowsMessage<ValueError>(HasSubstr("dampening is 0.1")));
  EXPECT_THROW(RmsProp(p, {.alpha = 1.5}), ValueError);
  EXPECT_THROW(RmsProp(p, {.eps = -1}), ValueError);
  EXPECT_THROW(RmsProp(p, {.momentum = kNan}), ValueError);
  EXPECT_THROW(Adagrad(p, {.learning_rate_decay = -1}), ValueError);
  EXPECT_THROW(Adagrad(p, {.initial_second_moment = -1}), ValueError);
  EXPECT_THROW(Adagrad(p, {.eps = -1}), ValueError);
  EXPECT_THAT([&] { Adam(p, {.beta1 = 1}); },
              ThrowsMessage<ValueError>("Adam: beta1 is 1, expected a number in [0, 1)"));
  EXPECT_THROW(Adam(p, {.beta2 = 1}), ValueError);
  EXPECT_THROW(Adam(p, {.eps = kNan}), ValueError);

  std::vector<ParameterGroup> groups(1);
  groups[0] = {.parameters = p, .momentum = 2.0};
  EXPECT_THROW(Adam{groups}, ValueError);
  EXPECT_THAT([&] { Adagrad{groups}; }, ThrowsMessage<ValueError>(HasSubstr("has no momentum")));
  Adam adam(p);
  EXPECT_THROW(adam.set_learning_rate(-1), ValueError);
  EXPECT_THROW(adam.set_learning_rate(1, 0.1), IndexError);
  EXPECT_THAT([&] { adam.learning_rate(1); }, ThrowsMessage<IndexError>(HasSubstr("Adam: there is no group 1 of 1")));
  EXPECT_THROW(adam.set_momentum(1), ValueError);
}

TEST(StateDict, NamesWhatIsMissingUnknownOrDoesNotFit) {
  const Variable w = weights({1, 2});
  Adam optimizer({w});
  optimizer.step(std::vector{constant({1, 1})});
  const StateDict good = optimizer.state_dict();
  StateDict bad = good;
  bad.erase("parameter.0.steps");
  EXPECT_THAT([&] { optimizer.load_state_dict(bad); },
              ThrowsMessage<ValueError>("Adam: the saved state has no \"parameter.0.steps\""));
  bad = good;
  bad["parameter.1.steps"] = good.at("parameter.0.steps");
  EXPECT_THAT([&] { optimizer.load_state_dict(bad); },
              ThrowsMessage<ValueError>("Adam: the saved state has an unknown \"parameter.1.steps\""));
  bad = good;
  bad["x\x1b[2J"] = good.at("parameter.0.steps");
  EXPECT_THAT([&] { optimizer.load_state_dict(bad); },
              ThrowsMessage<ValueError>(R"(Adam: the saved state has an unknown "x\x1b[2J")"));
  bad = good;
  bad["parameter.0.first_moment"] = tensor({1, 2, 3}, Dtype::f64);
  EXPECT_THROW(optimizer.load_state_dict(bad), ShapeError);
  bad["parameter.0.first_moment"] = tensor({1, 2}, Dtype::f32);
  EXPECT_THROW(optimizer.load_state_dict(bad), DtypeError);
  bad = good;
  bad["group.0.learning_rate"] = tensor(-1.0, Dtype::f64);
  EXPECT_THROW(optimizer.load_state_dict(bad), ValueError);
  bad = good;
  bad["group.0.momentum"] = tensor(1.0, Dtype::f64);
  EXPECT_THROW(optimizer.load_state_dict(bad), ValueError);
  Sgd other({w});
  EXPECT_THROW(other.load_state_dict(good), ValueError);
  Adam with_largest({w}, {.amsgrad = true});
  EXPECT_THAT([&] { with_largest.load_state_dict(good); },
              ThrowsMessage<ValueError>("Adam: the saved state has no \"parameter.0.largest_second_moment\""));
  for (const auto& [name, value] : optimizer.state_dict()) {
    EXPECT_EQ(value.to_vector(), good.at(name).to_vector()) << name << " changed by a load that threw";
  }
}

TEST(StateDict, IsLeftAloneByTheOptimizerThatLoadedIt) {
  const Variable w = weights({1, 2});
  Adam first({w}), second({w});
  first.step(std::vector{constant({1, 1})});
  const StateDict state = first.state_dict();
  const std::vector<double> moment = state.at("parameter.0.first_moment").to_vector();
  second.load_state_dict(state);
  second.step(std::vector{constant({5, 5})});
  EXPECT_EQ(state.at("parameter.0.first_moment").to_vector(), moment);
}

TEST(StateDict, LacksOnlyWhatWasNeverUsed) {
  const Variable w = weights({1, 2});
  Adam fresh({w});
  Adam({w}, {.amsgrad = true}).load_state_dict(fresh.state_dict());  // no step, no moments
  Sgd descent({w});
  descent.step(std::vector{constant({1, 1})});
  Sgd(std::vector{w}).load_state_dict(descent.state_dict());  // no momentum yet
  const Variable half = parameter(ones({2}, Dtype::f16));
  Adam mixed({half});
  mixed.step(std::vector{constant({1, 1})});
  StateDict state = mixed.state_dict();
  mixed.load_state_dict(state);
  EXPECT_EQ(state.erase("parameter.0.master"), 1u);
  EXPECT_THAT([&] { mixed.load_state_dict(state); },
              ThrowsMessage<ValueError>("Adam: the saved state has no \"parameter.0.master\""));
}

}  // namespace
}  // namespace cadena

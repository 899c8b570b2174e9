#include "nn/loss.h"

#include <array>
#include <limits>

#include "autograd/engine.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using nn::Reduction;
using support::expect_pytorch_loss;

using In = const std::vector<Variable>&;
using Constants = const std::vector<Tensor>&;

TEST(Loss, OfElementsGivesPyTorchsValuesAndGradients) {
  expect_pytorch_loss("mse", [](In x, Constants, Reduction r) { return nn::mse_loss(x.at(0), x.at(1), r); });
  expect_pytorch_loss("l1", [](In x, Constants, Reduction r) { return nn::l1_loss(x.at(0), x.at(1), r); });
  expect_pytorch_loss("huber", [](In x, Constants, Reduction r) { return nn::huber_loss(x.at(0), x.at(1), 0.7, r); });
  expect_pytorch_loss("bce_with_logits", [](In x, Constants c, Reduction r) {
    return nn::bce_with_logits_loss(x.at(0), Variable(c.at(0)), r);
  });
}

TEST(Loss, TakesTargetsThatAreData) {
  const Variable y(tensor({0.5, -2}, Dtype::f64));
  const Tensor target = tensor({1, 0}, Dtype::f64);
  const Variable same(target);
  EXPECT_EQ(nn::mse_loss(y, target).item(), nn::mse_loss(y, same).item());
  EXPECT_EQ(nn::l1_loss(y, target, nn::Reduction::sum).item(), 2.5);
  EXPECT_EQ(nn::huber_loss(y, target, 0.5).item(), nn::huber_loss(y, same, 0.5).item());
  EXPECT_EQ(nn::bce_with_logits_loss(y, target).item(), nn::bce_with_logits_loss(y, same).item());
}

TEST(Loss, OfClassesGivesPyTorchsValuesAndGradients) {
  expect_pytorch_loss("cross_entropy", [](In x, Constants c, Reduction r) {
    return nn::cross_entropy_loss(x.at(0), c.at(0), {.reduction = r});
  });
  expect_pytorch_loss("cross_entropy_smoothed", [](In x, Constants c, Reduction r) {
    return nn::cross_entropy_loss(x.at(0), c.at(0), {.reduction = r, .label_smoothing = 0.1});
  });
  expect_pytorch_loss("cross_entropy_ignoring", [](In x, Constants c, Reduction r) {
    return nn::cross_entropy_loss(x.at(0), c.at(0), {.reduction = r, .label_smoothing = 0.2});
  });
  expect_pytorch_loss("nll", [](In x, Constants c, Reduction r) { return nn::nll_loss(x.at(0), c.at(0), r); });
  expect_pytorch_loss("nll_ignoring", [](In x, Constants c, Reduction r) { return nn::nll_loss(x.at(0), c.at(0), r); });
}

TEST(Loss, OfDistributionsAndPairsGivesPyTorchsValuesAndGradients) {
  expect_pytorch_loss("kl_div", [](In x, Constants c, Reduction r) { return nn::kl_div_loss(x.at(0), c.at(0), r); });
  expect_pytorch_loss("hinge", [](In x, Constants c, Reduction r) { return nn::hinge_loss(x.at(0), c.at(0), r); });
  expect_pytorch_loss("cosine_embedding", [](In x, Constants c, Reduction r) {
    return nn::cosine_embedding_loss(x.at(0), x.at(1), c.at(0), 0.1, r);
  });
}

TEST(Loss, WithAllTargetsIgnoredIsAMeanOfNothing) {
  const Variable logits = parameter(pattern({2, 3}));
  const Tensor targets = tensor({7, 7}, Dtype::i64);
  const Variable mean = nn::cross_entropy_loss(logits, targets, {.ignore_index = 7});
  EXPECT_TRUE(std::isnan(mean.item()));
  for (const bool differentiable : {false, true}) {
    const Variable gradient = grad(mean, logits, {.differentiable = differentiable});
    expect_values(gradient.value(), std::vector<double>(6, 0.0));  // PyTorch 2.15
  }
  EXPECT_TRUE(std::isnan(nn::nll_loss(logits, targets, Reduction::mean, 7).item()));
  const Variable sum = nn::cross_entropy_loss(logits, targets, {.reduction = Reduction::sum, .ignore_index = 7});
  EXPECT_EQ(sum.item(), 0);
  expect_values(grad(sum, logits).value(), std::vector<double>(6, 0.0));
}

TEST(Loss, IgnoredRowsMayHoldAnythingInEveryDerivative) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Variable all = parameter(tensor({{kNan, 1, 2}, {0.5, -1, 2}}, Dtype::f64));
  const Variable counted = parameter(tensor({{0.5, -1, 2}}, Dtype::f64));
  const auto derivatives = [](const Variable& logits, const Tensor& targets) {
    const Variable loss = nn::cross_entropy_loss(logits, targets, {.label_smoothing = 0.1});
    const Variable once = grad(loss, logits, {.differentiable = true});
    return std::array{loss.value(), grad(loss, logits).value(), once.value(), grad(sum(square(once)), logits).value()};
  };
  const auto found = derivatives(all, tensor({-100, 1}, Dtype::i64));
  const auto expected = derivatives(counted, tensor({1}, Dtype::i64));
  expect_values(found[0], expected[0]);
  for (std::size_t order = 1; order < 4; ++order) {
    expect_values(slice(found[order], 0, {0, 1}), {0, 0, 0});
    expect_values(slice(found[order], 0, {1, 2}), expected[order]);
  }
}

TEST(Loss, OfManyElementsInF16IsTheMeanOfThem) {
  const Variable logits = parameter(zeros({70000, 2}, Dtype::f16));
  const Variable loss = nn::cross_entropy_loss(logits, zeros({70000}, Dtype::i64));
  EXPECT_NEAR(loss.item(), std::log(2.0), 1e-3);
  EXPECT_NEAR(grad(loss, logits).value().to_vector()[0], -0.5 / 70000, 1e-7);
  const Variable y = parameter(ones({70000}, Dtype::f16));
  const Variable zero(zeros({70000}, Dtype::f16));
  EXPECT_NEAR(grad(nn::mse_loss(y, zero), y).value().to_vector()[0], 2.0 / 70000, 1e-7);
  EXPECT_NEAR(grad(nn::l1_loss(y, zero), y).value().to_vector()[0], 1.0 / 70000, 1e-7);
}

TEST(Loss, OfADistributionIsZeroWhereItsTargetIs) {
  const double inf = std::numeric_limits<double>::infinity();
  const Variable l = parameter(tensor({-inf, 0}, Dtype::f64));
  const Tensor p = tensor({0, 1}, Dtype::f64);
  expect_values(nn::kl_div_loss(l, p, Reduction::none).value(), {0, 0});
  expect_values(grad(nn::kl_div_loss(l, p, Reduction::sum), l).value(), {0, -1});
}

TEST(Loss, OfLogitsStaysFiniteAndExactFarOut) {
  // t = 1 and z = 1000 lose e^-1000, which is 0; t = 1 and z = -1000 lose 1000; t = 0 and z = -40 lose e^-40
  const Variable z = parameter(tensor({1000, -1000, -40}, Dtype::f64));
  const Variable t(tensor({1, 1, 0}, Dtype::f64));
  const Variable loss = nn::bce_with_logits_loss(z, t, Reduction::none);
  expect_values(loss.value(), {0, 1000, 0});
  EXPECT_NEAR(loss.value().at({2}) / std::exp(-40.0), 1, 1e-12);
  expect_values(grad(loss, z, {.cotangent = Variable(ones({3}, Dtype::f64))}).value(), {0, -1, 0});
}

// PyTorch 1.13: cosine_embedding_loss(a, b, target, margin=-0.5, reduction="none")
TEST(Loss, CosineOfZerosIsZeroInEveryDtype) {
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::bf16, Dtype::f16}) {
    const double tolerance = size_of(dtype) == 2 ? 1e-2 : 1e-6;
    const Variable a = parameter(tensor({{0, 0, 0}, {3, 4, 0}, {0, 0, 0}}, dtype));
    const Variable b = parameter(tensor({{1, 2, 2}, {4, 3, 0}, {0, 0, 0}}, dtype));
    const Variable alike = nn::cosine_embedding_loss(a, b, ones({3}), -0.5, Reduction::none);
    const Variable unlike = nn::cosine_embedding_loss(a, b, -ones({3}), -0.5, Reduction::none);
    EXPECT_EQ(alike.dtype(), dtype);
    expect_values(alike.value(), {1, 0.04, 1}, tolerance);
    expect_values(unlike.value(), {0.5, 1.46, 0.5}, tolerance);
    const Variable ones_like_loss(ones({3}, dtype));
    expect_values(grad(unlike, b, {.cotangent = ones_like_loss}).value(), {0, 0, 0, -0.0336, 0.0448, 0, 0, 0, 0},
                  tolerance);
    if (dtype == Dtype::f16) continue;  // 10^6 does not fit
    expect_values(slice(grad(unlike, a, {.cotangent = ones_like_loss}).value(), 0, {0, 2}),
                  {333333.334, 666666.668, 666666.668, 0.0448, -0.0336, 0}, tolerance);
  }
}

TEST(Loss, CosineOfLongVectorsFitsF16) {  // their squares do not
  const Variable a(tensor({{300, 400}}, Dtype::f16)), b(tensor({{400, 300}}, Dtype::f16));
  EXPECT_NEAR(nn::cosine_embedding_loss(a, b, ones({1})).item(), 0.04, 1e-4);
}

TEST(Loss, HuberOfWhatIsInfiniteHasTheGradientOfTheLine) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Variable y = parameter(tensor({infinity, -infinity, 3.0, 0.5}, Dtype::f64));
  nn::huber_loss(y, zeros({4}, Dtype::f64), 2, nn::Reduction::sum).backward();
  EXPECT_EQ(y.grad().to_vector(), (std::vector<double>{2, -2, 2, 0.5}));
}

TEST(Loss, KeepsNaNInPredictionsAndTargets) {
  const double nan = std::nan("");
  const Variable bad(tensor({1, nan}, Dtype::f64)), good(tensor({1, 0.5}, Dtype::f64));
  EXPECT_TRUE(std::isnan(nn::mse_loss(bad, good).item()));
  EXPECT_TRUE(std::isnan(nn::huber_loss(bad, good).item()));
  EXPECT_TRUE(std::isnan(nn::bce_with_logits_loss(bad, good).item()));
  EXPECT_TRUE(std::isnan(nn::kl_div_loss(good, bad.value()).item()));
  EXPECT_TRUE(std::isnan(nn::hinge_loss(bad, ones({2})).item()));
  EXPECT_TRUE(std::isnan(nn::bce_with_logits_loss(good, bad).item()));
}

TEST(Loss, RefusesShapesThatWouldBroadcast) {
  const Variable column(zeros({4, 1})), row(zeros({4}));
  EXPECT_EQ(message_of<ShapeError>([&] { nn::mse_loss(column, row); }),
            "mse_loss: predictions of shape (4, 1) against targets of shape (4,)");
  EXPECT_THROW(nn::l1_loss(column, row), ShapeError);
  EXPECT_THROW(nn::huber_loss(column, row), ShapeError);
  EXPECT_THROW(nn::bce_with_logits_loss(column, row), ShapeError);
  EXPECT_THROW(nn::kl_div_loss(column, row.value()), ShapeError);
  EXPECT_THROW(nn::hinge_loss(column, row.value()), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([&] { nn::cosine_embedding_loss(column, column, column.value()); }),
            "cosine_embedding_loss: targets of shape (4, 1) for pairs of shape (4, 1)");
}

TEST(Loss, RefusesTargetsWithoutAMeaning) {
  const Variable y(zeros({3})), pairs(ones({3, 2}));
  EXPECT_EQ(message_of<ValueError>([&] {
              nn::hinge_loss(y, tensor({1, 0, -1}));
            }),
            "hinge_loss: a target is 0, expected -1 or 1");
  EXPECT_EQ(message_of<ValueError>([&] {
              nn::cosine_embedding_loss(pairs, pairs, tensor({1, -1, 0.5}));
            }),
            "cosine_embedding_loss: a target is 0.5, expected -1 or 1");
  EXPECT_EQ(message_of<ValueError>([&] {
              nn::bce_with_logits_loss(y, Variable(tensor({0, 1, 2})));
            }),
            "bce_with_logits_loss: a target is 2, expected a probability in [0, 1]");
  EXPECT_THROW(nn::bce_with_logits_loss(y, Variable(tensor({0, -0.5, 1}))), ValueError);
  EXPECT_THROW(nn::hinge_loss(y, tensor({1, std::nan(""), 1})), ValueError);
  EXPECT_EQ(nn::hinge_loss(y, tensor({1, -1, 1}, Dtype::i64)).item(), 1);
  EXPECT_TRUE(std::isnan(nn::hinge_loss(Variable(zeros({0})), zeros({0})).item()));  // the mean of nothing
}

TEST(Loss, RefusesTargetsThatAreNoClasses) {
  const Variable logits(zeros({2, 3}));
  EXPECT_EQ(
      message_of<ShapeError>([&] { nn::nll_loss(logits, zeros({3}, Dtype::i64)); }),
      "nll_loss: targets of shape (3,) for log-probabilities of shape (2, 3), expected that without its last axis");
  EXPECT_EQ(message_of<DtypeError>([&] { nn::nll_loss(logits, zeros({2})); }),
            "nll_loss: expected i64 targets, got f32");
  EXPECT_EQ(message_of<IndexError>([&] {
              nn::nll_loss(logits, tensor({0, -1}, Dtype::i64));
            }),
            "nll_loss: targets: index -1 is out of range for 3 classes");
  EXPECT_EQ(message_of<IndexError>([&] {
              nn::nll_loss(logits, tensor({0, 3}, Dtype::i64));
            }),
            "nll_loss: targets: index 3 is out of range for 3 classes");
  EXPECT_THROW(nn::cross_entropy_loss(logits, tensor({0, 3}, Dtype::i64)), IndexError);
  EXPECT_THROW(nn::cross_entropy_loss(logits, zeros({3}, Dtype::i64)), ShapeError);
  EXPECT_THROW(nn::huber_loss(logits, logits, 0), ValueError);
}

}  // namespace
}  // namespace cadena

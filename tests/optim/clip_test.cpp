#include "optim/clip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tests/optim/reference.h"

namespace cadena {
namespace {

using testing::ThrowsMessage;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// A parameter of zeros that `backward` left this gradient in.
Variable with_gradient(const Numbers& gradient, Dtype dtype = Dtype::f64) {
  const Shape shape{static_cast<i64>(gradient.size())};
  const Variable p = parameter(zeros(shape, dtype));
  p.backward(values(gradient, shape, dtype));
  return p;
}

Numbers gradients_of(const std::vector<Variable>& parameters) {
  Numbers all;
  for (const Variable& p : parameters) {
    if (!p.grad().defined()) continue;
    const Numbers part = p.grad().to_vector();
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

void expect_reference(const char* name, double max_norm, double p) {
  const auto& reference = optim_reference()["clip"];
  const std::vector<Numbers> parts = reference["gradients"];
  const std::vector<Numbers> expected = reference[name]["gradients"];
  const std::vector<Variable> parameters{with_gradient(parts[0]), parameter(tensor(1.0)), with_gradient(parts[1])};
  const double norm = clip_grad_norm_(parameters, max_norm, {.p = p});
  EXPECT_NEAR(norm, reference[name]["norm"].get<double>(), 1e-14 * norm) << name;
  Numbers all = expected[0];
  all.insert(all.end(), expected[1].begin(), expected[1].end());
  EXPECT_LE(largest_error(gradients_of(parameters), all), 1e-14) << name;
}

TEST(ClipGradNorm, AgreesWithPyTorch) {
  expect_reference("two", 2, 2);
  expect_reference("one", 2, 1);
  expect_reference("three", 2, 3);
  expect_reference("infinity", 2, kInf);
  expect_reference("within", 100, 2);
}

TEST(ClipGradNorm, LeavesSmallGradientsAsTheyAreToTheBit) {
  const std::vector<Variable> p{with_gradient({0.1, 0.7}, Dtype::bf16)};
  const Numbers before = gradients_of(p);
  clip_grad_norm_(p, 1);
  EXPECT_EQ(gradients_of(p), before);
}

TEST(ClipGradNorm, ScalesEveryDtypeAndExplicitGradients) {
  for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
    const std::vector<Variable> g{Variable(values({3, 4}, {2}, dtype)), Variable()};
    EXPECT_EQ(clip_norm_(g, 2.5), 5);
    EXPECT_LE(largest_error(g[0].value().to_vector(), {1.5, 2}), dtype == Dtype::f32 ? 1e-6 : 0.01);
  }
}

TEST(ClipGradNorm, SumsInF64SoThatLargeF32GradientsDoNotOverflow) {
  const std::vector<Variable> g{Variable(tensor({3e30, 4e30}, Dtype::f32))};
  EXPECT_NEAR(clip_norm_(g, 5) / 5e30, 1, 1e-6);
  EXPECT_LE(largest_error(g[0].value().to_vector(), {3, 4}), 1e-6);
}

TEST(ClipGradNorm, ShowsANanInEveryGradient) {
  const std::vector<Variable> p{with_gradient({1, kNan}), with_gradient({2})};
  for (double norm : {1.0, 2.0, 3.0, kInf}) {
    const std::vector<Variable> g{Variable(tensor({1, kNan}, Dtype::f64)), Variable(tensor({2}, Dtype::f64))};
    EXPECT_TRUE(std::isnan(clip_norm_(g, 1, {.p = norm})));
    EXPECT_TRUE(std::isnan(g[1].value().item())) << norm;
  }
  EXPECT_THAT([&] { clip_grad_norm_(p, 1, {.error_if_nonfinite = true}); },
              ThrowsMessage<ValueError>("clip_grad_norm_: the norm of the gradients is nan, expected a finite number"));
  EXPECT_EQ(p[0].grad().at({0}), 1) << "what throws leaves the gradients as they are";
}

TEST(ClipGradNorm, TurnsInfiniteGradientsIntoNanAndTheOthersIntoZero) {
  const std::vector<Variable> p{with_gradient({1, kInf})};
  EXPECT_EQ(clip_grad_norm_(p, 1), kInf);
  EXPECT_EQ(p[0].grad().at({0}), 0);
  EXPECT_TRUE(std::isnan(p[0].grad().at({1})));
  EXPECT_THROW(clip_grad_norm_(std::vector{with_gradient({kInf})}, 1, {.error_if_nonfinite = true}), ValueError);
}

TEST(ClipGradNorm, IsZeroWithoutGradients) {
  EXPECT_EQ(clip_grad_norm_(std::vector{parameter(tensor(1.0))}, 1), 0);
  EXPECT_EQ(clip_grad_norm_({}, 1), 0);
}

TEST(ClipGradNorm, RefusesBadArgumentsNamingThem) {
  EXPECT_THAT([] { clip_grad_norm_({}, -1); },
              ThrowsMessage<ValueError>("clip_grad_norm_: max_norm is -1, expected 0 or more"));
  EXPECT_THROW(clip_grad_norm_({}, kNan), ValueError);
  EXPECT_THAT([] { clip_grad_norm_({}, 1, {.p = 0}); },
              ThrowsMessage<ValueError>("clip_grad_norm_: p is 0, expected a number above 0"));
  EXPECT_THROW(clip_grad_norm_(std::vector{Variable(tensor(1.0))}, 1), GradError);
}

TEST(ClipGradValue, ClampsBothWaysAndKeepsNan) {
  const std::vector<Variable> p{with_gradient({-3, 0.5, 7, kNan, -kInf})};
  clip_grad_value_(p, 2);
  const Tensor g = p[0].grad();
  EXPECT_EQ(g.at({0}), -2);
  EXPECT_EQ(g.at({1}), 0.5);
  EXPECT_EQ(g.at({2}), 2);
  EXPECT_TRUE(std::isnan(g.at({3})));
  EXPECT_EQ(g.at({4}), -2);
  EXPECT_THAT([] { clip_grad_value_({}, -1); },
              ThrowsMessage<ValueError>("clip_grad_value_: max_value is -1, expected 0 or more"));
  EXPECT_THROW(clip_value_({}, kNan), ValueError);
}

}  // namespace
}  // namespace cadena

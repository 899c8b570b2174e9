#include "tensor/rounding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13; sign of NaN: NumPy 1.24.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor around_zero() { return tensor({-2.5, -1.5, -0.5, -0.0, 0.3, 0.5, 1.5, 2.5, 3.7}, Dtype::f64); }

TEST(Rounding, ValuesAroundZero) {
  expect_values(abs(around_zero()), {2.5, 1.5, 0.5, 0.0, 0.3, 0.5, 1.5, 2.5, 3.7}, 0);
  expect_values(sign(around_zero()), {-1, -1, -1, 0, 1, 1, 1, 1, 1}, 0);
  expect_values(floor(around_zero()), {-3, -2, -1, 0, 0, 0, 1, 2, 3}, 0);
  expect_values(ceil(around_zero()), {-2, -1, 0, 0, 1, 1, 2, 3, 4}, 0);
}

TEST(Rounding, TiesGoToTheEvenNeighbour) { expect_values(round(around_zero()), {-2, -2, 0, 0, 0, 0, 2, 2, 4}, 0); }

TEST(Rounding, AbsClearsTheSignOfZero) { EXPECT_FALSE(std::signbit(abs(tensor(-0.0)).item())); }

TEST(Rounding, InfinityAndNan) {
  const Tensor x = tensor({-kInf, kInf, kNan});
  expect_values(abs(x), {kInf, kInf, kNan});
  expect_values(sign(x), {-1, 1, kNan});
  expect_values(round(x), {-kInf, kInf, kNan});
  expect_values(floor(x), {-kInf, kInf, kNan});
  expect_values(ceil(x), {-kInf, kInf, kNan});
}

TEST(Rounding, IntegersStayAsTheyAre) {
  const Tensor x = tensor({-5, 0, 7}, Dtype::i64);
  for (const Tensor& y : {round(x), floor(x), ceil(x)}) {
    EXPECT_EQ(y.dtype(), Dtype::i64);
    expect_values(y, {-5, 0, 7}, 0);
  }
  expect_values(abs(x), {5, 0, 7}, 0);
  expect_values(sign(x), {-1, 0, 1}, 0);
  const i64 smallest[] = {std::numeric_limits<i64>::min()};
  EXPECT_EQ(*abs(from_values(smallest, {1})).data<i64>(), smallest[0]);
  expect_error<DtypeError>([] { abs(tensor({1}, Dtype::boolean)); }, "abs");
}

TEST(Rounding, ClampKeepsValuesBetweenTheBounds) {
  expect_values(clamp(around_zero(), -1, 2.5), {-1, -1, -0.5, 0, 0.3, 0.5, 1.5, 2.5, 2.5}, 0);
  expect_values(clamp_min(around_zero(), 0.4), {0.4, 0.4, 0.4, 0.4, 0.4, 0.5, 1.5, 2.5, 3.7}, 0);
  expect_values(clamp_max(around_zero(), 0), {-2.5, -1.5, -0.5, 0, 0, 0, 0, 0, 0}, 0);
  expect_values(clamp(tensor({kNan, -kInf, kInf}), 0, 1), {kNan, 0, 1}, 0);
}

TEST(Rounding, ClampWithCrossedBoundsIsTheUpperOne) {
  expect_values(clamp(tensor({kNan, 1, 5}), 2, 1), {kNan, 1, 1}, 0);
}

TEST(Rounding, ClampOfIntegersFollowsTheBounds) {
  const Tensor x = tensor({1, 2, 3}, Dtype::i64);
  EXPECT_EQ(clamp(x, 2, 2).dtype(), Dtype::i64);
  expect_values(clamp(x, 2, 2), {2, 2, 2}, 0);
  EXPECT_EQ(clamp(x, 1.5, 3).dtype(), Dtype::f32);
  expect_values(clamp(x, 1.5, 2.5), {1.5, 2, 2.5}, 0);
  EXPECT_EQ(clamp_min(x, 2).dtype(), Dtype::i64);
  expect_values(clamp_max(x, 1.5), {1, 1.5, 1.5}, 0);
}

TEST(Rounding, ClampRefusesNanBounds) {
  expect_error<ValueError>([] { clamp(tensor({1}), kNan, 2); }, "clamp: a bound is NaN");
  expect_error<ValueError>([] { clamp_max(tensor({1}), kNan); }, "clamp_max");
}

TEST(Rounding, AnyLayoutScalarsAndEmptyTensors) {
  const Tensor x = reshape(linspace(-3, 3, 24, Dtype::f64), {2, 3, 4});
  EXPECT_EQ(round(scattered(x)).to_vector(), round(x).to_vector());
  EXPECT_EQ(clamp(scattered(x), -1, 1).to_vector(), clamp(x, -1, 1).to_vector());
  EXPECT_EQ(round(tensor(2.5, Dtype::bf16)).item(), 2);
  EXPECT_EQ(clamp(zeros({0}), 0, 1).shape(), (Shape{0}));
}

}  // namespace
}  // namespace cadena

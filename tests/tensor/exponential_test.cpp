#include "tensor/exponential.h"

#include <gtest/gtest.h>

#include <limits>

#include "tensor/arithmetic.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Exponential, ExpAndLog) {
  expect_values(exp(tensor({-2.5, -0.5, 0, 0.3, 3.7}, Dtype::f64)),
                {0.0820849986238988, 0.6065306597126334, 1.0, 1.3498588075760032, 40.4473043600674});
  expect_values(log(tensor({-1, 0, 1e-12, 0.25, 2, 9}, Dtype::f64)),
                {kNan, -kInf, -27.631021115928547, -1.3862943611198906, 0.6931471805599453, 2.1972245773362196});
  expect_values(exp(tensor({-kInf, 1000, kInf, kNan})), {0, kInf, kInf, kNan});
  expect_values(log(tensor({kInf, kNan})), {kInf, kNan});
}

TEST(Exponential, Expm1AndLog1pDoNotCancelNearZero) {
  const Tensor x = tensor({1e-12, -1e-12}, Dtype::f64);  // the series: x + x^2 / 2 and x - x^2 / 2
  expect_values(expm1(x) * 1e12, {1.0000000000005, -0.9999999999995}, 1e-15);
  expect_values(log1p(x) * 1e12, {0.9999999999995, -1.0000000000005}, 1e-15);
}

TEST(Exponential, Expm1AndLog1pElsewhere) {
  expect_values(expm1(tensor({-50, -2.5, -0.0, 0.3, 3.7}, Dtype::f64)),
                {-1, -0.9179150013761012, 0, 0.3498588075760031, 39.4473043600674});
  expect_values(log1p(tensor({-2, -1, 0, 0.25, 2, 9}, Dtype::f64)),
                {kNan, -kInf, 0, 0.22314355131420976, 1.0986122886681098, 2.302585092994046});
}

TEST(Exponential, LowPrecisionIsComputedInF32) {
  EXPECT_EQ(exp(tensor({1}, Dtype::f16)).item(), 2.71875);   // e = 2.71828, spacing 2^-9
  EXPECT_EQ(exp(tensor({1}, Dtype::bf16)).item(), 2.71875);  // spacing 2^-6
  EXPECT_EQ(log(tensor({60000}, Dtype::f16)).item(), 11.0);  // 11.0021, spacing 2^-7
  EXPECT_EQ(expm1(tensor({12}, Dtype::f16)).item(), kInf);   // 162754 > 65504
  EXPECT_EQ(exp(tensor({1}, Dtype::i64)).dtype(), Dtype::f32);
}

TEST(Exponential, AnyLayoutScalarsAndEmptyTensors) {
  const Tensor x = reshape(linspace(0.5, 4, 24, Dtype::f64), {2, 3, 4});
  EXPECT_EQ(exp(scattered(x)).to_vector(), exp(x).to_vector());
  EXPECT_EQ(log1p(scattered(x)).to_vector(), log1p(x).to_vector());
  EXPECT_EQ(exp(tensor(0)).item(), 1);
  EXPECT_EQ(log(zeros({3, 0})).shape(), (Shape{3, 0}));
}

}  // namespace
}  // namespace cadena

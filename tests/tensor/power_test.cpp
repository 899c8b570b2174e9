#include "tensor/power.h"

#include <gtest/gtest.h>

#include <limits>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor around_zero() { return tensor({-2.5, -1.5, -0.5, -0.0, 0.3, 0.5, 1.5, 2.5, 3.7}, Dtype::f64); }
Tensor from_minus_one() { return tensor({-1, 0, 1e-12, 0.25, 2, 9}, Dtype::f64); }

TEST(Power, RootsAndInverses) {
  expect_values(sqrt(from_minus_one()), {kNan, 0.0, 1e-06, 0.5, 1.4142135623730951, 3.0});
  expect_values(rsqrt(from_minus_one()), {kNan, kInf, 1000000.0, 2.0, 0.7071067811865475, 0.3333333333333333});
  expect_values(reciprocal(around_zero()), {-0.4, -0.6666666666666666, -2.0, -kInf, 3.3333333333333335, 2.0,
                                            0.6666666666666666, 0.4, 0.27027027027027023});
  expect_values(square(around_zero()), {6.25, 2.25, 0.25, 0.0, 0.09, 0.25, 2.25, 6.25, 13.690000000000001});
}

TEST(Power, TensorToTensorBroadcasts) {
  const Tensor base = reshape(around_zero(), {3, 3});
  const Tensor exponent = tensor({2, 0.5, -1}, Dtype::f64);
  const std::vector<double> expected{
      6.25, kNan, -2.0, 0.0, 0.5477225575051661, 2.0, 2.25, 1.5811388300841898, 0.27027027027027023};
  expect_values(pow(base, exponent), expected);
  expect_values(pow(scattered(base), scattered(exponent)), expected);
  expect_error<ShapeError>([&] { pow(base, tensor({1, 2})); }, "pow");
}

TEST(Power, TensorToNumber) {
  expect_values(pow(around_zero(), 3), {-15.625, -3.375, -0.125, 0, 0.027, 0.125, 3.375, 15.625, 50.653000000000006});
  expect_values(pow(from_minus_one(), -1.5), {kNan, kInf, 1e18, 8.0, 0.3535533905932738, 0.037037037037037035});
  expect_values(pow(around_zero(), 2), square(around_zero()).to_vector(), 0);
  expect_values(pow(from_minus_one(), 0.5), sqrt(from_minus_one()).to_vector(), 0);
  expect_values(pow(tensor({kNan, kInf, 0}), 0), {1, 1, 1}, 0);
}

TEST(Power, TheExponentIsNotRoundedToTheDtype) {
  // 1000 ** 0.3331 = 9.98389 in f64; with the exponent in f16 it would be 1000 ** 0.33301 = 9.97769
  EXPECT_EQ(pow(tensor({1000}, Dtype::f16), 0.3331).item(), cast(tensor({9.98389}), Dtype::f16).item());
}

TEST(Power, NumberToTensor) {
  expect_values(pow(2.0, around_zero()),
                {0.17677669529663687, 0.35355339059327373, 0.7071067811865475, 1.0, 1.2311444133449163,
                 1.4142135623730951, 2.8284271247461903, 5.656854249492381, 12.99603834169977});
}

TEST(Power, TheBaseIsNotRoundedToTheDtype) {  // NumPy 1.24: float16(float32(0.1) ** 3); with the base in f16 0.00099945
  EXPECT_EQ(pow(0.1, tensor({3}, Dtype::f16)).item(), 0.0010004043579101562);
}

TEST(Power, IntegersStayIntegers) {
  const Tensor y = pow(tensor({2, 3, -1, 0}, Dtype::i64), tensor({-1, 3, -3, -1}, Dtype::i64));
  EXPECT_EQ(y.dtype(), Dtype::i64);
  expect_values(y, {0, 27, -1, 0}, 0);
  expect_values(pow(tensor({-3, 2}, Dtype::i64), 5), {-243, 32}, 0);
  expect_values(pow(tensor({-3, 2}, Dtype::i64), 0), {1, 1}, 0);
  expect_values(pow(2, tensor({5, 0}, Dtype::i64)), {32, 1}, 0);
  expect_values(pow(tensor({1, 0}, Dtype::boolean), 2), {1, 0}, 0);
  EXPECT_EQ(pow(tensor({2}, Dtype::i64), 0.5).dtype(), Dtype::f32);
  EXPECT_EQ(square(tensor({7}, Dtype::i64)).item(), 49);
  expect_error<ValueError>([] { pow(tensor({2}, Dtype::i64), -1); }, "negative integer power");
  expect_error<DtypeError>([] { square(tensor({1}, Dtype::boolean)); }, "square");
}

TEST(Power, IntegerOverflowWrapsAround) {
  EXPECT_EQ(pow(tensor({2}, Dtype::i64), 64).item(), 0);
  EXPECT_EQ(*pow(tensor({3}, Dtype::i64), 41).data<i64>(), i64{-420491770248316829});  // 3^41 - 2 * 2^64
}

TEST(Power, TakesScalarsAndEmptyTensors) {
  EXPECT_EQ(sqrt(tensor(9)).item(), 3);
  EXPECT_EQ(pow(zeros({0, 3}), tensor({1, 2, 3})).shape(), (Shape{0, 3}));
}

TEST(Power, SquaresMasksAndIntegersAsOtherPowersDo) {
  EXPECT_EQ(pow(tensor({1, 0}, Dtype::boolean), 2).dtype(), Dtype::i64);
  EXPECT_EQ(pow(tensor({1, 0}, Dtype::boolean), 2.0).dtype(), Dtype::f32);
  EXPECT_EQ(pow(tensor({3}, Dtype::i64), 2.0).dtype(), pow(tensor({3}, Dtype::i64), 3.0).dtype());
}

}  // namespace
}  // namespace cadena

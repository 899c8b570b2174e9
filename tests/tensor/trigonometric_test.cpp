#include "tensor/trigonometric.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor around_zero() { return tensor({-2.5, -1.5, -0.5, -0.0, 0.3, 0.5, 1.5, 2.5, 3.7}, Dtype::f64); }

TEST(Trigonometric, ValuesAroundZero) {
  expect_values(sin(around_zero()),
                {-0.5984721441039564, -0.9974949866040544, -0.479425538604203, -0.0, 0.29552020666133955,
                 0.479425538604203, 0.9974949866040544, 0.5984721441039564, -0.5298361409084934});
  expect_values(cos(around_zero()),
                {-0.8011436155469337, 0.0707372016677029, 0.8775825618903728, 1.0, 0.955336489125606,
                 0.8775825618903728, 0.0707372016677029, -0.8011436155469337, -0.848100031710408});
  expect_values(tanh(around_zero()),
                {-0.9866142981514303, -0.9051482536448664, -0.46211715726000974, -0.0, 0.2913126124515909,
                 0.46211715726000974, 0.9051482536448664, 0.9866142981514303, 0.9987782412811312});
  expect_values(erf(around_zero()),
                {-0.999593047982555, -0.9661051464753108, -0.5204998778130465, -0.0, 0.3286267594591274,
                 0.5204998778130465, 0.9661051464753108, 0.999593047982555, 0.9999998328489421});
}

TEST(Trigonometric, InfinityAndNan) {
  const Tensor x = tensor({-kInf, kInf, kNan});
  expect_values(sin(x), {kNan, kNan, kNan});
  expect_values(cos(x), {kNan, kNan, kNan});
  expect_values(tanh(x), {-1, 1, kNan}, 0);
  expect_values(erf(x), {-1, 1, kNan}, 0);
}

TEST(Trigonometric, AnyLayoutDtypeScalarsAndEmptyTensors) {
  const Tensor x = reshape(linspace(-3, 3, 24, Dtype::f64), {2, 3, 4});
  EXPECT_EQ(sin(scattered(x)).to_vector(), sin(x).to_vector());
  EXPECT_EQ(tanh(scattered(x)).to_vector(), tanh(x).to_vector());
  EXPECT_EQ(erf(scattered(x)).to_vector(), erf(x).to_vector());
  EXPECT_EQ(cos(tensor(0, Dtype::bf16)).item(), 1);
  EXPECT_EQ(tanh(tensor({0.5}, Dtype::f16)).item(), 0.462158203125);  // 0.462117 to the nearest multiple of 2^-12
  EXPECT_EQ(sin(tensor({1}, Dtype::i64)).dtype(), Dtype::f32);
  EXPECT_EQ(sin(zeros({0, 3})).shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace cadena

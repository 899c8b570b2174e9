#include "tensor/arithmetic.h"

#include <gtest/gtest.h>

#include <limits>

#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tests/support/expect_values.h"

// Expected values: NumPy 1.24.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr i64 kSmallest = std::numeric_limits<i64>::min();

TEST(Arithmetic, ElementByElement) {
  const Tensor a = tensor({{1, 2}, {3, 4}});
  const Tensor b = tensor({{8, -4}, {2, 0.5}});
  expect_values(a + b, {9, -2, 5, 4.5}, 0);
  expect_values(a - b, {-7, 6, 1, 3.5}, 0);
  expect_values(a * b, {8, -8, 6, 2}, 0);
  expect_values(a / b, {0.125, -0.5, 1.5, 8}, 0);
  expect_values(-a, {-1, -2, -3, -4}, 0);
}

TEST(Arithmetic, BroadcastsFromTheLastAxis) {
  const Tensor row = tensor({1, 2, 3});
  const Tensor column = unsqueeze(tensor({10, 20}), 1);
  expect_values(column + row, {11, 12, 13, 21, 22, 23}, 0);
  EXPECT_EQ((tensor(1) + zeros({2, 0})).shape(), (Shape{2, 0}));
  expect_error<ShapeError>([] { zeros({2, 3}) + zeros({2}); }, "add");
  expect_error<ShapeError>([] { zeros({3}) * zeros({4}); }, "(3,)");
}

TEST(Arithmetic, NumbersOnEitherSide) {
  const Tensor x = tensor({1, 2, 4});
  expect_values(x + 1, {2, 3, 5}, 0);
  expect_values(1 + x, {2, 3, 5}, 0);
  expect_values(x - 1, {0, 1, 3}, 0);
  expect_values(1 - x, {0, -1, -3}, 0);
  expect_values(2 * x, {2, 4, 8}, 0);
  expect_values(x / 2, {0.5, 1, 2}, 0);
  expect_values(2 / x, {2, 1, 0.5}, 0);
}

TEST(Arithmetic, OperandsMeetInThePromotedDtype) {
  const Tensor i = tensor({1, 2}, Dtype::i64);
  EXPECT_EQ((i + i).dtype(), Dtype::i64);
  EXPECT_EQ((i + 1).dtype(), Dtype::i64);
  EXPECT_EQ((i + 0.5).dtype(), Dtype::f32);
  EXPECT_EQ((i / i).dtype(), Dtype::f32);
  EXPECT_EQ((i + tensor({1, 2}, Dtype::f16)).dtype(), Dtype::f16);
  EXPECT_EQ((tensor({1}, Dtype::f16) + tensor({1}, Dtype::bf16)).dtype(), Dtype::f32);
  EXPECT_EQ((tensor({1}, Dtype::f16) * 0.1).dtype(), Dtype::f16);
  EXPECT_EQ((tensor({1}, Dtype::boolean) + i).dtype(), Dtype::i64);
  expect_error<DtypeError>([] { tensor({1}, Dtype::boolean) + tensor({1}, Dtype::boolean); }, "add");
}

TEST(Arithmetic, DividesByZeroAsIeeeDoes) {
  expect_values(tensor({1, -1, 0}) / 0, {kInf, -kInf, kNan});
  expect_values(tensor({1, 0}, Dtype::i64) / tensor({0, 0}, Dtype::i64), {kInf, kNan});
}

TEST(Arithmetic, IntegersWrapAround) {
  const i64 values[] = {kSmallest};
  const Tensor x = from_values(values, {1});
  EXPECT_EQ(*(-x).data<i64>(), kSmallest);
  EXPECT_EQ(*(x - 1).data<i64>(), std::numeric_limits<i64>::max());
  EXPECT_EQ(*(x + x).data<i64>(), 0);
  EXPECT_EQ(*(x * 3).data<i64>(), kSmallest);
}

TEST(Arithmetic, LowPrecisionIsComputedInF32AndRoundedOnce) {
  EXPECT_EQ((tensor({2048}, Dtype::f16) + 1).item(), 2048);  // a tie, to even
  EXPECT_EQ((tensor({2048}, Dtype::f16) + 3).item(), 2052);
  EXPECT_EQ((tensor({60000}, Dtype::f16) * 2).item(), kInf);
  EXPECT_EQ((tensor({256}, Dtype::bf16) + 1).item(), 256);
}

TEST(Arithmetic, NumbersAreNotRoundedToTwoBytes) {  // f16(0.1) is 2.44e-5 below 0.1
  const Tensor x = tensor({0.1, 0.7, 3}, Dtype::f16);
  expect_values(-x + 0.1, {2.4437904357910156e-05, -0.60009765625, -2.900390625}, 0);
  expect_values(x - 0.1, {-2.4437904357910156e-05, 0.60009765625, 2.900390625}, 0);
  expect_values(0.1 - x, {2.4437904357910156e-05, -0.60009765625, -2.900390625}, 0);
  expect_values(x * 0.1, {0.0099945068359375, 0.07000732421875, 0.300048828125}, 0);
  expect_values(x / 0.1, {1, 7, 30}, 0);
  expect_values(0.1 / tensor({5}, Dtype::f16), {0.0200042724609375}, 0);
  EXPECT_EQ((x * 0.1).dtype(), Dtype::f16);
  EXPECT_EQ((tensor({1}, Dtype::bf16) - 1.001).item(), cast(tensor({-0.001}), Dtype::bf16).item());
}

TEST(Arithmetic, AnyLayoutGivesTheSame) {
  const Tensor a = reshape(linspace(-1, 1, 24, Dtype::f64), {2, 3, 4});
  const Tensor b = reshape(linspace(1, 3, 24, Dtype::f64), {2, 3, 4});
  EXPECT_EQ((scattered(a) / scattered(b)).to_vector(), (a / b).to_vector());
  EXPECT_EQ((scattered(a) - b).to_vector(), (a - b).to_vector());
  EXPECT_EQ((-scattered(a)).to_vector(), (-a).to_vector());
}

TEST(Maximum, TakesTheLargerAndKeepsNan) {
  const Tensor a = tensor({1, 5, kNan, 1, -kInf});
  const Tensor b = tensor({2, 3, 1, kNan, kInf});
  expect_values(maximum(a, b), {2, 5, kNan, kNan, kInf});
  expect_values(minimum(a, b), {1, 3, kNan, kNan, -kInf});
  expect_values(maximum(tensor({-1, 2}), 0), {0, 2});
  expect_values(minimum(tensor({-1, 2}, Dtype::i64), 0), {-1, 0});
  EXPECT_EQ(maximum(tensor({1}, Dtype::i64), 0.5).dtype(), Dtype::f32);
  expect_error<ShapeError>([] { maximum(zeros({2}), zeros({3})); }, "maximum");
  expect_error<DtypeError>([] { minimum(tensor({1}, Dtype::boolean), tensor({1}, Dtype::boolean)); }, "minimum");
}

TEST(Binary, AlignBringsOperandsToOneShapeAndDtype) {
  const auto [a, b] = align("op", tensor({1, 2}, Dtype::i64), unsqueeze(tensor({1, 2}, Dtype::bf16), 1));
  EXPECT_EQ(a.shape(), (Shape{2, 2}));
  EXPECT_EQ(b.shape(), (Shape{2, 2}));
  EXPECT_EQ(a.dtype(), Dtype::bf16);
  EXPECT_EQ(b.dtype(), Dtype::bf16);
  const auto [u, v] = align_float("op", tensor({1}, Dtype::i64), tensor({1}, Dtype::boolean));
  EXPECT_EQ(u.dtype(), Dtype::f32);
  EXPECT_EQ(v.dtype(), Dtype::f32);
  expect_error<ShapeError>([] { align("op", zeros({2}), zeros({3})); }, "op");
}

TEST(Binary, ScalarLikeMeetsTheTensor) {
  EXPECT_EQ(scalar_like(tensor({1}, Dtype::i64), 2).dtype(), Dtype::i64);
  EXPECT_EQ(scalar_like(tensor({1}, Dtype::i64), 2.5).dtype(), Dtype::f32);
  EXPECT_EQ(scalar_like(tensor({1}, Dtype::f64), 0.1).item(), 0.1);
  EXPECT_EQ(scalar_like(tensor({1}, Dtype::boolean), 2).dtype(), Dtype::i64);
}

}  // namespace
}  // namespace cadena

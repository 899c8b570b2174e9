#include "tensor/compare.h"

#include <gtest/gtest.h>

#include <limits>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

// Expected values: NumPy 1.24.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Compare, OrdersNumbersAndLeavesNanUnordered) {
  const Tensor a = tensor({1, 2, 3, kNan, kNan, kInf});
  const Tensor b = tensor({2, 2, 2, kNan, 0, kInf});
  expect_values(eq(a, b), {0, 1, 0, 0, 0, 1});
  expect_values(ne(a, b), {1, 0, 1, 1, 1, 0});
  expect_values(lt(a, b), {1, 0, 0, 0, 0, 0});
  expect_values(le(a, b), {1, 1, 0, 0, 0, 1});
  expect_values(gt(a, b), {0, 0, 1, 0, 0, 0});
  expect_values(ge(a, b), {0, 1, 1, 0, 0, 1});
  EXPECT_EQ(eq(a, b).dtype(), Dtype::boolean);
}

TEST(Compare, BroadcastsAndPromotes) {
  const Tensor column = unsqueeze(tensor({1, 2}, Dtype::i64), 1);
  const Tensor row = tensor({0.5, 1.5, 2.5}, Dtype::f64);
  expect_values(gt(column, row), {1, 0, 0, 1, 1, 0});
  EXPECT_EQ(gt(column, row).shape(), (Shape{2, 3}));
  expect_values(lt(column, 1.5), {1, 0});
  expect_values(ge(column, 2), {0, 1});
  expect_values(eq(tensor({1, 0}, Dtype::boolean), tensor({1, 1}, Dtype::boolean)), {1, 0});
  expect_error<ShapeError>([&] { lt(row, tensor({1, 2})); }, "lt: ");
}

TEST(Compare, NumbersAreNotRoundedToTwoBytes) {
  const Tensor x = tensor({0.0999755859375, 0.10003662109375}, Dtype::f16);  // the neighbours of 0.1
  expect_values(eq(x, 0.1), {0, 0});
  expect_values(ne(x, 0.1), {1, 1});
  expect_values(lt(x, 0.1), {1, 0});
  expect_values(le(x, 0.1), {1, 0});
  expect_values(gt(x, 0.1), {0, 1});
  expect_values(ge(x, 0.1), {0, 1});
}

TEST(Compare, LogicCountsEverythingButZeroAsTrue) {
  const Tensor a = tensor({kNan, 0, -0.0, 2});
  const Tensor b = tensor({1, 1, 0, 0}, Dtype::i64);
  expect_values(logical_and(a, b), {1, 0, 0, 0});
  expect_values(logical_or(a, b), {1, 1, 0, 1});
  expect_values(logical_xor(a, b), {0, 1, 0, 1});
  expect_values(logical_not(a), {0, 1, 1, 0});
}

TEST(Compare, FindsSpecialValues) {
  const Tensor x = tensor({0, kNan, kInf, -kInf});
  expect_values(isnan(x), {0, 1, 0, 0});
  expect_values(isinf(x), {0, 0, 1, 1});
  expect_values(isfinite(x), {1, 0, 0, 0});
  expect_values(isinf(cast(tensor({70000}), Dtype::f16)), {1});
  expect_values(isfinite(tensor({3}, Dtype::i64)), {1});
  expect_values(isnan(tensor({1}, Dtype::boolean)), {0});
}

TEST(Compare, AnyLayoutGivesTheSame) {
  const Tensor a = reshape(linspace(-1, 1, 24), {2, 3, 4});
  const Tensor b = reshape(linspace(1, -1, 24), {2, 3, 4});
  EXPECT_EQ(lt(scattered(a), scattered(b)).to_vector(), lt(a, b).to_vector());
  EXPECT_EQ(where(scattered(lt(a, b)), scattered(a), b).to_vector(), where(lt(a, b), a, b).to_vector());
  EXPECT_EQ(logical_and(scattered(lt(a, b)), gt(a, -0.5)).to_vector(), logical_and(lt(a, b), gt(a, -0.5)).to_vector());
}

TEST(Where, ChoosesAndBroadcasts) {
  const Tensor rows = unsqueeze(tensor({1, 0}, Dtype::boolean), 1);
  const Tensor y = where(rows, tensor({1, 2, 3}), unsqueeze(tensor({10, 20}, Dtype::f64), 1));
  EXPECT_EQ(y.dtype(), Dtype::f64);
  EXPECT_EQ(y.shape(), (Shape{2, 3}));
  expect_values(y, {1, 2, 3, 20, 20, 20});
  expect_values(where(rows, 5, unsqueeze(tensor({1, 2}), 1)), {5, 2});
  expect_values(where(rows, unsqueeze(tensor({1, 2}), 1), kNan), {1, kNan});
  for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    EXPECT_EQ(where(rows, ones({2, 1}, dtype), zeros({2, 1}, dtype)).to_vector(), (std::vector<double>{1, 0}));
  }
  EXPECT_EQ(where(tensor(1, Dtype::boolean), zeros({0, 2}), tensor(1)).shape(), (Shape{0, 2}));
}

TEST(Where, RefusesConditionsThatAreNotBool) {
  expect_error<DtypeError>([] { where(tensor({1}), tensor({1}), tensor({2})); }, "where");
  expect_error<ShapeError>([] { where(tensor({1, 0}, Dtype::boolean), tensor({1, 2, 3}), 0); }, "where");
}

TEST(AllClose, TakesBothTolerances) {
  EXPECT_TRUE(allclose(tensor({1, 1e-9}, Dtype::f64), tensor({1.000009, 0}, Dtype::f64)));
  EXPECT_FALSE(allclose(tensor({1.0}, Dtype::f64), tensor({1.00002}, Dtype::f64)));
  EXPECT_TRUE(allclose(tensor({1}), tensor({1.5}), 0, 0.5));
  EXPECT_TRUE(allclose(zeros({0}), zeros({0})));
  EXPECT_TRUE(allclose(ones({2, 3}), tensor(1)));
  EXPECT_TRUE(allclose(tensor({1}, Dtype::boolean), tensor({1}, Dtype::i64)));
  EXPECT_THROW(allclose(zeros({2}), zeros({3})), ShapeError);
}

TEST(AllClose, InfinityIsCloseToItselfOnly) {
  EXPECT_TRUE(allclose(tensor({kInf, -kInf}), tensor({kInf, -kInf})));
  EXPECT_FALSE(allclose(tensor({kInf}), tensor({-kInf})));
  EXPECT_FALSE(allclose(tensor({1}), tensor({kInf})));
  EXPECT_FALSE(allclose(tensor({kInf}), tensor({1})));
}

TEST(AllClose, NanIsCloseOnlyWhereAskedFor) {
  EXPECT_FALSE(allclose(tensor({kNan}), tensor({kNan})));
  EXPECT_TRUE(allclose(tensor({kNan, 1}), tensor({kNan, 1}), {.equal_nan = true}));
  EXPECT_FALSE(allclose(tensor({kNan}), tensor({1}), {.equal_nan = true}));
}

TEST(ArrayEqual, ComparesShapesAndValues) {
  EXPECT_TRUE(array_equal(tensor({1, 2}), tensor({1, 2}, Dtype::i64)));
  EXPECT_FALSE(array_equal(tensor({1, 2}), tensor({1, 3})));
  EXPECT_FALSE(array_equal(ones({2}), ones({2, 1})));
  EXPECT_TRUE(array_equal(zeros({0, 2}), zeros({0, 2})));
  EXPECT_FALSE(array_equal(tensor({2049}, Dtype::i64), tensor({2048}, Dtype::f16)));  // which is its nearest f16
  EXPECT_FALSE(array_equal(tensor({(1 << 24) + 1}, Dtype::i64), tensor({1 << 24})));
  EXPECT_FALSE(array_equal(tensor({kNan}), tensor({kNan})));
  EXPECT_TRUE(array_equal(tensor({kNan, 0}), tensor({kNan, -0.0}), true));
  EXPECT_FALSE(array_equal(tensor({kNan}), tensor({0}), true));
}

}  // namespace
}  // namespace cadena

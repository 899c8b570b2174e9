#include "tensor/scan.h"

#include <limits>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 (cumsum).
namespace cadena {
namespace {

TEST(CumSum, RunsAlongAnyAxis) {
  const Tensor x = tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64);
  expect_values(cumsum(x, 1), {3, 2, 4, 0.5, 4.5, 2});
  expect_values(cumsum(x, 0), {3, -1, 2, 3.5, 3, -0.5});
  expect_values(cumsum(scattered(x), -1), {3, 2, 4, 0.5, 4.5, 2});
  expect_values(cumsum(tensor({1, 0, 1}, Dtype::boolean), 0), {1, 1, 2});
  EXPECT_EQ(cumsum(tensor({1, 0}, Dtype::boolean), 0).dtype(), Dtype::i64);
  EXPECT_EQ(cumsum(zeros({2, 0}), 1).shape(), (Shape{2, 0}));
  expect_error<ShapeError>([&] { cumsum(x, 2); }, "cumsum");
}

TEST(CumSum, DoesNotDriftInF32) {
  const Tensor y = cumsum(broadcast_to(tensor(0.1), {1 << 20}), 0);
  expect_values(select(y, 0, -1), {104857.6}, 1e-6);
}

TEST(CumSum, OfIntegersWrapsAround) {
  constexpr i64 kMost = std::numeric_limits<i64>::max();
  const Tensor y = cumsum(full({3}, kMost, Dtype::i64), 0);
  EXPECT_EQ(y.data<i64>()[1], -2);
  EXPECT_EQ(y.data<i64>()[2], kMost - 2);
}

TEST(ExclusiveProd, MultipliesAllOthersAlsoWhereSomeAreZero) {
  const Tensor x = tensor({{2, 3, 4}, {2, 0, 4}, {0, 3, 0}}, Dtype::f64);
  expect_values(exclusive_prod(x), {12, 8, 6, 0, 8, 0, 0, 0, 0}, 0);
  expect_values(exclusive_prod(scattered(x)), {12, 8, 6, 0, 8, 0, 0, 0, 0}, 0);
  expect_values(exclusive_prod(cast(x, Dtype::i64)), {12, 8, 6, 0, 8, 0, 0, 0, 0}, 0);
  expect_values(exclusive_prod(tensor({{5}, {0}})), {1, 1}, 0);
  EXPECT_EQ(exclusive_prod(zeros({2, 0})).shape(), (Shape{2, 0}));
  const Tensor large = full({3}, i64{1} << 40, Dtype::i64);  // 2^80 is 0 modulo 2^64
  expect_values(exclusive_prod(large), {0, 0, 0}, 0);
  expect_error<ShapeError>([] { exclusive_prod(tensor(1)); }, "exclusive_prod");
  expect_error<DtypeError>([] { exclusive_prod(ones({2}, Dtype::boolean)); }, "exclusive_prod");
}

}  // namespace
}  // namespace cadena

#include "tensor/linear.h"

#include <array>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/matmul.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Linear, AgreesWithPyTorch) {
  // PyTorch 1.13, torch.nn.functional.linear.
  const std::vector<double> expected = {-2.3125, -3.125, -0.375, -1.1875, 0.5, 1.375, -4.875, -4};
  const Tensor x = pattern({2, 3}), w = pattern({4, 3}, 5), b = pattern({4}, 3);
  expect_values(linear(x, w, b), expected);
  expect_values(linear(scattered(x), scattered(w), scattered(b)), expected);
  for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
    const Tensor y = linear(cast(x, dtype), cast(w, dtype), cast(b, dtype));
    EXPECT_EQ(y.dtype(), dtype);
    expect_values(y, expected, 8e-3);
  }
}

TEST(Linear, IsAProductPlusABroadcastBiasForAnyExtents) {
  for (const auto& [m, k, n] : {std::array<i64, 3>{1, 1, 1}, {300, 5, 131}, {3, 200, 257}, {129, 1, 2}, {2, 0, 3}}) {
    const Tensor x = pattern({m, k}), w = pattern({n, k}, 5), b = pattern({n}, 3);
    EXPECT_EQ(linear(x, w, b).to_vector(), add(matmul(x, transpose(w)), b).to_vector());
    EXPECT_EQ(linear(x, w).to_vector(), matmul(x, transpose(w)).to_vector());
  }
}

TEST(Linear, KeepsLeadingAxes) {
  EXPECT_EQ(linear(zeros({2, 5, 3}), zeros({4, 3}), zeros({4})).shape(), (Shape{2, 5, 4}));
  EXPECT_EQ(linear(zeros({3}), zeros({4, 3})).shape(), (Shape{4}));
  EXPECT_EQ(linear(zeros({0, 3}), zeros({4, 3})).shape(), (Shape{0, 4}));
}

TEST(Linear, DoesNotDependOnTheNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor x = pattern({260, 90}, 11, Dtype::f32), w = pattern({300, 90}, 5, Dtype::f32);
  cpu::set_num_threads(1);
  const std::vector<double> one = linear(x, w).to_vector();
  cpu::set_num_threads(3);
  EXPECT_EQ(linear(x, w).to_vector(), one);
  cpu::set_num_threads(before);
}

TEST(Linear, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(zeros({2, 3}), zeros({4, 5}));
            }),
            "linear: input (2, 3) does not fit weight (out, in) = (4, 5)");
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(zeros({2, 3}), zeros({4, 3}), zeros({3}));
            }),
            "linear: expected a bias of shape (4,), got (3,)");
  EXPECT_THROW(linear(zeros({2, 3}), zeros({2, 4, 3})), ShapeError);
}

}  // namespace
}  // namespace cadena

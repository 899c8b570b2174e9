#include "tensor/matmul.h"

#include <array>
#include <cmath>

#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

/// The product of two matrices by its definition.
std::vector<double> by_definition(const Tensor& a, const Tensor& b) {
  std::vector<double> y;
  for (i64 i = 0; i < a.size(0); ++i) {
    for (i64 j = 0; j < b.size(1); ++j) {
      double total = 0;
      for (i64 k = 0; k < a.size(1); ++k) total += a.at({i, k}) * b.at({k, j});
      y.push_back(total);
    }
  }
  return y;
}

TEST(MatMul, MultipliesMatricesOfOddExtents) {
  // More rows and columns than one thread's block, and shapes off every vector width. Quarters are exact in f64.
  for (const auto& [m, k, n] :
       {std::array<i64, 3>{1, 1, 1}, {3, 5, 7}, {131, 17, 9}, {1, 64, 33}, {70, 1, 2}, {130, 3, 259}}) {
    const Tensor a = pattern({m, k}), b = pattern({k, n}, 5);
    const std::vector<double> expected = by_definition(a, b);
    EXPECT_EQ(matmul(a, b).to_vector(), expected);
    EXPECT_EQ(matmul(scattered(a), b).to_vector(), expected);
    EXPECT_EQ(matmul(a, scattered(b)).to_vector(), expected);
    EXPECT_EQ(matmul(scattered(a), scattered(b)).to_vector(), expected);
    EXPECT_EQ(matmul(transpose(contiguous(transpose(a))), flip(contiguous(flip(b)))).to_vector(), expected);
  }
}

TEST(MatMul, BroadcastsLeadingAxes) {
  const Tensor a = pattern({2, 1, 3, 4}), b = pattern({5, 4, 2}, 5);
  const Tensor y = matmul(a, b);
  ASSERT_EQ(y.shape(), (Shape{2, 5, 3, 2}));
  for (i64 i = 0; i < 2; ++i) {
    for (i64 j = 0; j < 5; ++j) {
      EXPECT_EQ(select(select(y, 0, i), 0, j).to_vector(),
                by_definition(select(select(a, 0, i), 0, 0), select(b, 0, j)));
    }
  }
}

TEST(MatMul, ReadsBroadcastViews) {
  const Tensor ones_row = broadcast_to(pattern({1, 4}), {3, 4}), column = broadcast_to(pattern({4, 1}, 5), {4, 2});
  EXPECT_EQ(matmul(ones_row, column).to_vector(), by_definition(contiguous(ones_row), contiguous(column)));
}

TEST(MatMul, AVectorIsARowOnTheLeftAndAColumnOnTheRight) {
  const Tensor a = tensor({{1, 2, 3}, {4, 5, 6}}), u = tensor({1, -1}), v = tensor({1, 0, 2});
  expect_values(matmul(u, a), {-3, -3, -3});
  expect_values(matmul(a, v), {7, 16});
  EXPECT_EQ(matmul(v, v).shape(), Shape{});
  EXPECT_EQ(matmul(v, v).item(), 5);
  EXPECT_EQ(matmul(zeros({4, 2, 3}), v).shape(), (Shape{4, 2}));
  EXPECT_EQ(matmul(u, zeros({4, 2, 3})).shape(), (Shape{4, 3}));
}

TEST(MatMul, TheEmptySumIsZero) {
  EXPECT_EQ(matmul(zeros({2, 0}), zeros({0, 3})).to_vector(), std::vector<double>(6, 0.0));
  EXPECT_EQ(matmul(zeros({0, 2}), zeros({2, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(matmul(zeros({0, 2, 3}), zeros({3, 2})).shape(), (Shape{0, 2, 2}));
}

TEST(MatMul, AccumulatesTwoByteTypesInF32) {
  // 3,000 ones: bf16 alone would stop at 256, f16 at 2,048.
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    const Tensor y = matmul(ones({1, 3000}, dtype), ones({3000, 1}, dtype));
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_NEAR(y.item(), 3000, 8);
  }
}

TEST(MatMul, OperandsMeetInTheirPromotedDtype) {
  EXPECT_EQ(matmul(eye(2, 2, Dtype::f16), eye(2, 2, Dtype::bf16)).dtype(), Dtype::f32);
  EXPECT_EQ(matmul(eye(2, 2, Dtype::f32), eye(2, 2, Dtype::f64)).dtype(), Dtype::f64);
  const Tensor large = full({1, 1}, i64{1} << 40, Dtype::i64);
  EXPECT_EQ(matmul(large, full({1, 1}, 3, Dtype::i64)).data<i64>()[0], i64{3} << 40);
  EXPECT_EQ(matmul(large, large).data<i64>()[0], 0);  // integers wrap around: 2^80 modulo 2^64
}

TEST(MatMul, NaNSpreadsAlongItsRowOnly) {
  const Tensor y = matmul(tensor({{1, std::nan("")}, {1, 2}}), ones({2, 2}));
  expect_values(y, {std::nan(""), std::nan(""), 3, 3});
}

TEST(MatMul, DoesNotDependOnTheNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor a = pattern({300, 90}, 11, Dtype::f32), b = pattern({90, 50}, 5, Dtype::f32);
  cpu::set_num_threads(1);
  const std::vector<double> one = matmul(a, b).to_vector();
  cpu::set_num_threads(3);
  EXPECT_EQ(matmul(a, b).to_vector(), one);
  cpu::set_num_threads(before);
}

TEST(MatMul, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              matmul(zeros({3, 4}), zeros({5, 6}));
            }),
            "matmul: inner dimensions differ: (3, 4) x (5, 6)");
  EXPECT_THROW(matmul(tensor(1.0), zeros({2})), ShapeError);
  EXPECT_THROW(matmul(zeros({2, 3, 4}), zeros({5, 4, 3})), ShapeError);
  EXPECT_THROW(matmul(zeros({2, 2}, Dtype::boolean), zeros({2, 2}, Dtype::boolean)), DtypeError);
}

}  // namespace
}  // namespace cadena

#include "tensor/factories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/extremum.h"
#include "tensor/indexing.h"
#include "tensor/join.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/sort.h"
#include "tensor/views.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

TEST(Factories, FillEveryDtype) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    EXPECT_EQ(zeros({2}, dtype).to_vector(), (Values{0, 0}));
    EXPECT_EQ(ones_like(zeros({2}, dtype)).to_vector(), (Values{1, 1}));
    EXPECT_EQ(full({2}, 3, dtype).dtype(), dtype);
  }
  EXPECT_EQ(full({1}, (i64{1} << 53) + 1, Dtype::i64).data<i64>()[0], (i64{1} << 53) + 1);
  EXPECT_EQ(ones({}).item(), 1);
  EXPECT_EQ(ones({2, 0}).numel(), 0);
}

TEST(Factories, RefuseShapesThatNoMemoryHolds) {
  EXPECT_THAT([] { zeros({2, -1}); }, ThrowsMessage<ShapeError>(HasSubstr("(2, -1)")));
  EXPECT_THAT([] { zeros({i64{1} << 40, i64{1} << 40}); }, ThrowsMessage<ShapeError>(HasSubstr("does not fit")));
  EXPECT_THAT([] { zeros({0, i64{1} << 40, i64{1} << 40}); }, ThrowsMessage<ShapeError>(HasSubstr("does not fit")));
}

// 2^53 bytes fit into no address space.
TEST(Factories, WithoutMemoryNameTheOpAndTheShape) {
  const Tensor row = broadcast_to(ones({}), {1, i64{1} << 51}), column = broadcast_to(ones({}), {i64{1} << 50, 2});
  const auto expect = [](auto f, const char* op, const char* shape) {
    EXPECT_EQ(message_of<MemoryError>(f), concat(op, ": no room for shape ", shape,
                                                 " of f32: out of memory: tried to allocate 9007199254740992 bytes"));
  };
  expect([&] { return column + column; }, "add", "(1125899906842624, 2)");
  expect([&] { return exp(column); }, "exp", "(1125899906842624, 2)");
  expect([&] { return sum(broadcast_to(column, {3, column.size(0), 2}), 0); }, "sum", "(1125899906842624, 2)");
  expect([&] { return max(broadcast_to(column, {3, column.size(0), 2}), 0); }, "max", "(1125899906842624, 2)");
  expect([&] { return topk(column, 2).values; }, "topk", "(1125899906842624, 2)");
  expect([&] { return copy(row); }, "copy", "(1, 2251799813685248)");
  expect([&] { return matmul(ones({1, 1}), row); }, "matmul", "(1, 2251799813685248)");
  expect([&] { return zeros(row.shape()); }, "zeros", "(1, 2251799813685248)");
}

TEST(Factories, RefuseNumbersThatAreNoI64) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = zeros({2}, Dtype::i64), mask = ones({2}, Dtype::boolean);
  const char* expected = " is no i64, expected a number from -2^63 to 2^63 - 1";
  EXPECT_EQ(message_of<ValueError>([] { full({2}, kNan, Dtype::i64); }), concat("full: nan", expected));
  EXPECT_EQ(message_of<ValueError>([&] { full_like(x, 0x1p63); }), concat("full: 9.22337e+18", expected));
  EXPECT_EQ(message_of<ValueError>([&] { fill(x, -1e30); }), concat("fill: -1e+30", expected));
  EXPECT_EQ(message_of<ValueError>([&] { pad(x, {1}, {1}, kNan); }), concat("pad: nan", expected));
  EXPECT_EQ(message_of<ValueError>([&] { masked_fill(x, mask, kNan); }), concat("masked_fill: nan", expected));
  EXPECT_EQ(full({1}, -0x1p63, Dtype::i64).data<i64>()[0], std::numeric_limits<i64>::min());
  EXPECT_EQ(full({1}, 2.75, Dtype::i64).item(), 2);
}

TEST(TensorLiteral, ReadsNestedBraces) {
  EXPECT_EQ(tensor({1, 2, 3}).shape(), (Shape{3}));
  EXPECT_EQ(tensor({{1, 2, 3}, {4, 5, 6}}).shape(), (Shape{2, 3}));
  const Tensor x = tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}, Dtype::f64);
  EXPECT_EQ(x.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(x.to_vector(), (Values{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(tensor({{{{1.5}}}}).shape(), (Shape{1, 1, 1, 1}));
  EXPECT_EQ(tensor(7).shape(), (Shape{}));
  EXPECT_EQ(tensor({}).shape(), (Shape{0}));
  EXPECT_EQ(tensor({{}, {}}).shape(), (Shape{2, 0}));
}

TEST(TensorLiteral, RowsOfOneElementMakeAColumn) {
  const Tensor x = tensor({{1}, {3}});
  EXPECT_EQ(x.shape(), (Shape{2, 1}));
  EXPECT_EQ(x.to_vector(), (Values{1, 3}));
  EXPECT_EQ(tensor({{1}}).shape(), (Shape{1, 1}));
  EXPECT_EQ(tensor({{{1}, {2}}}).shape(), (Shape{1, 2, 1}));
}

TEST(TensorLiteral, KeepsIntegersExactly) {
  constexpr i64 kOdd = (i64{1} << 53) + 1;  // which no double is
  EXPECT_EQ(tensor({kOdd}, Dtype::i64).data<i64>()[0], kOdd);
  EXPECT_EQ(tensor({{1, -kOdd}}, Dtype::i64).data<i64>()[1], -kOdd);
  EXPECT_EQ(tensor({true, false}, Dtype::boolean).to_vector(), (Values{1, 0}));
  const Tensor x = zeros({1}, Dtype::i64);
  fill(x, kOdd);
  EXPECT_EQ(x.data<i64>()[0], kOdd);
}

TEST(TensorLiteral, RefusesNumbersThatAreNoI64) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(message_of<ValueError>([] {
              tensor({{1.5, kNan}}, Dtype::i64);
            }),
            "tensor: nan is no i64, expected a number from -2^63 to 2^63 - 1");
  EXPECT_THAT([] { tensor({1e19, 1.0}, Dtype::i64); }, ThrowsMessage<ValueError>(HasSubstr("from_values: 1e+19")));
  EXPECT_THAT([] { tensor({~std::uint64_t{0}}, Dtype::i64); }, ThrowsMessage<ValueError>(HasSubstr("1.84467e+19")));
}

TEST(TensorLiteral, RefusesRaggedBraces) {
  EXPECT_THAT([] { tensor({{1, 2}, {3}}); }, ThrowsMessage<ShapeError>(HasSubstr("rows of 2 and 1")));
  EXPECT_THAT([] { tensor({{{1, 2}}, {{3, 4}, {5, 6}}}); }, ThrowsMessage<ShapeError>(HasSubstr("rows of 1 and 2")));
  EXPECT_THAT([] { tensor({{1}, 2}); }, ThrowsMessage<ShapeError>(HasSubstr("a number stands beside a list")));
  EXPECT_THAT([] { tensor({1, {2}}); }, ThrowsMessage<ShapeError>(HasSubstr("a number stands beside a list")));
}

TEST(FromValues, WantsExactlyAsManyAsTheShapeHolds) {
  const std::vector<double> values{1, 2, 3, 4};
  EXPECT_EQ(from_values(std::span<const double>(values), {2, 2}).at({1, 0}), 3);
  EXPECT_THAT([&] { from_values(std::span<const double>(values), {3}); },
              ThrowsMessage<ShapeError>(HasSubstr("4 values for shape (3,)")));
}

TEST(Arange, StopsBeforeItsEnd) {
  EXPECT_EQ(arange(0, 5).dtype(), Dtype::i64);
  EXPECT_EQ(arange(2, 9, 3).to_vector(), (Values{2, 5, 8}));
  EXPECT_EQ(arange(2, 8, 3).to_vector(), (Values{2, 5}));
  EXPECT_EQ(arange(3, 0, -1).to_vector(), (Values{3, 2, 1}));
  EXPECT_EQ(arange(0, 1, 0.25, Dtype::f32).to_vector(), (Values{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(arange(3, 3).numel(), 0);
  EXPECT_EQ(arange(0, 1, 0.25).dtype(), Dtype::f32);
  EXPECT_EQ(arange(0, 1, 0.25).to_vector(), (Values{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(arange(0, 1.5).to_vector(), (Values{0, 1}));
  EXPECT_EQ(arange(0, 3).dtype(), Dtype::i64);
  EXPECT_EQ(arange(3, 0).numel(), 0);
  const i64 large = i64{1} << 53;  // where doubles count in twos
  const Tensor exact = arange(large, large + 4);
  ASSERT_EQ(exact.numel(), 4);
  for (i64 i = 0; i < 4; ++i) EXPECT_EQ(exact.view().as<i64>()[i], large + i);
  const i64 lowest = std::numeric_limits<i64>::min(), highest = std::numeric_limits<i64>::max();
  const Tensor ends = arange(lowest, highest, highest);
  ASSERT_EQ(ends.numel(), 3);
  EXPECT_EQ(ends.view().as<i64>()[2], highest - 1);
  EXPECT_EQ(arange(highest, lowest, lowest).numel(), 2);
  EXPECT_THAT([] { arange(0, 1, 0); }, ThrowsMessage<ValueError>(HasSubstr("arange: step is 0")));
  EXPECT_THAT([] { arange(0, std::numeric_limits<double>::quiet_NaN()); },
              ThrowsMessage<ValueError>(HasSubstr("arange")));
  EXPECT_THAT([] { arange(0, std::numeric_limits<double>::infinity()); },
              ThrowsMessage<ValueError>(HasSubstr("arange")));
}

TEST(Linspace, ReachesBothEndsExactly) {
  const Tensor x = linspace(0.1, 0.7, 7, Dtype::f64);
  EXPECT_EQ(x.at({0}), 0.1);
  EXPECT_EQ(x.at({-1}), 0.7);
  EXPECT_NEAR(x.at({3}), 0.4, 1e-15);
  EXPECT_EQ(linspace(2, 3, 1).to_vector(), (Values{2}));
  EXPECT_EQ(linspace(2, 3, 0).numel(), 0);
  EXPECT_THAT([] { linspace(0, 1, -1); }, ThrowsMessage<ValueError>(HasSubstr("linspace")));
}

TEST(Eye, MayBeRectangular) {
  EXPECT_EQ(eye(2).to_vector(), (Values{1, 0, 0, 1}));
  EXPECT_EQ(eye(2, 3, Dtype::i64).to_vector(), (Values{1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(eye(0).numel(), 0);
}

TEST(Factories, NameThemselvesWhenTheShapeIsNone) {
  EXPECT_THAT([] { zeros({-1}); }, ThrowsMessage<ShapeError>(HasSubstr("zeros: negative extent in shape (-1,)")));
  EXPECT_THAT([] { eye(-1); }, ThrowsMessage<ShapeError>(HasSubstr("eye: negative extent")));
  EXPECT_THAT(
      [] {
        sum(broadcast_to(zeros({}, Dtype::boolean), {2, i64{1} << 61}), 0);
      },
      ThrowsMessage<ShapeError>(HasSubstr("cast: shape (2, 2305843009213693952) of i64 does not fit")));
}

}  // namespace
}  // namespace cadena

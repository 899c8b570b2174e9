#include "tensor/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

// Expected values: NumPy 1.24.2; `chunk` PyTorch 1.13.
namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

Tensor counting(const Shape& shape) { return reshape(arange(0, shape.numel()), shape); }

TEST(Concat, JoinsAlongAnyAxis) {
  const Tensor a = tensor({{1, 2}, {3, 4}});
  const Tensor b = unsqueeze(tensor({5, 6}), 1);
  EXPECT_EQ(concat({a, b}, 1).to_vector(), (Values{1, 2, 5, 3, 4, 6}));
  EXPECT_EQ(concat({transpose(a), transpose(b)}).to_vector(), (Values{1, 3, 2, 4, 5, 6}));
  EXPECT_EQ(concat({a, zeros({2, 0})}, -1).to_vector(), a.to_vector());
  const std::vector<Tensor> list{a, a, a};
  EXPECT_EQ(concat(list, 0).shape(), (Shape{6, 2}));
  EXPECT_FALSE(concat({a}).storage() == a.storage());
}

TEST(Concat, MeetsInThePromotedDtype) {
  EXPECT_EQ(concat({ones({1}, Dtype::i64), ones({1}, Dtype::f16)}).dtype(), Dtype::f16);
  EXPECT_EQ(concat({ones({1}, Dtype::boolean), full({1}, 3, Dtype::i64)}).to_vector(), (Values{1, 3}));
}

TEST(Concat, NamesShapesThatDoNotFit) {
  EXPECT_THAT(
      [] {
        concat({zeros({2, 3}), zeros({3, 3})}, 1);
      },
      ThrowsMessage<ShapeError>(HasSubstr("concat: shapes differ outside axis 1: (2, 3) and (3, 3)")));
  EXPECT_THAT([] { concat({zeros({2, 3}), zeros({2})}); }, ThrowsMessage<ShapeError>(HasSubstr("(2,)")));
  EXPECT_THAT([] { concat({zeros({}), zeros({})}); }, ThrowsMessage<ShapeError>(HasSubstr("concat: axis 0")));
  EXPECT_THAT([] { concat(std::vector<Tensor>{}); }, ThrowsMessage<ShapeError>(HasSubstr("at least one")));
  const Tensor endless = broadcast_to(zeros({}, Dtype::boolean), {i64{1} << 62});  // four of them wrap around to 0
  EXPECT_THAT(
      [&] {
        concat({endless, endless, endless, endless});
      },
      ThrowsMessage<ShapeError>(HasSubstr("concat: the parts along axis 0 do not fit in memory")));
}

TEST(Stack, MakesANewAxis) {
  const Tensor a = tensor({1, 2});
  const Tensor b = tensor({3, 4});
  EXPECT_EQ(stack({a, b}).to_vector(), (Values{1, 2, 3, 4}));
  EXPECT_EQ(stack({a, b}, 1).to_vector(), (Values{1, 3, 2, 4}));
  EXPECT_EQ(stack({a, b}, -1).to_vector(), (Values{1, 3, 2, 4}));
  EXPECT_EQ(stack({tensor(1), tensor(2)}).shape(), (Shape{2}));
  EXPECT_THAT([] { stack({zeros({2}), zeros({3})}); }, ThrowsMessage<ShapeError>(HasSubstr("stack: shapes differ")));
  EXPECT_THAT([] { stack({zeros({2})}, 2); }, ThrowsMessage<ShapeError>(HasSubstr("axis 2")));
}

TEST(Split, CutsIntoViews) {
  const Tensor x = counting({2, 5});
  const std::vector<Tensor> parts = split(x, {1, 0, 4}, 1);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].to_vector(), (Values{0, 5}));
  EXPECT_EQ(parts[1].shape(), (Shape{2, 0}));
  EXPECT_EQ(parts[2].to_vector(), (Values{1, 2, 3, 4, 6, 7, 8, 9}));
  EXPECT_TRUE(parts[2].storage() == x.storage());
  EXPECT_EQ(concat(parts, 1).to_vector(), x.to_vector());
  EXPECT_THAT([&] { split(x, {2, 2}, 1); }, ThrowsMessage<ShapeError>(HasSubstr("split: sizes (2, 2) add up to 4")));
  EXPECT_THAT([&] { split(x, {3, 3}, 1); }, ThrowsMessage<ShapeError>(HasSubstr("split: sizes (3, 3)")));
  EXPECT_THAT([&] { split(x, {6, -1}, 1); }, ThrowsMessage<ShapeError>(HasSubstr("(6, -1)")));
}

TEST(Chunk, MakesEqualPartsButTheLast) {
  EXPECT_EQ(chunk_sizes(10, 4), (Dims{3, 3, 3, 1}));
  EXPECT_EQ(chunk_sizes(7, 3), (Dims{3, 3, 1}));
  EXPECT_EQ(chunk_sizes(3, 5), (Dims{1, 1, 1}));
  EXPECT_EQ(chunk_sizes(0, 3), (Dims{0, 0, 0}));
  EXPECT_EQ(chunk_sizes(6, 3), (Dims{2, 2, 2}));
  EXPECT_EQ(chunk(counting({6}), 3)[2].to_vector(), (Values{4, 5}));
  EXPECT_THAT([] { chunk(zeros({3}), 0); }, ThrowsMessage<ValueError>(HasSubstr("chunk: count is 0")));
  EXPECT_THAT([] { chunk(zeros({0}), i64{1} << 31); },
              ThrowsMessage<ValueError>(HasSubstr("chunk: 2147483648 parts, expected at most 2147483647")));
  EXPECT_EQ(chunk(zeros({2}), i64{1} << 40).size(), 2u);
}

TEST(Unbind, DropsTheAxis) {
  const Tensor x = counting({2, 3});
  const std::vector<Tensor> columns = unbind(x, 1);
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[2].to_vector(), (Values{2, 5}));
  EXPECT_TRUE(columns[2].storage() == x.storage());
  EXPECT_EQ(unbind(zeros({0, 3})).size(), 0u);
}

TEST(Tile, LaysCopiesSideBySide) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(tile(x, {2, 1, 2}).shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(tile(x, {2, 1, 2}).to_vector(), (Values{1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(tile(transpose(x), {2}).to_vector(), (Values{1, 3, 1, 3, 2, 4, 2, 4}));
  EXPECT_EQ(tile(x, {0, 1}).shape(), (Shape{0, 2}));
  EXPECT_EQ(tile(tensor(5), {}).item(), 5);
  EXPECT_FALSE(tile(x, {1, 1}).storage() == x.storage());
  EXPECT_THAT([&] { tile(x, {-1}); }, ThrowsMessage<ValueError>(HasSubstr("tile: count is -1")));
  EXPECT_THAT(
      [&] {
        tile(x, {i64{1} << 62, 8});
      },
      ThrowsMessage<ShapeError>(HasSubstr("tile: so many copies of shape (2, 2) do not fit")));
}

TEST(Repeat, RepeatsEveryElement) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(repeat(x, 2, 1).to_vector(), (Values{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(repeat(x, 2, -2).to_vector(), (Values{1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(repeat(x, 0, 0).shape(), (Shape{0, 2}));
  EXPECT_THAT([&] { repeat(x, -2, 0); }, ThrowsMessage<ValueError>(HasSubstr("repeat: count is -2")));
}

TEST(Pad, FramesWithAConstant) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(pad(x, {1, 0}, {0, 2}, 9).to_vector(), (Values{9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9}));
  EXPECT_EQ(pad(transpose(x), {0, 1}, {0, 0}).to_vector(), (Values{0, 1, 3, 0, 2, 4}));
  EXPECT_EQ(pad(zeros({0}, Dtype::i64), {1}, {1}, 7).to_vector(), (Values{7, 7}));
  EXPECT_EQ(pad(tensor(3), {}, {}).item(), 3);
  EXPECT_THAT([&] { pad(x, {1}, {1}); }, ThrowsMessage<ShapeError>(HasSubstr("pad: widths (1,)")));
  EXPECT_THAT([&] { pad(x, {1, -1}, {0, 0}); }, ThrowsMessage<ValueError>(HasSubstr("(1, -1)")));
  EXPECT_THAT(
      [&] {
        pad(x, {std::numeric_limits<i64>::max(), 0}, {1, 0});
      },
      ThrowsMessage<ShapeError>(HasSubstr("fit")));
  const Tensor endless = broadcast_to(zeros({}, Dtype::boolean), {std::numeric_limits<i64>::max()});
  EXPECT_THAT([&] { pad(endless, {1}, {0}); },
              ThrowsMessage<ShapeError>(HasSubstr("pad: widths (1,) and (0,) do not")));
}

TEST(Roll, WrapsAround) {
  EXPECT_EQ(roll(counting({2, 3}), -1, 1).to_vector(), (Values{1, 2, 0, 4, 5, 3}));
  EXPECT_EQ(roll(counting({5}), 7, 0).to_vector(), (Values{3, 4, 0, 1, 2}));
  EXPECT_EQ(roll(counting({5}), -12, 0).to_vector(), (Values{2, 3, 4, 0, 1}));
  EXPECT_EQ(roll(counting({5}), 5, 0).to_vector(), counting({5}).to_vector());
  EXPECT_EQ(roll(zeros({0, 2}), 3, 0).shape(), (Shape{0, 2}));
}

TEST(Join, MessagesNameTheFunctionThatWasCalled) {
  EXPECT_THAT(
      [] {
        stack({zeros({2, 3})}, 5);
      },
      ThrowsMessage<ShapeError>(HasSubstr("stack: a new axis 5 of parts of shape (2, 3)")));
  EXPECT_THAT(
      [] {
        tile(zeros({2, 3}), {i64{1} << 40, i64{1} << 40});
      },
      ThrowsMessage<ShapeError>(HasSubstr("tile: so many copies of shape (2, 3)")));
  EXPECT_THAT([] { repeat(zeros({4}), i64{1} << 61, 0); }, ThrowsMessage<ShapeError>(HasSubstr("repeat: so many")));
}

}  // namespace
}  // namespace cadena

#include "tensor/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"
#include "tests/support/expect_values.h"

// Expected values: NumPy 1.24.2, x = numpy.arange(24).reshape(2, 3, 4).
namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

Tensor x() { return reshape(arange(0, 24), {2, 3, 4}); }

TEST(Index, SlicesSelectsAndInsertsAxesAsViews) {
  const Tensor t = x();
  const Tensor y = index(t, {ellipsis, new_axis, Range{1}, Range{.step = -2}});
  EXPECT_EQ(y.shape(), (Shape{2, 1, 2, 2}));
  EXPECT_EQ(y.to_vector(), (Values{7, 5, 11, 9, 19, 17, 23, 21}));
  EXPECT_TRUE(y.storage() == t.storage());
  EXPECT_EQ(index(t, {1, -1}).to_vector(), (Values{20, 21, 22, 23}));
  EXPECT_EQ(index(t, {1, ellipsis, 0}).to_vector(), (Values{12, 16, 20}));
  EXPECT_EQ(index(t, {}).to_vector(), t.to_vector());
  EXPECT_EQ(index(t, {ellipsis, 1, 2, 3, new_axis}).to_vector(), (Values{23}));
  fill(index(t, {0, Range{}, 1}), 0);
  EXPECT_EQ(index(t, {0, Range{0, 2}}).to_vector(), (Values{0, 0, 2, 3, 4, 0, 6, 7}));
}

TEST(Index, ReadsAtPositions) {
  EXPECT_EQ(index(x(), {1, tensor({0, 2}, Dtype::i64)}).to_vector(), (Values{12, 13, 14, 15, 20, 21, 22, 23}));
  const Tensor rows = tensor({2, 0, -1}, Dtype::i64);
  const Tensor columns = unsqueeze(tensor({1, 3}, Dtype::i64), 1);
  const Tensor y = index(x(), {Range{}, rows, columns});
  EXPECT_EQ(y.shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(y.to_vector(), (Values{9, 1, 9, 11, 3, 11, 21, 13, 21, 23, 15, 23}));
}

TEST(Index, ReadsThroughMasks) {
  const Tensor mask = tensor({{1, 0, 0}, {0, 1, 1}}, Dtype::boolean);
  const Tensor y = index(x(), {mask, Range{0, 2}});
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_EQ(y.to_vector(), (Values{0, 1, 16, 17, 20, 21}));
  EXPECT_EQ(index(x(), {ellipsis, tensor({0, 1, 0, 1}, Dtype::boolean)}).shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(index(x(), {mask, tensor({3, 0, 1}, Dtype::i64)}).to_vector(), (Values{3, 16, 21}));
  EXPECT_EQ(index(x(), {zeros({2, 3}, Dtype::boolean)}).shape(), (Shape{0, 4}));
}

TEST(Index, SaysWhatDoesNotFit) {
  const Tensor at = tensor({0}, Dtype::i64);
  EXPECT_THAT([] { index(x(), {0, 0, 0, 0}); }, ThrowsMessage<IndexError>(HasSubstr("items for 4 axes")));
  EXPECT_THAT([] { index(x(), {ellipsis, ellipsis}); }, ThrowsMessage<IndexError>(HasSubstr("more than one ellipsis")));
  EXPECT_THAT([&] { index(x(), {at, 0, at}); }, ThrowsMessage<IndexError>(HasSubstr("side by side")));
  EXPECT_EQ(message_of<IndexError>([] {
              index(x(), {ellipsis, -5});
            }),
            "index: position -5 is out of range for axis 2 of shape (2, 3, 4)");
  EXPECT_EQ(message_of<IndexError>([] { index(x(), {2}); }),
            "index: position 2 is out of range for axis 0 of shape (2, 3, 4)");
  EXPECT_EQ(message_of<ValueError>([] {
              index(x(), {new_axis, Range{0, 1, 0}});
            }),
            "index: step is 0, expected any other");
  EXPECT_EQ(message_of<IndexError>([] { index(x(), {tensor({-3}, Dtype::i64)}); }),
            "index: index -3 is out of range for an axis of extent 2");
  EXPECT_THAT(
      [&] {
        index(x(), {at, tensor({4}, Dtype::i64)});
      },
      ThrowsMessage<IndexError>(HasSubstr("index: index 4 is out of range for an axis of extent 3")));
  EXPECT_THAT(
      [] {
        index(x(), {tensor({1, 0, 1}, Dtype::boolean)});
      },
      ThrowsMessage<IndexError>(HasSubstr("a mask of shape (3,) on axes 0")));
  EXPECT_THAT([] { index(x(), {zeros({})}); }, ThrowsMessage<DtypeError>(HasSubstr("f32")));
  EXPECT_THAT([] { index(x(), {zeros({}, Dtype::boolean)}); },
              ThrowsMessage<IndexError>(HasSubstr("mask of shape ()")));
}

TEST(Index, NamesItselfWhereTensorsDoNotBroadcast) {
  const Tensor two = tensor({0, 1}, Dtype::i64), three = tensor({0, 1, 2}, Dtype::i64);
  EXPECT_THAT(
      [&] {
        index(x(), {two, three});
      },
      ThrowsMessage<ShapeError>(HasSubstr("index: shapes do not broadcast: (2,) and (3,)")));
}

TEST(Index, RefusesPositionsBeyondI64) {
  EXPECT_THROW(index(x(), {~std::size_t{0}}), ValueError);  // not the last element
}

TEST(Index, TakesNoBoolForAPosition) {
  static_assert(std::is_constructible_v<IndexItem, int> && !std::is_constructible_v<IndexItem, bool>);
}

}  // namespace
}  // namespace cadena

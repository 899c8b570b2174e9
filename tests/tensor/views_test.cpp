#include "tensor/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

// Expected values: NumPy 1.24.2 and CPython 3.11.
namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

Tensor counting(const Shape& shape) { return reshape(arange(0, shape.numel()), shape); }

/// Views of every kind: permuted, sliced with steps of both signs, broadcast, of extent 0 and 1, and mixtures.
std::vector<Tensor> strided_views() {
  const Tensor x = counting({2, 3, 4});
  std::vector<Tensor> views{x,
                            permute(x, {2, 0, 1}),
                            permute(x, {1, 0, 2}),
                            transpose(x),
                            slice(x, 2, {.step = 2}),
                            slice(x, 2, {.step = -1}),
                            slice(x, 1, {.start = 1}),
                            slice(x, 0, {.step = -1}),
                            slice(x, 1, {1, 1}),
                            flip(x),
                            select(x, 1, 2),
                            diagonal(counting({2, 4, 4})),
                            broadcast_to(counting({3, 1}), {2, 3, 4}),
                            broadcast_to(counting({4}), {2, 3, 4}),
                            unsqueeze(permute(x, {2, 1, 0}), 1),
                            squeeze(counting({1, 3, 1, 4})),
                            broadcast_to(tensor(7), {2, 2})};
  views.push_back(slice(views[1], 0, {.start = -1, .step = -2}));
  views.push_back(slice(views[1], 1, {1, 2}));
  return views;
}

/// Every shape with up to three extents, and some longer, that holds n elements.
std::vector<Shape> shapes_of(i64 n) {
  std::vector<Shape> shapes;
  if (n == 1) shapes.push_back({});
  if (n == 0) return {{0}, {0, 3}, {2, 0}, {1, 0, 5}};
  for (i64 a = 1; a <= n; ++a) {
    if (n % a != 0) continue;
    if (a == n) shapes.push_back({n});
    for (i64 b = 1; b <= n / a; ++b) {
      if (n / a % b != 0) continue;
      if (a * b == n) shapes.push_back({a, b});
      shapes.push_back({a, b, n / a / b});
      shapes.push_back({a, 1, b, 1, n / a / b, 1});
    }
  }
  return shapes;
}

TEST(Reshape, KeepsTheRowMajorOrderOfEveryStridedView) {
  int views = 0, copies = 0;
  for (const Tensor& x : strided_views()) {
    for (const Shape& shape : shapes_of(x.numel())) {
      const Tensor y = reshape(x, shape);
      ASSERT_EQ(y.shape(), shape);
      ASSERT_EQ(y.to_vector(), x.to_vector()) << to_string(x.shape()) << " -> " << to_string(shape);
      (y.storage() == x.storage() ? views : copies) += 1;
      const Tensor back = reshape(y, x.shape());
      ASSERT_EQ(back.to_vector(), x.to_vector());
    }
  }
  EXPECT_GT(views, 100);
  EXPECT_GT(copies, 100);
}

TEST(Reshape, IsAViewWhereAxesMergeOrSplitEvenly) {
  const Tensor x = counting({4, 6});
  const auto shares = [](const Tensor& a, const Tensor& b) { return a.storage() == b.storage(); };
  EXPECT_TRUE(shares(reshape(x, {2, 2, 3, 2}), x));
  EXPECT_TRUE(shares(reshape(slice(x, 0, {.step = 2}), {2, 3, 2}), x));
  EXPECT_TRUE(shares(reshape(slice(x, 1, {.step = 2}), {12}), x));  // the steps of both axes agree
  EXPECT_FALSE(shares(reshape(slice(x, 1, {0, 4}), {16}), x));
  EXPECT_FALSE(shares(reshape(transpose(x), {24}), x));
  EXPECT_TRUE(shares(reshape(transpose(x), {2, 3, 4}), x));
}

TEST(Reshape, WorksOutOneExtent) {
  EXPECT_EQ(reshape(zeros({2, 6}), {-1, 4}).shape(), (Shape{3, 4}));
  EXPECT_EQ(reshape(zeros({}), {-1}).shape(), (Shape{1}));
  EXPECT_EQ(reshape(zeros({0, 3}), {-1, 3}).shape(), (Shape{0, 3}));
  EXPECT_THAT(
      [] {
        reshape(zeros({2, 6}), {-1, 5});
      },
      ThrowsMessage<ShapeError>(HasSubstr("cannot see 12 elements of shape (2, 6) as (-1, 5)")));
  EXPECT_THAT(
      [] {
        reshape(zeros({2, 6}), {-1, i64{1} << 40, i64{1} << 40});
      },
      ThrowsMessage<ShapeError>(HasSubstr("does not fit in memory")));
  EXPECT_THAT([] { reshape(zeros({2, 6}), {-1, -1}); }, ThrowsMessage<ShapeError>(HasSubstr("more than one")));
  EXPECT_THAT([] { reshape(zeros({0, 3}), {-1, 0}); }, ThrowsMessage<ShapeError>(HasSubstr("(-1, 0)")));
  EXPECT_THAT(
      [] {
        reshape(zeros({2, 6}), {5});
      },
      ThrowsMessage<ShapeError>(HasSubstr("cannot see 12 elements of shape (2, 6) as (5,)")));
}

/// The positions as Python's reference defines them: bounds are clipped, then i, i + step, … while before the bound.
std::vector<i64> walk(std::optional<i64> start, std::optional<i64> stop, i64 step, i64 n) {
  const auto inside = [&](i64 bound) {
    if (bound < 0) bound += n;
    if (step > 0) return bound < 0 ? 0 : bound > n ? n : bound;
    return bound < -1 ? -1 : bound > n - 1 ? n - 1 : bound;
  };
  const i64 from = start ? inside(*start) : step > 0 ? 0 : n - 1;
  const i64 to = stop ? inside(*stop) : step > 0 ? n : -1;
  std::vector<i64> positions;
  for (i64 i = from; step > 0 ? i < to : i > to; i += step) positions.push_back(i);
  return positions;
}

TEST(Slice, PicksWhatPythonPicksForEveryStartStopAndStep) {
  std::vector<std::optional<i64>> bounds{std::nullopt};
  for (i64 b = -7; b <= 7; ++b) bounds.push_back(b);
  std::uint64_t digest = 0;
  for (i64 n : {0, 1, 5}) {
    const Tensor x = arange(0, n);
    for (const auto& start : bounds) {
      for (const auto& stop : bounds) {
        for (i64 step = -7; step <= 7; ++step) {
          if (step == 0) continue;
          const Values picked = slice(x, 0, {start, stop, step}).to_vector();
          const std::vector<i64> expected = walk(start, stop, step, n);
          ASSERT_EQ(picked, Values(expected.begin(), expected.end()));
          for (double v : picked) digest = digest * 1000003 + static_cast<std::uint64_t>(v) + 1;
          digest = digest * 1000003 + static_cast<std::uint64_t>(n) + 2;
        }
      }
    }
  }
  // The same loop over list(range(n))[start:stop:step] in CPython 3.11.
  EXPECT_EQ(digest, 14306883021388184020u);
}

TEST(Slice, TakesExtremeBoundsAndSteps) {
  constexpr i64 kMin = std::numeric_limits<i64>::min();
  constexpr i64 kMax = std::numeric_limits<i64>::max();
  const Tensor x = arange(0, 5);
  EXPECT_EQ(slice(x, 0, {kMin, kMax, kMax}).to_vector(), (Values{0}));
  EXPECT_EQ(slice(x, 0, {kMax, kMin, kMin}).to_vector(), (Values{4}));
  EXPECT_EQ(slice(x, 0, {kMax, kMin, -1}).to_vector(), (Values{4, 3, 2, 1, 0}));
  EXPECT_EQ(slice(x, 0, {kMin}).to_vector(), (Values{0, 1, 2, 3, 4}));
}

TEST(Slice, RefusesAStepOfZeroAndABadAxis) {
  EXPECT_THAT([] { slice(zeros({3}), 0, {.step = 0}); }, ThrowsMessage<ValueError>(HasSubstr("slice: step is 0")));
  EXPECT_THAT([] { slice(zeros({3}), 1, {}); }, ThrowsMessage<ShapeError>(HasSubstr("slice: axis 1")));
}

TEST(Select, DropsTheAxis) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(select(x, 1, 2).to_vector(), (Values{2, 5}));
  EXPECT_EQ(select(x, -2, -1).to_vector(), (Values{3, 4, 5}));
  EXPECT_THAT([&] { select(x, 1, 3); }, ThrowsMessage<IndexError>(HasSubstr("select: index 3")));
  EXPECT_THAT([&] { select(x, 1, -4); }, ThrowsMessage<IndexError>(HasSubstr("select: index -4")));
}

TEST(Permute, MovesAxes) {
  const Tensor y = permute(counting({2, 3, 4}), {2, 0, -2});
  EXPECT_EQ(y.shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(y.at({1, 1, 2}), 21);  // x[1, 2, 1]
  EXPECT_EQ(permute(tensor(3), {}).item(), 3);
  EXPECT_THAT([] { permute(zeros({2, 3}), {0, 0}); }, ThrowsMessage<ShapeError>(HasSubstr("permute")));
  EXPECT_THAT([] { permute(zeros({2, 3}), {0}); }, ThrowsMessage<ShapeError>(HasSubstr("1 axes given")));
}

TEST(Squeeze, RemovesAxesOfOneElementOnly) {
  const Tensor x = zeros({1, 2, 1});
  EXPECT_EQ(squeeze(x).shape(), (Shape{2}));
  EXPECT_EQ(squeeze(x, -1).shape(), (Shape{1, 2}));
  EXPECT_EQ(unsqueeze(x, -1).shape(), (Shape{1, 2, 1, 1}));
  EXPECT_EQ(unsqueeze(x, 0).shape(), (Shape{1, 1, 2, 1}));
  EXPECT_THAT([&] { squeeze(x, 1); }, ThrowsMessage<ShapeError>(HasSubstr("squeeze: axis 1")));
  EXPECT_THAT([] { squeeze(zeros({0}), 0); }, ThrowsMessage<ShapeError>(HasSubstr("(0,) is not of extent 1")));
  EXPECT_THAT([&] { unsqueeze(x, 4); }, ThrowsMessage<ShapeError>(HasSubstr("unsqueeze: axis 4")));
}

TEST(BroadcastTo, RepeatsAxesOfOneElement) {
  EXPECT_EQ(broadcast_to(counting({2, 1}), {2, 2, 3}).to_vector(), (Values{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(broadcast_to(zeros({1}), {0}).shape(), (Shape{0}));
  EXPECT_THAT([] { broadcast_to(zeros({2}), {3}); }, ThrowsMessage<ShapeError>(HasSubstr("(2,)")));
  EXPECT_THAT([] { broadcast_to(zeros({2, 1}), {1}); }, ThrowsMessage<ShapeError>(HasSubstr("(2, 1)")));
  EXPECT_THROW(fill(broadcast_to(zeros({1}), {3}), 1), Error);
}

TEST(Flip, ReversesTheGivenAxes) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(flip(x).to_vector(), (Values{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(flip(x, -1).to_vector(), (Values{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(flip(flip(x, 0), 0).to_vector(), x.to_vector());
  EXPECT_EQ(flip(zeros({2, 0})).shape(), (Shape{2, 0}));
}

TEST(Diagonal, IsTakenFromAnyOffset) {
  const Tensor x = reshape(arange(1, 13), {3, 4});
  EXPECT_EQ(diagonal(x).to_vector(), (Values{1, 6, 11}));
  EXPECT_EQ(diagonal(x, 1).to_vector(), (Values{2, 7, 12}));
  EXPECT_EQ(diagonal(x, 3).to_vector(), (Values{4}));
  EXPECT_EQ(diagonal(x, -1).to_vector(), (Values{5, 10}));
  EXPECT_EQ(diagonal(x, -2).to_vector(), (Values{9}));
  for (i64 outside : {i64{4}, i64{-3}, std::numeric_limits<i64>::min(), std::numeric_limits<i64>::max()}) {
    EXPECT_EQ(diagonal(x, outside).shape(), (Shape{0}));
  }
  EXPECT_EQ(diagonal(counting({2, 2, 2})).to_vector(), (Values{0, 3, 4, 7}));
  EXPECT_EQ(diagonal(zeros({2, 0, 3})).shape(), (Shape{2, 0}));
  EXPECT_THAT([] { diagonal(zeros({3})); }, ThrowsMessage<ShapeError>(HasSubstr("diagonal")));
}

TEST(Tensor, RefusesAViewThatReachesOutsideItsStorage) {
  const Ref<Storage> six = arange(0, 6).storage();
  const auto view = [&](i64 offset, const Shape& shape, const Strides& strides) {
    return Tensor(six, offset, shape, strides, Dtype::i64).to_vector();
  };
  EXPECT_EQ(view(5, {6}, {-1}), (Values{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(view(2, {2, 3}, {3, -1}), (Values{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(view(3, {2, 2}, {-3, 2}), (Values{3, 5, 0, 2}));
  EXPECT_EQ(view(9, {0}, {1}), Values{});
  EXPECT_THAT([&] { view(4, {6}, {-1}); }, ThrowsMessage<ShapeError>(HasSubstr("reaches outside its storage of 6")));
  EXPECT_THROW(view(1, {2, 3}, {3, -1}), ShapeError);  // before its first element
  EXPECT_THROW(view(3, {2, 3}, {3, -1}), ShapeError);  // past its last one
  EXPECT_THROW(view(0, {2, 3}, {4, 1}), ShapeError);
  EXPECT_THROW(view(-1, {1}, {1}), ShapeError);
  EXPECT_THROW(view(0, {5}, {i64{1} << 62}), ShapeError);  // four steps are 2^64 elements, which a sum takes for none
  EXPECT_THROW(view(0, {3, 3}, {std::numeric_limits<i64>::min(), std::numeric_limits<i64>::min()}), ShapeError);
  EXPECT_THAT([&] { view(0, {2, 3}, {1}); }, ThrowsMessage<ShapeError>(HasSubstr("shape (2, 3) with strides (1,)")));
}

TEST(Views, ShareTheValuesOfTheirTensor) {
  const Tensor x = zeros({3, 4});
  fill(diagonal(x, 1), 1);
  fill(slice(select(x, 0, 2), 0, {.step = -2}), 5);
  EXPECT_EQ(x.to_vector(), (Values{0, 1, 0, 0, 0, 0, 1, 0, 0, 5, 0, 5}));
}

}  // namespace
}  // namespace cadena

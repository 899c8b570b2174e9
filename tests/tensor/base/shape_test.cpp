#include "tensor/base/shape.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

Dims counting(int rank) {
  std::vector<i64> values(static_cast<std::size_t>(rank));
  std::iota(values.begin(), values.end(), 10);
  return Dims(std::span<const i64>(values));
}

TEST(DimsTest, CopiesAndMovesOfEveryRank) {
  for (int rank = 0; rank <= 9; ++rank) {  // five are inline, more are on the heap
    const Dims original = counting(rank);
    Dims copied = original;
    EXPECT_EQ(copied, original);
    Dims moved = std::move(copied);
    EXPECT_EQ(moved, original);
    for (int other = 0; other <= 9; ++other) {
      Dims assigned = counting(other);
      assigned = original;
      EXPECT_EQ(assigned, original) << other;
      Dims taken = counting(other);
      taken = Dims(original);
      EXPECT_EQ(taken, original) << other;
    }
    Dims& self = moved;
    moved = self;
    EXPECT_EQ(moved, original);
  }
}

TEST(DimsTest, InsertsAndRemovesAtEveryPosition) {
  for (int rank = 1; rank <= 7; ++rank) {
    for (int axis = 0; axis <= rank; ++axis) {
      const Dims wider = counting(rank).with_inserted(axis, -1);
      EXPECT_EQ(wider.rank(), rank + 1);
      EXPECT_EQ(wider[axis], -1);
      EXPECT_EQ(wider.without(axis), counting(rank));
    }
  }
}

TEST(DimsTest, NumelIsTheProduct) {
  EXPECT_EQ((Dims{2, 3, 4}).numel(), 24);
  EXPECT_EQ((Dims{}).numel(), 1);
  EXPECT_EQ((Dims{5, 0}).numel(), 0);
}

TEST(DimsTest, PrintsAsATuple) {
  EXPECT_EQ(to_string(Dims{}), "()");
  EXPECT_EQ(to_string(Dims{3}), "(3,)");
  EXPECT_EQ(to_string(Dims{3, 4}), "(3, 4)");
}

TEST(ShapeTest, RowMajorStrides) {
  EXPECT_EQ(row_major({2, 3, 4}), (Strides{12, 4, 1}));
  EXPECT_EQ(row_major({}), Strides{});
  EXPECT_EQ(row_major({2, 0, 4}), (Strides{4, 4, 1}));
}

TEST(ShapeTest, RefusesShapesThatNoMemoryHolds) {
  expect_error<ShapeError>([] { check_shape("op", {2, -1}, Dtype::f32); }, "op: negative extent in shape (2, -1)");
  expect_error<ShapeError>([] { check_shape("op", {i64{1} << 40, i64{1} << 40}, Dtype::boolean); }, "does not fit");
  expect_error<ShapeError>([] { check_shape("op", {i64{1} << 60}, Dtype::f64); }, "f64");
  expect_error<ShapeError>([] { check_shape("op", {0, i64{1} << 62, 8}, Dtype::f32); }, "does not fit");
  EXPECT_NO_THROW(check_shape("op", {i64{1} << 59}, Dtype::f64));
  EXPECT_NO_THROW(check_shape("op", {}, Dtype::f64));
}

TEST(ShapeTest, NormalizesAxes) {
  EXPECT_EQ(normalize_axis("op", -1, {2, 3, 4}), 2);
  EXPECT_EQ(normalize_axis("op", 0, {2, 3, 4}), 0);
  expect_error<ShapeError>([] { normalize_axis("op", 3, {2, 3, 4}); }, "axis 3 is out of range for shape (2, 3, 4)");
  expect_error<ShapeError>([] { normalize_axis("op", -4, {2, 3, 4}); }, "op: axis -4");
  expect_error<ShapeError>([] { normalize_axis("op", 0, {}); }, "rank 0");
  EXPECT_EQ(normalize_axes("op", {}, {2, 3}), (Dims{0, 1}));
  EXPECT_EQ(normalize_axes("op", {-1, 0}, {2, 3, 4}), (Dims{0, 2}));
  expect_error<ShapeError>([] { normalize_axes("op", {0, -2}, {2, 3}); }, "twice");
}

TEST(ShapeTest, BroadcastsAsNumPyDoes) {
  EXPECT_EQ(broadcast_shapes("op", {2, 1, 4}, {3, 1}), (Shape{2, 3, 4}));
  EXPECT_EQ(broadcast_shapes("op", {}, {5}), (Shape{5}));
  EXPECT_EQ(broadcast_shapes("op", {0}, {1}), (Shape{0}));
  EXPECT_EQ(broadcast_shapes("op", {1, 3}, {0, 1}), (Shape{0, 3}));
  expect_error<ShapeError>([] { broadcast_shapes("op", {2, 3}, {2}); }, "op: shapes do not broadcast: (2, 3) and (2,)");
  expect_error<ShapeError>([] { broadcast_shapes("op", {0}, {2}); }, "(0,)");
}

}  // namespace
}  // namespace cadena

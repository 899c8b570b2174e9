#include "tensor/cpu/loops.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tensor/base/error.h"

namespace cadena::cpu {
namespace {

/// A view with its own shape and strides; the loop never touches the data, only counts offsets.
struct Layout {
  Shape shape;
  Strides strides;
  View view() const { return {nullptr, Dtype::f32, shape.rank(), shape.begin(), strides.begin()}; }

  /// Offset of the element with this row-major index, by definition.
  i64 offset(i64 index) const {
    i64 at = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      at += index % shape[axis] * strides[axis];
      index /= shape[axis];
    }
    return at;
  }
};

class RandomLayouts {
 public:
  Shape shape(int rank, bool with_zero) {
    Shape s = Shape::filled(rank, 1);
    for (i64& extent : s) extent = between(1, 4);
    if (with_zero && rank > 0) s[static_cast<int>(between(0, rank - 1))] = 0;
    return s;
  }

  /// Contiguous, or with gaps, permuted, reversed and broadcast axes.
  Layout of(const Shape& shape) {
    Layout layout{shape, row_major(shape)};
    const i64 kind = between(0, 3);
    for (i64& stride : layout.strides) {
      if (kind == 1) stride *= between(0, 1) == 0 ? -1 : 1;
      if (kind == 2) stride = between(-9, 9);
      if (kind == 3) stride *= between(0, 2);
    }
    return layout;
  }

  i64 between(i64 low, i64 high) { return std::uniform_int_distribution<i64>(low, high)(engine_); }

 private:
  std::mt19937 engine_{7};
};

/// The offsets that the loop visits in [begin, end), in its order, for each of two views.
std::vector<std::pair<i64, i64>> visited(const StridedLoop<2>& loop, i64 begin, i64 end) {
  std::vector<std::pair<i64, i64>> offsets;
  auto body = [&](i64 n, const auto& at, const auto& step) {
    ASSERT_GE(n, 1);
    for (i64 i = 0; i < n; ++i) offsets.emplace_back(at[0] + i * step[0], at[1] + i * step[1]);
  };
  loop.run_range(begin, end, body);
  return offsets;
}

TEST(StridedLoopTest, VisitsEveryElementInRowMajorOrder) {
  RandomLayouts random;
  for (int round = 0; round < 2000; ++round) {
    const Shape shape = random.shape(static_cast<int>(random.between(0, 7)), false);
    const Layout a = random.of(shape), b = random.of(shape);
    const auto offsets = visited(StridedLoop<2>({a.view(), b.view()}), 0, shape.numel());
    ASSERT_EQ(static_cast<i64>(offsets.size()), shape.numel());
    for (i64 i = 0; i < shape.numel(); ++i) {
      ASSERT_EQ(offsets[static_cast<std::size_t>(i)], (std::pair{a.offset(i), b.offset(i)})) << to_string(shape) << i;
    }
  }
}

TEST(StridedLoopTest, ChunksTogetherAreTheWhole) {
  RandomLayouts random;
  for (int round = 0; round < 500; ++round) {
    const Shape shape = random.shape(static_cast<int>(random.between(1, 7)), false);
    const Layout a = random.of(shape), b = random.of(shape);
    const StridedLoop<2> loop({a.view(), b.view()});
    std::vector<std::pair<i64, i64>> joined;
    for (i64 begin = 0; begin < shape.numel();) {
      const i64 end = std::min(shape.numel(), begin + random.between(1, 9));
      const auto part = visited(loop, begin, end);
      ASSERT_EQ(static_cast<i64>(part.size()), end - begin);
      joined.insert(joined.end(), part.begin(), part.end());
      begin = end;
    }
    ASSERT_EQ(joined, visited(loop, 0, shape.numel())) << to_string(shape);
  }
}

TEST(StridedLoopTest, NeverCallsTheBodyForAZeroExtent) {
  RandomLayouts random;
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random.shape(static_cast<int>(random.between(1, 7)), true);
    const Layout a = random.of(shape), b = random.of(shape);
    StridedLoop<2>({a.view(), b.view()}).run([&](i64, const auto&, const auto&) { FAIL() << to_string(shape); });
  }
}

TEST(StridedLoopTest, EmptyRangesAreSkipped) {
  const Layout a{{3}, {1}};
  EXPECT_TRUE(visited(StridedLoop<2>({a.view(), a.view()}), 2, 2).empty());
}

TEST(StridedLoopTest, ContiguousViewsAreOneRun) {
  const Layout a{{2, 3, 4}, {12, 4, 1}};
  int runs = 0;
  StridedLoop<2>({a.view(), a.view()}).run([&](i64 n, const auto&, const auto& step) {
    ++runs;
    EXPECT_EQ(n, 24);
    EXPECT_EQ(step[0], 1);
  });
  EXPECT_EQ(runs, 1);
}

TEST(StridedLoopTest, ThreadsVisitEveryElementOnce) {
  const int before = num_threads();
  for (int threads = 1; threads <= 8; ++threads) {
    set_num_threads(threads);
    const Layout a{{30, 7, 11}, {77, 11, 1}};
    const Layout b{{30, 7, 11}, {-1, 30, 210}};
    std::vector<int> seen(static_cast<std::size_t>(a.shape.numel()), 0);
    std::vector<i64> other(seen.size(), 0);
    StridedLoop<2>({a.view(), b.view()})
        .run(
            [&](i64 n, const auto& at, const auto& step) {
              for (i64 i = 0; i < n; ++i) {
                const auto k = static_cast<std::size_t>(at[0] + i * step[0]);
                ++seen[k];
                other[k] = at[1] + i * step[1];
              }
            },
            16);
    for (std::size_t k = 0; k < seen.size(); ++k) {
      ASSERT_EQ(seen[k], 1) << threads;
      ASSERT_EQ(other[k], b.offset(static_cast<i64>(k))) << threads;
    }
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace cadena::cpu

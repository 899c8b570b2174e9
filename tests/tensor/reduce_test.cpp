#include "tensor/reduce.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64, except where the test names another source.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

TEST(Reduce, SumsOverAnyAxes) {
  const Tensor x = reshape(arange(0, 24, 1, Dtype::f64), {2, 3, 4});
  expect_values(sum(x), {276});
  expect_values(sum(x, 0), {12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34});
  expect_values(sum(x, {0, 2}), {60, 92, 124});
  expect_values(sum(x, {-1, 1}), {66, 210});
  EXPECT_EQ(sum(x, {0, 2}, true).shape(), (Shape{1, 3, 1}));
  EXPECT_EQ(sum(x, {}, true).shape(), (Shape{1, 1, 1}));
}

TEST(Reduce, MultipliesAndAverages) {
  expect_values(prod(example(), 0), {1.5, -4.0, -5.0});
  expect_values(prod(example()), {30});
  expect_values(mean(example(), 1), {4.0 / 3, 2.0 / 3});
}

TEST(Reduce, KeepsAndMakesDtypes) {
  EXPECT_EQ(sum(tensor({1, 2}, Dtype::i64)).dtype(), Dtype::i64);
  EXPECT_EQ(sum(tensor({1, 1}, Dtype::boolean)).dtype(), Dtype::i64);
  EXPECT_EQ(sum(tensor({1, 1}, Dtype::boolean)).item(), 2);
  EXPECT_EQ(prod(tensor({1, 1}, Dtype::boolean)).dtype(), Dtype::i64);
  EXPECT_EQ(mean(tensor({1, 2}, Dtype::i64)).dtype(), Dtype::f32);
  EXPECT_EQ(any(example()).dtype(), Dtype::boolean);
}

TEST(Reduce, OfNoElementsIsTheNeutralElement) {
  EXPECT_EQ(sum(zeros({0})).item(), 0);
  EXPECT_EQ(prod(zeros({0})).item(), 1);
  EXPECT_EQ(any(zeros({0})).item(), 0);
  EXPECT_EQ(all(zeros({0})).item(), 1);
  expect_values(mean(zeros({2, 0}), 1), {kNan, kNan});
  EXPECT_EQ(sum(zeros({0, 3}), 1).shape(), (Shape{0}));
  expect_values(sum(zeros({0, 3}), 0), {0, 0, 0});
}

TEST(Reduce, OfAScalarIsTheScalar) {
  EXPECT_EQ(sum(tensor(2.5)).item(), 2.5);
  EXPECT_EQ(mean(tensor(2.5)).item(), 2.5);
}

TEST(Reduce, AnyAndAllCountNanAsTrue) {
  const Tensor x = tensor({{0, kNan}, {0, 0}, {1, -2}});
  expect_values(any(x, 1), {1, 0, 1});
  expect_values(all(x, 1), {0, 0, 1});
}

TEST(Reduce, NanAndInfinityPropagate) {
  const double inf = std::numeric_limits<double>::infinity();
  expect_values(sum(tensor({{1, kNan}, {1, inf}, {inf, -inf}}), 1), {kNan, inf, kNan});
}

// The same order of additions for every layout: equal to the last bit, for rows, columns, and what cannot be merged.
TEST(Reduce, DependsNeitherOnStridesNorOnThreads) {
  Generator generator(1);
  const int threads = cpu::num_threads();
  for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16}) {
    for (const Shape& shape : {Shape{3, 700}, Shape{700, 3}, Shape{5, 300, 131}, Shape{2, 20000}, Shape{20000, 2}}) {
      const Tensor x = normal(generator, shape, 0, 1, dtype);
      for (int axis = 0; axis < x.rank(); ++axis) {
        cpu::set_num_threads(1);
        const std::vector<double> expected = sum(x, axis).to_vector();
        cpu::set_num_threads(3);
        EXPECT_EQ(sum(x, axis).to_vector(), expected) << to_string(shape) << " axis " << axis;
        EXPECT_EQ(sum(scattered(x), axis).to_vector(), expected) << to_string(shape) << " axis " << axis;
        EXPECT_EQ(sum(transpose(contiguous(transpose(x, 0, -1)), 0, -1), axis).to_vector(), expected);
      }
      EXPECT_EQ(sum(x).to_vector(), sum(scattered(x)).to_vector());
    }
  }
  cpu::set_num_threads(threads);
}

// A running sum of 2^24 + 1, 1, 1, … in f32 would stand still at 2^24.
TEST(Reduce, SumsAMillionOnesExactlyInF32) {
  const i64 n = (i64{1} << 25) + 3;
  EXPECT_EQ(sum(broadcast_to(tensor(1), {n})).item(), static_cast<double>(n - 3) + 4);  // 2^25 + 3 rounds to 2^25 + 4
  expect_values(sum(broadcast_to(tensor(0.1), {1 << 20, 3}), 0), {104857.6, 104857.6, 104857.6}, 1e-6);
}

TEST(Reduce, AveragesHalvesWithoutOverflow) {
  EXPECT_EQ(mean(full({100}, 60000, Dtype::f16)).item(), full({}, 60000, Dtype::f16).item());
}

TEST(Reduce, IntegersWrapAround) {
  constexpr i64 kMost = std::numeric_limits<i64>::max();
  const Tensor x = full({40, 2}, kMost, Dtype::i64);  // more than the lanes of a leaf
  for (int axis : {0, 1}) {
    EXPECT_EQ(sum(x, axis).data<i64>()[0], -x.size(axis));  // modulo 2^64, where kMost is 2^63 - 1
    EXPECT_EQ(prod(x, axis).data<i64>()[0], 1);
  }
}

TEST(Reduce, SumToUndoesABroadcast) {
  const Tensor x = ones({2, 3, 4}, Dtype::f64);
  expect_values(sum_to(x, {3, 1}), {8, 8, 8});
  EXPECT_EQ(sum_to(x, {3, 1}).shape(), (Shape{3, 1}));
  expect_error<ShapeError>([&] { sum_to(x, {2, 4}); }, "sum_to: shape (2, 4) does not broadcast to (2, 3, 4)");
  expect_error<ShapeError>([&] { sum_to(tensor(1), {1}); }, "sum_to: shape (1,) does not broadcast to ()");
  expect_error<ShapeError>([&] { sum_to(tensor(1), {3}); }, "sum_to: shape (3,) does not broadcast to ()");
}

TEST(Reduce, NamesWhatIsWrong) {
  expect_error<ShapeError>([] { sum(example(), 2); }, "sum");
  expect_error<ShapeError>([] { mean(example(), {0, 0}); }, "mean");
  expect_error<ShapeError>([] { any(example(), -3); }, "any");
}

}  // namespace
}  // namespace cadena

#include "tensor/sort.h"

#include <limits>

#include "tensor/base/error.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 (sort with stable=True, topk).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor example() { return tensor({3, kNan, 1, 3, -kInf, 2}, Dtype::f64); }

TEST(Sort, IsStableWithNanLast) {
  expect_values(sort(example()).values, {-kInf, 1, 2, 3, 3, kNan});
  expect_values(sort(example()).indices, {4, 2, 5, 0, 3, 1});
  expect_values(argsort(example()), {4, 2, 5, 0, 3, 1});
}

TEST(Sort, DescendsWithNanFirstAndStaysStable) {
  expect_values(sort(example(), 0, true).values, {kNan, 3, 3, 2, 1, -kInf});
  expect_values(argsort(example(), 0, true), {1, 0, 3, 5, 2, 4});
}

TEST(Sort, RunsAlongAnyAxisOfAnyLayout) {
  const Tensor x = tensor({{3, -1, 2}, {0.5, 4, -2.5}});
  expect_values(sort(x, 0).values, {0.5, -1, -2.5, 3, 4, 2});
  expect_values(sort(x, 0).indices, {1, 0, 1, 0, 1, 0});
  expect_values(sort(scattered(x), 1).values, {-1, 2, 3, -2.5, 0.5, 4});
  EXPECT_EQ(sort(x, 1).indices.dtype(), Dtype::i64);
  expect_values(sort(tensor({1, 0, 1}, Dtype::boolean)).indices, {1, 0, 2});
  EXPECT_EQ(sort(tensor({3, 1}, Dtype::i64)).values.dtype(), Dtype::i64);
}

TEST(Sort, OfNothing) {
  EXPECT_EQ(sort(zeros({3, 0})).values.shape(), (Shape{3, 0}));
  EXPECT_EQ(sort(zeros({0, 3})).indices.shape(), (Shape{0, 3}));
  EXPECT_EQ(topk(zeros({3, 2}), 0).values.shape(), (Shape{3, 0}));
}

TEST(TopK, PicksTheMostExtremeFirst) {
  expect_values(topk(example(), 3).values, {kNan, 3, 3});
  expect_values(topk(example(), 3).indices, {1, 0, 3});
  expect_values(topk(example(), 3, 0, false).indices, {4, 2, 5});
  expect_values(topk(tensor({{3, -1, 2}, {0.5, 4, -2.5}}), 1, 0).values, {3, 4, 2});
}

TEST(TopK, AgreesWithSort) {
  Generator generator(5);
  const Tensor x = normal(generator, {4, 1000});
  EXPECT_EQ(topk(x, 17).indices.to_vector(), slice(argsort(x, 1, true), 1, {0, 17}).to_vector());
}

TEST(Sort, NamesWhatIsWrong) {
  expect_error<ShapeError>([] { sort(tensor({1, 2}), 1); }, "sort");
  expect_error<ShapeError>([] { sort(tensor(1)); }, "sort");
  expect_error<ValueError>([] { topk(tensor({1, 2}), 3); }, "topk: k = 3 is outside 0 … 2");
  expect_error<ValueError>([] { topk(tensor({1, 2}), -1); }, "topk: k = -1");
}

}  // namespace
}  // namespace cadena

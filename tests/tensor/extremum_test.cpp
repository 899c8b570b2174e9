#include "tensor/extremum.h"

#include <limits>

#include "tensor/base/error.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 (amax, amin, argmax, argmin).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

TEST(Extremum, OverAnyAxes) {
  expect_values(max(example()), {4});
  expect_values(max(example(), 0), {3, 4, 2});
  expect_values(min(example(), 1, true), {-1, -2.5});
  EXPECT_EQ(min(example(), 1, true).shape(), (Shape{2, 1}));
  expect_values(max(reshape(arange(0, 24), {2, 3, 4}), {0, 2}), {15, 19, 23});
}

TEST(Extremum, OfIntegersBooleansAndHalves) {
  EXPECT_EQ(max(tensor({-5, -7}, Dtype::i64)).dtype(), Dtype::i64);
  EXPECT_EQ(max(tensor({-5, -7}, Dtype::i64)).item(), -5);
  EXPECT_EQ(min(tensor({1, 0}, Dtype::boolean)).item(), 0);
  EXPECT_EQ(max(tensor({0, 0}, Dtype::boolean)).item(), 0);
  EXPECT_EQ(max(tensor({1.5, -2}, Dtype::bf16)).item(), 1.5);
  EXPECT_EQ(max(tensor({-kInf, -kInf})).item(), -kInf);
}

TEST(Extremum, NanWins) {
  const Tensor x = tensor({{1, kNan, 3}, {1, 2, 3}, {kNan, kNan, -kInf}});
  expect_values(max(x, 1), {kNan, 3, kNan});
  expect_values(min(x, 1), {kNan, 1, kNan});
  expect_values(max(x, 0), {kNan, kNan, 3});
  expect_values(argmax(x, 1), {1, 2, 0});
  expect_values(argmin(x, 1), {1, 0, 0});
}

TEST(Extremum, PositionIsTheFirstOfEquals) {
  expect_values(argmax(tensor({{2, 7, 7}, {7, 7, 2}}), 1), {1, 0});
  expect_values(argmin(tensor({{2, 7, 7}, {7, 2, 2}}), 1), {0, 1});
  EXPECT_EQ(argmax(zeros({1000})).item(), 0);
  EXPECT_EQ(argmax(full({40, 3}, -kInf), 0).to_vector(), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(argmax(example()).item(), 4);
  EXPECT_EQ(argmin(example(), 0, true).shape(), (Shape{1, 3}));
}

TEST(Extremum, IsTheSameForAnyLayout) {
  Generator generator(3);
  const Tensor x = normal(generator, {37, 500});
  for (int axis : {0, 1}) {
    EXPECT_EQ(max(x, axis).to_vector(), max(scattered(x), axis).to_vector());
    EXPECT_EQ(argmin(x, axis).to_vector(), argmin(scattered(x), axis).to_vector());
    EXPECT_EQ(argmax(x, axis).to_vector(), argmax(contiguous(transpose(x)), 1 - axis).to_vector());
  }
}

TEST(Extremum, OfNoElementsIsAnError) {
  expect_error<ShapeError>([] { max(zeros({3, 0}), 1); }, "max: expected at least one element");
  expect_error<ShapeError>([] { argmax(zeros({0, 3}), 0); }, "got (0, 3)");
  expect_error<ShapeError>([] { argmin(zeros({0})); }, "argmin: expected at least one element");
  EXPECT_EQ(max(zeros({0, 3}), 1).shape(), (Shape{0}));
  expect_error<ShapeError>([] { max(zeros({3}), 1); }, "max");
}

}  // namespace
}  // namespace cadena

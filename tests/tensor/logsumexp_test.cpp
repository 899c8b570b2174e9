#include "tensor/logsumexp.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64 (logsumexp).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

TEST(LogSumExp, OverAnyAxes) {
  expect_values(logsumexp(example(), 0), {3.0788897342925496, 4.006715348489118, 2.011047744848594});
  expect_values(logsumexp(example()), {4.432855537841896});
  EXPECT_EQ(logsumexp(example(), {0, 1}, true).shape(), (Shape{1, 1}));
}

TEST(LogSumExp, NeitherOverflowsNorLosesInfiniteRows) {
  expect_values(logsumexp(add(example(), 1000), 1), {1003.3265626412675, 1004.0312087244635});
  expect_values(logsumexp(tensor({{-kInf, -kInf}, {-kInf, 2}, {kInf, 1}, {kNan, 1}}), 1), {-kInf, 2, kInf, kNan});
  EXPECT_EQ(logsumexp(zeros({0})).item(), -kInf);
}

TEST(LogSumExp, IsTheSameForAnyLayout) {
  Generator generator(4);
  const Tensor x = normal(generator, {37, 300}, 0, 1, Dtype::f32);
  for (int axis : {0, 1}) EXPECT_EQ(logsumexp(x, axis).to_vector(), logsumexp(scattered(x), axis).to_vector());
}

}  // namespace
}  // namespace cadena

#include "tensor/moments.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64 (var, std).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

TEST(Moments, VarianceWithAnyCorrection) {
  expect_values(var(example()), {6.1});
  expect_values(var(example(), 1, 0), {2.888888888888889, 7.055555555555556});
  expect_values(stddev(example(), 0), {1.7677669529663689, 3.5355339059327378, 3.181980515339464});
  expect_values(stddev(example(), 1), {2.0816659994661326, 3.253203549323856});
  EXPECT_EQ(var(example(), 1, 1, true).shape(), (Shape{2, 1}));
}

TEST(Moments, VarianceOfTooFewElements) {
  expect_values(var(ones({2, 1}), 1), {kNan, kNan});
  expect_values(var(ones({2, 1}), 1, 0), {0, 0});
  expect_values(var(zeros({2, 0}), 1), {kNan, kNan});
  EXPECT_EQ(var(tensor({1, 3}, Dtype::i64)).item(), 2);
}

TEST(Moments, VarianceDoesNotCancel) {
  expect_values(var(add(example(), 1e9), 1, 0), {2.888888888888889, 7.055555555555556});
  expect_values(var(add(cast(example(), Dtype::f32), 4096), 0), {3.125, 12.5, 10.125}, 1e-6);
}

TEST(Moments, AreTheSameForAnyLayout) {
  Generator generator(4);
  const Tensor x = normal(generator, {37, 300}, 0, 1, Dtype::f32);
  for (int axis : {0, 1}) EXPECT_EQ(var(x, axis).to_vector(), var(scattered(x), axis).to_vector());
}

}  // namespace
}  // namespace cadena

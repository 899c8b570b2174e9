#include "tensor/moments.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/logsumexp.h"
#include "tensor/norm.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64 (var, std, logsumexp, linalg.vector_norm).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

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

TEST(Norm, OfEveryOrder) {
  const double inf = kInf;
  expect_values(norm(example()), {6.041522986797286});
  expect_values(norm(example(), 1), {3.7416573867739413, 4.743416490252569});
  expect_values(norm(example(), 1, 1), {6, 7});
  expect_values(norm(example(), 1, 3), {3.3019272488946263, 4.304376290903027});
  expect_values(norm(example(), 1, 0), {3, 3});
  expect_values(norm(example(), 1, inf), {3, 4});
  expect_values(norm(example(), 1, -inf), {1, 0.5});
  expect_values(norm(example(), 1, 0.5), {17.191508225450303, 18.389050422582738});
  expect_values(norm(example(), 1, -1), {0.5454545454545455, 0.37735849056603776});
}

TEST(Norm, NeitherOverflowsNorVanishesInF32) {
  expect_values(norm(tensor({3e30, 4e30})), {5e30}, 1e-6);
  expect_values(norm(tensor({3e-30, 4e-30})), {5e-30}, 1e-36);
}

TEST(Norm, OfNoElementsAndNan) {
  EXPECT_EQ(norm(zeros({0})).item(), 0);
  EXPECT_EQ(norm(zeros({0}), {}, kInf).item(), 0);
  expect_error<ShapeError>([] { norm(zeros({0}), {}, -kInf); }, "norm: expected at least one element");
  expect_error<ValueError>([] { norm(zeros({2}), {}, kNan); }, "norm: p is NaN");
  for (double p : {2.0, 1.0, 3.0, kInf, -kInf}) expect_values(norm(tensor({1, kNan, 2}), {}, p), {kNan});
}

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

TEST(Moments, AreTheSameForAnyLayout) {
  Generator generator(4);
  const Tensor x = normal(generator, {37, 300}, 0, 1, Dtype::f32);
  for (int axis : {0, 1}) {
    EXPECT_EQ(var(x, axis).to_vector(), var(scattered(x), axis).to_vector());
    EXPECT_EQ(norm(x, axis, 3).to_vector(), norm(scattered(x), axis, 3).to_vector());
    EXPECT_EQ(logsumexp(x, axis).to_vector(), logsumexp(scattered(x), axis).to_vector());
  }
}

}  // namespace
}  // namespace cadena

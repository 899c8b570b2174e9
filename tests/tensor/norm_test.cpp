#include "tensor/norm.h"

#include <limits>

#include "tensor/base/error.h"
#include "tensor/clip.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64 (linalg.vector_norm).
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

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

TEST(Norm, OfAllElementsIsVectorNormToTheLastBit) {
  Generator generator(5);
  const Tensor x = normal(generator, {150, 300}, 0, 1, Dtype::f64);
  for (double p : {0.5, 1.0, 2.0, 3.0, kInf}) {
    EXPECT_EQ(vector_norm(x, p), norm(x, {}, p).item()) << p;
    EXPECT_EQ(vector_norm(scattered(x), p), vector_norm(x, p)) << p;
  }
}

TEST(Norm, IsTheSameForAnyLayout) {
  Generator generator(4);
  const Tensor x = normal(generator, {37, 300}, 0, 1, Dtype::f32);
  for (int axis : {0, 1}) EXPECT_EQ(norm(x, axis, 3).to_vector(), norm(scattered(x), axis, 3).to_vector());
}

}  // namespace
}  // namespace cadena

#include "tensor/rotary.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/random.h"
#include "tensor/reduce.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Rotary, TurnsPairsAndBack) {
  const Tensor x = tensor({{1, 0, 1, 0}, {1, 0, 0, 2}}, Dtype::f64);
  expect_values(rotary_embedding(x),
                {1, 0, 1, 0, std::cos(1.0), std::sin(1.0), -2 * std::sin(0.01), 2 * std::cos(0.01)});
  expect_values(rotary_embedding(rotary_embedding(x, 7, 50), 7, 50, true), x.to_vector());
  expect_values(rotary_embedding(slice(x, 0, {1, 2}), 1), slice(rotary_embedding(x), 0, {1, 2}).to_vector());
}

TEST(Rotary, DotProductsDependOnTheDistance) {
  Generator generator(11);
  const Tensor q = normal(generator, {1, 6}, 0, 1, Dtype::f64), k = normal(generator, {1, 6}, 0, 1, Dtype::f64);
  const auto dot = [&](i64 i, i64 j) { return sum(mul(rotary_embedding(q, i), rotary_embedding(k, j))).item(); };
  EXPECT_NEAR(dot(5, 2), dot(105, 102), 1e-12);
}

TEST(Rotary, NamesWhatIsWrong) {
  expect_error<ShapeError>([] { rotary_embedding(ones({2, 3})); }, "even D, got (2, 3)");
  expect_error<ShapeError>([] { rotary_embedding(ones({4})); }, "rotary_embedding");
  expect_error<DtypeError>([] { rotary_embedding(ones({2, 2}, Dtype::i64)); }, "i64");
  expect_error<ValueError>([] { rotary_embedding(ones({2, 2}), 0, 0); }, "base");
}

TEST(Rotary, TakesEveryOffset) {
  const Tensor y = rotary_embedding(ones({2, 2}, Dtype::f64), std::numeric_limits<i64>::max());
  for (double x : y.to_vector()) EXPECT_LE(std::abs(x), std::sqrt(2.0));
}

}  // namespace
}  // namespace cadena

#include "tensor/clip.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(VectorNorm, IsThatOfTheElementsInWhateverLayout) {
  Generator generator(3);
  const Tensor x = normal(generator, {130, 250}, 0, 1, Dtype::f64);
  double squares = 0;
  for (double v : x.to_vector()) squares += v * v;
  EXPECT_NEAR(vector_norm(x), std::sqrt(squares), 1e-11);
  EXPECT_NEAR(vector_norm(transpose(x)), std::sqrt(squares), 1e-11);
  EXPECT_NEAR(vector_norm(slice(flip(x), 0, {0, 130, 2})), vector_norm(copy(slice(flip(x), 0, {0, 130, 2}))), 1e-12);
  EXPECT_EQ(vector_norm(zeros({0})), 0);
  EXPECT_EQ(vector_norm(tensor({-3, 2}), kInf), 3);
  EXPECT_TRUE(std::isnan(vector_norm(tensor({kNan, 1}), kInf)));
  EXPECT_THROW(vector_norm(x, -1), ValueError);
  EXPECT_THROW(vector_norm(arange(0, 3)), DtypeError);
}

}  // namespace
}  // namespace cadena

#include "tensor/clip.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

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

TEST(JointNorm, IsThatOfAllTensorsTakenForOne) {
  const std::vector<Tensor> parts{tensor({3, 0}), tensor({{-4.0}}, Dtype::f64), zeros({0})};
  EXPECT_NEAR(joint_norm(parts).item(), 5, 1e-14);
  EXPECT_NEAR(joint_norm(parts, 1).item(), 7, 1e-14);
  EXPECT_EQ(joint_norm(parts, kInf).item(), 4);
  EXPECT_EQ(joint_norm({}).item(), 0);
  EXPECT_TRUE(std::isnan(joint_norm(std::vector{tensor({kNan}), tensor({1})}, kInf).item()));
  EXPECT_THROW(joint_norm(parts, 0), ValueError);
  EXPECT_THROW(joint_norm(std::vector{arange(0, 3)}), DtypeError);
}

TEST(ScaleToNorm, ShortensWhatIsTooLongAndLeavesTheRest) {
  const std::vector<Tensor> parts{tensor({3, 0}, Dtype::f64), tensor({{-4}}, Dtype::f64)};
  scale_to_norm(parts, joint_norm(parts), 10);
  EXPECT_EQ(parts[0].to_vector(), (std::vector<double>{3, 0}));
  scale_to_norm(parts, joint_norm(parts), 1);
  EXPECT_NEAR(parts[0].at({0}), 3 / (5 + 1e-6), 1e-15);
  EXPECT_NEAR(parts[1].at({0, 0}), -4 / (5 + 1e-6), 1e-15);
}

TEST(ScaleToNorm, ChangesNothingWhereATensorCannotBeScaled) {
  const std::vector<Tensor> parts{tensor({3, 4}), arange(0, 3)};
  EXPECT_THROW(scale_to_norm(parts, tensor(5, Dtype::f64), 1), DtypeError);
  EXPECT_EQ(parts[0].to_vector(), (std::vector<double>{3, 4}));
}

TEST(InPlace, ScalesAndClampsAndKeepsNaN) {
  const Tensor x = tensor({-3, 0.5, kNan}, Dtype::f64);
  clamp_into(x, 1);
  scale_into(x, 2);
  EXPECT_EQ(x.at({0}), -2);
  EXPECT_EQ(x.at({1}), 1);
  EXPECT_TRUE(std::isnan(x.at({2})));
  EXPECT_THROW(clamp_into(x, -1), ValueError);
  EXPECT_THROW(clamp_into(arange(0, 3), 1), DtypeError);
  EXPECT_THROW(scale_into(arange(0, 3), 1), DtypeError);
}

}  // namespace
}  // namespace cadena

#include "nn/init.h"

#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

struct Moments {
  double mean, variance, fourth, largest;
};

Moments moments(const Tensor& x) {
  Moments m{};
  const double n = static_cast<double>(x.numel());
  for (double v : x.to_vector()) {
    m.mean += v / n;
    m.variance += v * v / n;
    m.fourth += v * v * v * v / n;
    m.largest = std::max(m.largest, std::abs(v));
  }
  return m;
}

/// The moments of a distribution around 0 with this variance and kurtosis, to five standard deviations of their
/// estimates.
void expect_moments(const Tensor& x, double variance, double kurtosis) {
  const Moments m = moments(x);
  const double n = static_cast<double>(x.numel());
  EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(m.variance, variance, 5 * variance * std::sqrt((kurtosis - 1) / n));
  EXPECT_NEAR(m.fourth / (variance * variance), kurtosis, 0.1);
}

constexpr double kUniform = 1.8, kNormal = 3;  // kurtosis

TEST(Init, HasTheVarianceOfItsRule) {
  Generator g(1);
  const Shape shape{200, 300};  // fan-in 300, fan-out 200
  expect_moments(nn::fan_in_uniform(g, shape), 1.0 / 900, kUniform);
  expect_moments(nn::glorot_uniform(g, shape), 2.0 / 500, kUniform);
  expect_moments(nn::glorot_normal(g, shape), 2.0 / 500, kNormal);
  expect_moments(nn::he_uniform(g, shape), 2.0 / 300, kUniform);
  expect_moments(nn::he_normal(g, shape), 2.0 / 300, kNormal);
}

TEST(Init, CountsTheKernelAmongTheFans) {
  Generator g(2);
  const Shape shape{50, 80, 3, 5};  // fan-in 1200, fan-out 750
  expect_moments(nn::fan_in_uniform(g, shape), 1.0 / 3600, kUniform);
  expect_moments(nn::glorot_normal(g, shape), 2.0 / 1950, kNormal);
  expect_moments(nn::he_normal(g, shape), 2.0 / 1200, kNormal);
}

TEST(Init, UniformOnesStayWithinTheirBounds) {
  Generator g(3);
  const Shape shape{200, 300};
  const auto expect_bound = [](const Tensor& x, double bound) {
    EXPECT_LE(moments(x).largest, bound * (1 + 1e-6));
    EXPECT_GT(moments(x).largest, bound * 0.999);
  };
  expect_bound(nn::fan_in_uniform(g, shape), std::sqrt(1.0 / 300));
  expect_bound(nn::glorot_uniform(g, shape), std::sqrt(6.0 / 500));
  expect_bound(nn::he_uniform(g, shape), std::sqrt(6.0 / 300));
}

TEST(Init, OrthogonalHasOrthonormalRowsOrColumns) {
  Generator g(4);
  const Tensor tall = nn::orthogonal(g, {7, 4}, 1, Dtype::f64), wide = nn::orthogonal(g, {4, 7}, 2, Dtype::f64);
  const Tensor square = nn::orthogonal(g, {5, 5}, 1, Dtype::f64),
               kernel = nn::orthogonal(g, {4, 3, 2, 2}, 1, Dtype::f64);
  expect_values(matmul(transpose(tall), tall), eye(4, 4, Dtype::f64));
  expect_values(
      matmul(wide, transpose(wide)),
      cast(from_values(std::vector<double>{4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4}, {4, 4}), Dtype::f64));
  expect_values(matmul(transpose(square), square), eye(5, 5, Dtype::f64));
  const Tensor rows = reshape(kernel, {4, 12});
  expect_values(matmul(rows, transpose(rows)), eye(4, 4, Dtype::f64));
}

TEST(Init, OrthogonalFavoursNoDirection) {
  // Uniformly distributed orthogonal 2 x 2 matrices: every element has mean 0 and variance 1/2, the determinant is 1 as
  // often as -1.
  Generator g(5);
  const int count = 4000;
  double sums[4] = {}, squares[4] = {}, determinants = 0;
  for (int i = 0; i < count; ++i) {
    const std::vector<double> q = nn::orthogonal(g, {2, 2}, 1, Dtype::f64).to_vector();
    for (std::size_t k = 0; k < 4; ++k) {
      sums[k] += q[k] / count;
      squares[k] += q[k] * q[k] / count;
    }
    determinants += (q[0] * q[3] - q[1] * q[2]) / count;
  }
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(sums[k], 0, 5 * std::sqrt(0.5 / count)) << k;
    EXPECT_NEAR(squares[k], 0.5, 5 * std::sqrt(0.125 / count)) << k;  // the variance of cos^2 is 1/8
  }
  EXPECT_NEAR(determinants, 0, 5 / std::sqrt(count));
}

TEST(Init, GivesTheDtypeAskedForAndTheSameForTheSameSeed) {
  Generator a(6), b(6);
  EXPECT_EQ(nn::he_normal(a, {4, 3}, Dtype::bf16).dtype(), Dtype::bf16);
  EXPECT_EQ(nn::orthogonal(a, {4, 3}).dtype(), Dtype::f32);
  nn::he_normal(b, {4, 3}, Dtype::bf16);
  nn::orthogonal(b, {4, 3});
  EXPECT_EQ(nn::glorot_uniform(a, {4, 3}).to_vector(), nn::glorot_uniform(b, {4, 3}).to_vector());
}

TEST(Init, NamesTheShapeItCannotTake) {
  Generator g(7);
  EXPECT_EQ(message_of<ShapeError>([&] { nn::he_normal(g, {3}); }),
            "he_normal: expected (out, in, kernel…), got shape (3,)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              nn::orthogonal(g, {0, 3});
            }),
            "orthogonal: expected (out, in, kernel…), got shape (0, 3)");
  EXPECT_THROW(nn::orthogonal(g, {3, 3}, 1, Dtype::i64), DtypeError);
  EXPECT_THROW(nn::he_uniform(g, {3, 3}, Dtype::i64), DtypeError);
}

}  // namespace
}  // namespace cadena

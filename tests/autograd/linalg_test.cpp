#include "autograd/linalg.h"

#include <gmock/gmock.h>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

Variable total(const Variable& x) { return sum_to(x, {}); }

/// The gradient of <c, f(a)> at a, for a fixed pattern c.
template <class F>
Tensor gradient(F f, const Tensor& a) {
  const Variable x = parameter(a);
  const Variable y = f(x);
  return grad(total(y * Variable(pattern(y.shape(), 3))), x).value();
}

TEST(Lstsq, HasTheGradientOfTheNormalEquations) {
  const Variable b(pattern({4, 2}, 5)), c(pattern({2, 1}, 5));
  const Tensor a = pattern({4, 2}), wide = pattern({2, 3});
  expect_values(gradient([&](const Variable& x) { return lstsq(x, b); }, a),
                gradient([&](const Variable& x) { return solve(matmul(transpose(x), x), matmul(transpose(x), b)); }, a),
                1e-12);
  expect_values(
      gradient([&](const Variable& x) { return lstsq(x, c); }, wide),
      gradient([&](const Variable& x) { return matmul(transpose(x), solve(matmul(x, transpose(x)), c)); }, wide),
      1e-12);
  expect_values(gradient([&](const Variable& y) { return lstsq(Variable(a), y); }, pattern({4}, 7)),
                gradient(
                    [&](const Variable& y) {
                      const Variable x(a);
                      return solve(matmul(transpose(x), x), matmul(transpose(x), y));
                    },
                    pattern({4}, 7)));
}

TEST(Lstsq, RefusesDependentColumns) {
  EXPECT_THROW(lstsq(parameter(tensor({{1, 2}, {2, 4}, {3, 6}}, Dtype::f64)), Variable(ones({3}, Dtype::f64))),
               LinalgError);
}

TEST(Qr, OfAWideMatrixMultipliesBackWithItsGradient) {
  const Tensor a = add(pattern({2, 3, 4}), mul(eye(3, 4, Dtype::f64), 3));
  const auto product = [](const Variable& x) {
    const auto [q, r] = qr(x);
    return matmul(q, r);
  };
  expect_values(product(Variable(a)).value(), a, 1e-13);
  expect_values(gradient(product, a), pattern({2, 3, 4}, 3), 1e-12);
  const Tensor r = qr(Variable(a))[1].value();
  EXPECT_EQ(r.at({1, 2, 0}), 0);
  EXPECT_GT(r.at({1, 2, 2}), 0);
}

TEST(Solve, BroadcastsLeadingAxesAndTakesVectors) {
  const Tensor a = tensor({{2.5, 0.25}, {-0.25, 1.5}}, Dtype::f64);
  const Tensor b = pattern({3, 2, 2});
  const auto by_inverse = [&](const Variable& x) { return matmul(inv(x), Variable(b)); };
  expect_values(gradient([&](const Variable& x) { return solve(x, Variable(b)); }, a), gradient(by_inverse, a));
  EXPECT_EQ(solve(Variable(a), Variable(ones({2}, Dtype::f64))).shape(), Shape{2});
}

// The cofactors of small matrices of integers, by hand: signed minors.
TEST(Det, HasTheCofactorsAsGradientAtEveryRank) {
  const auto gradient_of_det = [](const Tensor& m) {
    const Variable a = parameter(m);
    return grad(det(a), a).value();
  };
  const Tensor rank_two = tensor({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, Dtype::f64);
  expect_values(gradient_of_det(rank_two), {-3, 6, -3, 6, -12, 6, -3, 6, -3});
  expect_values(gradient_of_det(cast(rank_two, Dtype::f32)), {-3, 6, -3, 6, -12, 6, -3, 6, -3}, 1e-6);
  expect_values(gradient_of_det(tensor({{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}}, Dtype::f64)), std::vector<double>(9, 0.0));
  expect_values(gradient_of_det(zeros({2, 2}, Dtype::f64)), {0, 0, 0, 0});
  expect_values(gradient_of_det(tensor({{0, 2}, {0, 3}}, Dtype::f64)), {3, 0, -2, 0});
  expect_values(gradient_of_det(tensor({{0}}, Dtype::f64)), {1});
  expect_values(gradient_of_det(eye(3, 3, Dtype::f64)), {1, 0, 0, 0, 1, 0, 0, 0, 1});
  EXPECT_EQ(gradient_of_det(zeros({0, 0}, Dtype::f64)).shape(), (Shape{0, 0}));
}

TEST(Det, HasSecondDerivativesAtEveryRank) {
  Generator generator(3);
  const Tensor rows = normal(generator, {4, 3}, 0, 1, Dtype::f64),
               columns = normal(generator, {3, 4}, 0, 1, Dtype::f64);
  // The sum, whose derivatives are 1, is the scale by which those of det that are 0 are judged.
  const auto f = [](std::span<const Variable> x) { return det(x[0]) + total(x[0]); };
  for (int rank = 1; rank <= 3; ++rank) {
    const Tensor a = matmul(slice(rows, 1, {0, rank}), slice(columns, 0, {0, rank}));
    EXPECT_THAT(gradcheck(f, std::vector{a}).failures, testing::IsEmpty()) << "rank " << rank;
  }
  EXPECT_THAT(gradcheck(f, std::vector{eye(3, 3, Dtype::f64)}).failures, testing::IsEmpty());
}

TEST(Det, HasNoThirdDerivativeAtASingularMatrix) {
  const auto third = [](const Tensor& m) {
    const Variable a = parameter(m);
    Variable y = det(a);
    for (int order = 0; order < 3; ++order)
      y = total(grad(y, a, {.differentiable = order < 2}) * Variable(pattern(m.shape(), 3)));
    return y.item();
  };
  EXPECT_TRUE(std::isfinite(third(tensor({{2, 1, 0}, {0, 3, 1}, {1, 0, 2}}, Dtype::f64))));
  expect_error<LinalgError>([&] { third(tensor({{1, 2, 3}, {4, 5, 6}, {5, 7, 9}}, Dtype::f64)); }, "third derivative");
}

TEST(Logdet, HasTheInverseTransposedAsGradient) {
  const Tensor a = tensor({{2, 1}, {0, 4}}, Dtype::f64);
  const Variable x = parameter(a);
  expect_values(grad(logdet(x), x).value(), {0.5, 0, -0.125, 0.25});
  EXPECT_TRUE(std::isnan(logdet(Variable(tensor({{0, 1}, {1, 0}}))).item()));
}

TEST(Cholesky, ItsDiagonalGivesTheLogDeterminant) {
  const Tensor a = tensor({{4, 1, 0}, {1, 3, -1}, {0, -1, 2}}, Dtype::f64);
  const Variable x = parameter(a);
  const Variable l = cholesky(x);
  const Variable from_factor = logdet(l) * 2;
  expect_values(grad(from_factor, x).value(), grad(logdet(x), x).value());
}

}  // namespace
}  // namespace cadena

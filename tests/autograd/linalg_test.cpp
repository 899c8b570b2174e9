#include "autograd/linalg.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
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

TEST(Det, RefusesTheGradientAtASingularMatrix) {
  const Variable a = parameter(zeros({2, 2}, Dtype::f64));
  const Variable y = det(a);
  EXPECT_EQ(y.item(), 0);
  EXPECT_THROW(grad(y, a), LinalgError);
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

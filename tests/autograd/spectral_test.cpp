#include "autograd/spectral.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/linalg.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

// Functions that do not change when vectors change their sign have a second, polynomial form, whose gradient is the
// reference here: V Λ^2 V^T = A^2 and the like.
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

const Tensor kSymmetric = tensor({{2, -0.5, 0.25}, {-0.5, -1, 0.75}, {0.25, 0.75, 0.5}}, Dtype::f64);
const Tensor kRepeated = tensor({{2, 0, 0}, {0, 2, 0}, {0, 0, 5}}, Dtype::f64);

TEST(Eigh, TheGradientOfAMatrixFunctionIsThatOfItsPolynomial) {
  const auto by_eigh = [](const Variable& a) {
    const auto [l, v] = eigh(a);
    return matmul(v * reshape(l * l, {1, 3}), transpose(v));
  };
  const auto by_products = [](const Variable& a) {
    const Variable s = (a + transpose(a)) * 0.5;
    return matmul(s, s);
  };
  expect_values(gradient(by_eigh, kSymmetric), gradient(by_products, kSymmetric), 1e-12);
}

TEST(Eigh, TheSecondDerivativeOfAMatrixFunctionIsThatOfItsPolynomial) {
  const auto curvature = [](auto f) {
    const Variable x = parameter(kSymmetric);
    const Variable g = grad(total(f(x) * Variable(pattern({3, 3}, 3))), x, {.differentiable = true});
    return grad(total(g * g), x).value();
  };
  const Tensor by_eigh = curvature([](const Variable& a) {
    const auto [l, v] = eigh(a);
    return matmul(v * reshape(l * l * l, {1, 3}), transpose(v));
  });
  const Tensor by_products = curvature([](const Variable& a) {
    const Variable s = (a + transpose(a)) * 0.5;
    return matmul(s, matmul(s, s));
  });
  expect_values(by_eigh, by_products, 1e-10);
}

TEST(Eigh, RefusesCotangentsThatMixRepeatedValues) {
  // Right would be the gradient of A^2; dropping the pair would give another matrix without a word.
  EXPECT_EQ(
      message_of<LinalgError>([] {
        gradient(
            [](const Variable& a) {
              const auto [l, v] = eigh(a);
              return matmul(v * reshape(l * l, {1, 3}), transpose(v));
            },
            kRepeated);
      }),
      "eigh: the matrix has repeated eigenvalues or singular values, and a derivative of their vectors, which are "
      "not unique, was asked for");
}

TEST(Eigh, AVectorWhoseValueIsSimpleHasAGradientThoughOthersRepeat) {
  // The projector on e_3 at diag(2, 2, 5): dP = (e_3 dS e_i + e_i dS e_3) / (5 - 2), summed over i = 1, 2.
  const Tensor g = gradient(
      [](const Variable& a) {
        const Variable pick(reshape(tensor({0, 0, 1}, Dtype::f64), {3, 1}));
        const Variable v = matmul(eigh(a)[1], pick);
        return matmul(v, transpose(v));
      },
      kRepeated);
  const Tensor c = pattern({3, 3}, 3);
  const auto entry = [&](i64 i) { return (c.at({i, 2}) + c.at({2, i})) / 2 / 3; };
  expect_values(g, {0, 0, entry(0), 0, 0, entry(1), entry(0), entry(1), 0});
}

TEST(Eigh, TangentsThatMixRepeatedValuesAreRefusedToo) {
  const Tensor mixing = tensor({{0, 1, 0}, {1, 0, 0}, {0, 0, 0}}, Dtype::f64);
  const auto push = [](const Tensor& direction) {
    const Variable a = parameter(kRepeated);
    const std::vector<Variable> ys{eigh(a)[1]}, xs{a}, tangents{Variable(direction)};
    push_forward(ys, xs, tangents);
  };
  EXPECT_THROW(push(mixing), LinalgError);
  EXPECT_NO_THROW(push(kRepeated));
}

TEST(Eigvalsh, SymmetricFunctionsOfRepeatedValuesHaveTheirGradient) {
  // The sum of the values is the trace; the sum of their squares is |S|^2.
  const Variable a = parameter(kRepeated);
  const Variable l = eigvalsh(a);
  expect_values(grad(total(l), a).value(), {1, 0, 0, 0, 1, 0, 0, 0, 1});
  expect_values(grad(total(l * l), a).value(), {4, 0, 0, 0, 4, 0, 0, 0, 10});
}

TEST(Svd, TheGradientOfAnOddFunctionIsThatOfItsPolynomial) {
  // U s^3 V^T = A A^T A.
  for (const Shape& shape : {Shape{3, 3}, Shape{4, 2}, Shape{2, 3}}) {
    const auto by_svd = [](const Variable& a) {
      const auto [u, s, vt] = svd(a);
      return matmul(u * reshape(s * s * s, {1, s.numel()}), vt);
    };
    const auto by_products = [](const Variable& a) { return matmul(a, matmul(transpose(a), a)); };
    const Tensor a = pattern(shape);
    expect_values(gradient(by_svd, a), gradient(by_products, a), 1e-11);
  }
}

TEST(Svd, TheProjectorOnTheColumnsHasTheGradientOfItsClosedForm) {
  // U U^T = A (A^T A)^{-1} A^T: all of it comes from the part of the cotangent outside U.
  const auto by_svd = [](const Variable& a) {
    const Variable u = svd(a)[0];
    return matmul(u, transpose(u));
  };
  const auto by_inverse = [](const Variable& a) {
    return matmul(a, matmul(inv(matmul(transpose(a), a)), transpose(a)));
  };
  const Tensor a = pattern({4, 2});
  expect_values(gradient(by_svd, a), gradient(by_inverse, a), 1e-12);
}

TEST(Svd, RefusesVectorsOfRepeatedAndOfVanishingValues) {
  const auto vectors = [](const Variable& a) { return svd(a)[0]; };
  EXPECT_THROW(gradient(vectors, eye(3, 3, Dtype::f64)), LinalgError);
  EXPECT_EQ(message_of<LinalgError>([&] {
              gradient(vectors, tensor({{1, 1}, {2, 2}, {3, 3}}, Dtype::f64));
            }),
            "svd: the matrix has a singular value 0, and a derivative of its vectors, which are not unique, was asked "
            "for");
}

TEST(Svdvals, TheNuclearNormHasItsGradientForRepeatedValues) {
  const Variable a = parameter(mul(eye(3, 3, Dtype::f64), -2));
  expect_values(grad(total(svdvals(a)), a).value(), {-1, 0, 0, 0, -1, 0, 0, 0, -1});
}

TEST(Pinv, OfFullRankHasTheGradientOfItsClosedForm) {
  const auto tall = [](const Variable& a) { return matmul(inv(matmul(transpose(a), a)), transpose(a)); };
  const auto wide = [](const Variable& a) { return matmul(transpose(a), inv(matmul(a, transpose(a)))); };
  const auto by_pinv = [](const Variable& a) { return pinv(a); };
  const Tensor a = pattern({4, 2}), at = pattern({2, 3});
  expect_values(gradient(by_pinv, a), gradient(tall, a), 1e-12);
  expect_values(gradient(by_pinv, at), gradient(wide, at), 1e-12);
}

// Where A is neither tall nor wide of full rank, both terms outside its columns and rows count: along A = X Y the rank
// stays what it is.
TEST(Pinv, OfARankThatStaysHasTheDerivativesThatDifferencesGive) {
  const auto f = [](std::span<const Variable> x) { return pinv(matmul(x[0], x[1])); };
  Generator generator(5);
  for (const auto& [m, n, rank] : {std::array<i64, 3>{3, 3, 1}, {4, 3, 2}, {3, 4, 2}}) {
    const Tensor x = normal(generator, {m, rank}, 0, 1, Dtype::f64), y = normal(generator, {rank, n}, 0, 1, Dtype::f64);
    const GradcheckReport report = gradcheck(f, {x, y});
    EXPECT_TRUE(report.passed()) << report.failures.front();
  }
}

}  // namespace
}  // namespace cadena

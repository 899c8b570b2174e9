// The claims of chapter 1 on the chain rule and on difference quotients.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cadena.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

struct Sizes {
  i64 n, m, p;
};
constexpr Sizes kSizes[] = {{3, 4, 2}, {1, 5, 1}, {6, 2, 3}};

/// f: R^n -> R^m and g: R^m -> R^p, a layer each, a point x of R^n, and directions in the first and the last space.
struct Chain {
  Tensor a, b, x, x_dot, y_bar;

  explicit Chain(const Sizes& s) {
    Generator g(17);
    a = randn(g, {s.m, s.n}, Dtype::f64);
    b = randn(g, {s.p, s.m}, Dtype::f64);
    x = randn(g, {s.n}, Dtype::f64);
    x_dot = randn(g, {s.n}, Dtype::f64);
    y_bar = randn(g, {s.p}, Dtype::f64);
  }
  Variable f(const Variable& v) const { return tanh(matmul(Variable(a), v)); }
  Variable g(const Variable& v) const { return sin(matmul(Variable(b), v)); }

  Tensor jacobian_of_f() const {
    return jacobian([this](const Variable& v) { return f(v); }, Variable(x)).value();
  }
  Tensor jacobian_of_g(const Tensor& at) const {
    return jacobian([this](const Variable& v) { return g(v); }, Variable(at)).value();
  }
  Tensor hidden() const { return tanh(matmul(a, x)); }
};

TEST(Backprop, ChainRuleIsAProductOfJacobians) {
  Claim claim("1.2");
  for (const Sizes& size : kSizes) {
    const Chain chain(size);
    const Tensor whole = jacobian([&](const Variable& v) { return chain.g(chain.f(v)); }, Variable(chain.x)).value();
    claim.identity(whole, matmul(chain.jacobian_of_g(chain.hidden()), chain.jacobian_of_f()), 1e-12);
    // The outer Jacobian belongs at f(x); at the values before the tanh it is another matrix.
    const Tensor elsewhere = chain.jacobian_of_g(matmul(chain.a, chain.x));
    claim.rejects("outer-at-the-wrong-point", matmul(elsewhere, chain.jacobian_of_f()), whole);
  }
}

TEST(Backprop, ReverseModeMultipliesFromTheLeft) {
  Claim claim("1.3");
  for (const Sizes& size : kSizes) {
    const Chain chain(size);
    const Variable x[] = {Variable(chain.x)};
    const auto both = [&](std::span<const Variable> v) { return chain.g(chain.f(v[0])); };
    const Tensor x_bar = vjp(both, x, Variable(chain.y_bar)).second[0].value();
    const Tensor hidden_bar = matmul(transpose(chain.jacobian_of_g(chain.hidden()), 0, 1), chain.y_bar);
    claim.identity(x_bar, matmul(transpose(chain.jacobian_of_f(), 0, 1), hidden_bar), 1e-12);
    // The derivative of tanh was left out: the layer counts as linear.
    claim.rejects("activation-forgotten", matmul(transpose(chain.a, 0, 1), hidden_bar), x_bar);
    claim.rejects("sign-forgotten", neg(x_bar), x_bar);
  }
}

TEST(Backprop, CentralDifferenceErrsByTruncationAndRounding) {
  Claim claim("1.4");
  const double x = 1, epsilon = std::numeric_limits<double>::epsilon();
  const auto error = [&](double h) { return std::abs((std::sin(x + h) - std::sin(x - h)) / (2 * h) - std::cos(x)); };
  for (int k = 1; k <= 40; ++k) {  // sin and its derivatives stay below 1
    const double h = std::pow(10, -k / 4.0);
    claim.bound(error(h), h * h / 6 + epsilon * (1 + x) / h);
  }
  claim.rejects_bound("no-rounding", error(1e-10), 1e-20 / 6);
  claim.rejects_bound("no-truncation", error(0.1), epsilon * (1 + x) / 0.1);
}

}  // namespace
}  // namespace cadena::tutorials

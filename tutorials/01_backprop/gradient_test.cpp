// The claims of chapter 1 on modes, graphs, second order, depth, memory and the check of gradients.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tutorials/01_backprop/chain.h"
#include "tutorials/01_backprop/scalar_engine.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor normal(std::uint64_t seed, const Shape& shape) {
  Generator g(seed);
  return randn(g, shape, Dtype::f64);
}

// A layer tanh(W x) of 1-D x, and the network of three layers 5 -> 4 -> 6 -> 3.
Variable layer(const Tensor& w, const Variable& x) { return tanh(matmul(Variable(w), x)); }

struct Network {
  Tensor w1 = normal(1, {4, 5}), w2 = normal(2, {6, 4}), w3 = normal(3, {3, 6});
  Variable operator()(const Variable& x) const { return layer(w3, layer(w2, layer(w1, x))); }
};

// diag(1 - tanh^2(W x)) W, the Jacobian of a layer.
Tensor jacobian_of_layer(const Tensor& w, const Tensor& x) { return unsqueeze(1 - square(tanh(matmul(w, x))), 1) * w; }

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

TEST(Backprop, ChainRuleIsAProductOfJacobians) {
  Claim claim("1.2");
  const Network f;
  for (std::uint64_t seed = 10; seed < 14; ++seed) {
    const Tensor x = normal(seed, {5}), h1 = tanh(matmul(f.w1, x)), h2 = tanh(matmul(f.w2, h1));
    const Tensor j1 = jacobian_of_layer(f.w1, x), j2 = jacobian_of_layer(f.w2, h1), j3 = jacobian_of_layer(f.w3, h2);
    const Tensor whole = jacobian(f, Variable(x)).value();
    claim.identity(whole, matmul(j3, matmul(j2, j1)), 1e-11);
    if (seed == 10) {
      const Tensor at_x = jacobian_of_layer(f.w2, tanh(normal(99, {4})));
      claim.rejects("inner-jacobian-at-another-point", matmul(j3, matmul(at_x, j1)), whole);
      claim.rejects("link-left-out", matmul(j3, matmul(f.w2, j1)), whole);
    }
  }
}

TEST(Backprop, ForwardAndReverseModeAreAdjoint) {
  Claim claim("1.4");
  const Network f;
  const auto one = [&](std::span<const Variable> xs) { return f(xs[0]); };
  for (std::uint64_t seed = 20; seed < 26; ++seed) {
    const Variable x(normal(seed, {5})), v(normal(seed + 100, {5})), u(normal(seed + 200, {3}));
    const Tensor jv = jvp(one, std::span(&x, 1), std::span(&v, 1)).product.value();
    const Tensor ju = vjp(one, std::span(&x, 1), u).second[0].value();
    claim.identity(dot(u.value(), jv), dot(ju, v.value()), 1e-11);
    if (seed == 20) {
      claim.rejects("reverse-without-the-slope",
                    dot(matmul(transpose(matmul(f.w3, matmul(f.w2, f.w1))), u.value()), v.value()), dot(u.value(), jv));
      claim.rejects("sign", dot(u.value(), jv), -dot(ju, v.value()));
    }
  }
}

TEST(Backprop, MultiplicationsOfTheTwoOrders) {
  Claim claim("1.5");
  for (const std::vector<i64>& n : {std::vector<i64>{7, 5, 6, 2}, {2, 8, 9, 4, 11}, {30, 20, 20, 10, 1}}) {
    std::vector<Tensor> jacobians;
    double forward = 0, reverse = 0;
    for (std::size_t l = 1; l < n.size(); ++l) {
      jacobians.push_back(normal(l, {n[l], n[l - 1]}));
      if (l > 1) forward += static_cast<double>(n[0] * n[l] * n[l - 1]);
      if (l < n.size() - 1) reverse += static_cast<double>(n.back() * n[l] * n[l - 1]);
    }
    const CountedProduct from_right = forward_order(jacobians), from_left = reverse_order(jacobians);
    claim.identity(from_right.multiplications, forward, 1e-12);
    claim.identity(from_left.multiplications, reverse, 1e-12);
    EXPECT_TRUE(allclose(from_right.value, from_left.value, 1e-10, 1e-10));
    claim.rejects("both-cost-the-same", from_left.multiplications, from_right.multiplications);
  }
}

// A number that counts the operations on it.
struct Counted {
  double value = 0;
  static inline int all = 0, products = 0;  // products: multiplications and divisions
};
Counted operator+(Counted a, Counted b) { return ++Counted::all, Counted{a.value + b.value}; }
Counted operator-(Counted a, Counted b) { return ++Counted::all, Counted{a.value - b.value}; }
Counted operator*(Counted a, Counted b) { return ++Counted::all, ++Counted::products, Counted{a.value * b.value}; }
Counted operator/(Counted a, Counted b) { return ++Counted::all, ++Counted::products, Counted{a.value / b.value}; }

// A program without branches: each step appends `op` of two earlier numbers.
struct Step {
  char op;
  std::size_t a, b;
};

template <class T>
T result(char op, const T& a, const T& b) {
  return op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
}

// The table above (1.6), step by step from the last one; `x` holds the inputs and the result of every step.
std::vector<Counted> walk_back(const std::vector<Step>& program, const std::vector<Counted>& x) {
  std::vector<Counted> bar(x.size());
  bar.back().value = 1;
  for (std::size_t i = x.size(), k = program.size(); k-- > 0;) {
    const auto [op, a, b] = program[k];
    const Counted y = x[--i], up = bar[i];
    if (op == '+') bar[a] = bar[a] + up, bar[b] = bar[b] + up;
    if (op == '-') bar[a] = bar[a] + up, bar[b] = bar[b] - up;
    if (op == '*') bar[a] = bar[a] + up * x[b], bar[b] = bar[b] + up * x[a];
    if (op == '/') {
      const Counted t = up / x[b];
      bar[a] = bar[a] + t, bar[b] = bar[b] - t * y;
    }
  }
  return bar;
}

TEST(Backprop, GradientCostsAtMostFiveTimesTheFunction) {
  Claim claim("1.6");
  constexpr std::size_t kInputs = 4, kSteps = 30;
  for (const std::string& operations : {std::string("+-*/"), std::string("+*"), std::string("*/")}) {
    Generator g(operations.size());
    std::vector<Counted> x;
    Tape tape;
    std::vector<Scalar> recorded;
    for (const double start : uniform(g, {kInputs}, 1, 1.5, Dtype::f64).to_vector())
      x.push_back({start}), recorded.emplace_back(tape, start);
    std::vector<Step> program;
    const auto draw = [&](std::size_t below) {
      return static_cast<std::size_t>(randint(g, {1}, 0, static_cast<i64>(below)).item());
    };
    Counted::all = Counted::products = 0;
    for (std::size_t k = 0; k < kSteps; ++k) {
      program.push_back({operations[draw(operations.size())], draw(x.size()), draw(kInputs)});
      x.push_back(result(program[k].op, x[program[k].a], x[program[k].b]));
      recorded.push_back(result(program[k].op, recorded[program[k].a], recorded[program[k].b]));
    }
    const double all = Counted::all, products = Counted::products;
    const std::vector<Counted> bar = walk_back(program, x);
    const std::vector<double> expected = tape.reverse(recorded.back().place());
    for (std::size_t i = 0; i < kInputs; ++i)
      EXPECT_NEAR(bar[i].value, expected[i], 1e-12 * (1 + std::abs(expected[i]))) << operations << ", input " << i;
    claim.bound(Counted::all, 5 * all);
    claim.bound(Counted::products, 3 * products);
    if (operations != "*/") continue;
    claim.rejects_bound("one-more-evaluation", Counted::all, 2 * all);
    claim.rejects_bound("three-for-all-operations", Counted::all, 3 * all);
  }
}

TEST(Backprop, SharedVariablesAddTheirCotangents) {
  Claim claim("1.7");
  const Tensor w = normal(30, {4, 5}), m = normal(31, {3, 5}), u = normal(32, {4}), t = normal(33, {3});
  const Variable x = parameter(normal(34, {5}));
  const Variable y = sum(Variable(u) * layer(w, x)) + sum(Variable(t) * sin(matmul(Variable(m), x)));
  const Tensor first = matmul(transpose(jacobian_of_layer(w, x.value())), u);
  const Tensor second = matmul(transpose(m), t * cos(matmul(m, x.value())));
  const Tensor computed = grad(y, x).value();
  claim.identity(computed, first + second, 1e-12);
  claim.rejects("last-use-overwrites", second, computed);
  claim.rejects("mean-of-the-uses", 0.5 * (first + second), computed);
}

TEST(Backprop, ExampleByHand) {
  Claim claim("1.8");
  Tape tape;
  const Scalar a(tape, 2), b(tape, 3), c(tape, -1);
  const Scalar s = a + b, p = b * c, y = s * p;
  const std::vector<double> cotangent = tape.reverse(y.place());
  claim.identity(y.value(), -15, 1e-15);
  claim.identity(cotangent[a.place()], -3, 1e-15);
  claim.identity(cotangent[b.place()], -8, 1e-15);
  claim.identity(cotangent[c.place()], 15, 1e-15);
  for (const Scalar& x : {a, b, c}) claim.identity(tape.forward(x.place())[y.place()], cotangent[x.place()], 1e-15);
  claim.rejects("only-the-path-through-the-product", -5, cotangent[b.place()]);
  claim.rejects("only-the-path-through-the-sum", -3, cotangent[b.place()]);

  Variable ta = parameter(tensor({2}, Dtype::f64)), tb = parameter(tensor({3}, Dtype::f64));
  EXPECT_EQ(grad(sum((ta + tb) * (tb * -1.0)), tb).item(), -8) << "the library's engine agrees";
}

// A smooth function of five variables, e^(0.3 sum x) sum sin(W x), with a full Hessian.
Variable smooth(const Variable& x) { return sum(sin(matmul(Variable(normal(40, {6, 5})), x)) * exp(0.3 * sum(x))); }

// Its Hessian by hand, from the product rule: with e the exponential and c = W^T cos(W x),
// e (-W^T diag(sin(W x)) W + 0.3 (c 1^T + 1 c^T) + 0.09 sum sin(W x) 1 1^T).
Tensor hessian_by_hand(const Tensor& x) {
  const Tensor w = normal(40, {6, 5}), angle = matmul(w, x), one = ones({5, 5}, Dtype::f64);
  const Tensor c = unsqueeze(matmul(transpose(w), cos(angle)), 1), inner = matmul(transpose(w) * sin(angle), w);
  return exp(0.3 * sum(x)) * (0.3 * (c + transpose(c)) - inner + 0.09 * sum(sin(angle)) * one);
}

TEST(Backprop, HessianTimesVectorIsADerivativeOfTheGradient) {
  Claim claim("1.17");
  for (std::uint64_t seed = 41; seed < 45; ++seed) {
    const Tensor x = mul(normal(seed, {5}), 0.5), v = normal(seed + 10, {5});
    const Tensor product = hvp(smooth, Variable(x), Variable(v)).value();
    claim.identity(product, matmul(hessian_by_hand(x), v), 1e-11);
    // Reverse over reverse: the gradient of <grad f, v>.
    const Variable at = parameter(x);
    const Variable first = grad(smooth(at), at, {.differentiable = true});
    claim.identity(grad(sum(first * Variable(v)), at).value(), product, 1e-11);
    if (seed > 41) continue;
    claim.rejects("gauss-newton-square-of-the-gradient", first.value() * dot(first.value(), v), product);
    claim.rejects("diagonal-only", v * diagonal(hessian_by_hand(x)), product);
  }
}

TEST(Backprop, HessianIsSymmetric) {
  Claim claim("1.18");
  for (std::uint64_t seed = 51; seed < 56; ++seed) {
    const Variable x(mul(normal(seed, {5}), 0.5)), u(normal(seed + 10, {5})), v(normal(seed + 20, {5}));
    const double left = dot(u.value(), hvp(smooth, x, v).value());
    claim.identity(left, dot(v.value(), hvp(smooth, x, u).value()), 1e-11);
    if (seed == 51) {
      // The Jacobian of a field that is no gradient is not symmetric: tanh(W x) with a square W.
      const Tensor j = jacobian_of_layer(normal(57, {5, 5}), x.value());
      claim.rejects("any-square-jacobian", dot(u.value(), matmul(j, v.value())), dot(v.value(), matmul(j, u.value())));
    }
  }
}

TEST(Backprop, CotangentsShrinkOrGrowAtMostByTheSpectralNorms) {
  Claim claim("1.19");
  const auto spectral = [](const Tensor& a) { return max(svdvals(a)).item(); };
  for (std::uint64_t seed = 60; seed < 66; ++seed) {
    Tensor cotangent = normal(seed, {8}), x = normal(seed + 10, {8});
    std::vector<Tensor> jacobians;
    double product = norm(cotangent).item();
    for (std::uint64_t l = 0; l < 10; ++l) {
      const Tensor w = mul(normal(100 * seed + l, {8, 8}), 0.3);
      jacobians.push_back(jacobian_of_layer(w, x));
      product *= spectral(jacobians.back());
      x = tanh(matmul(w, x));
    }
    for (std::size_t l = jacobians.size(); l-- > 0;) cotangent = matmul(transpose(jacobians[l]), cotangent);
    claim.bound(norm(cotangent).item(), product);
  }
  // Both eigenvalues of N are 1/2; yet N^T multiplies (1, 0) by more than 1.
  const Tensor n = reshape(tensor({0.5, 1.0, 0.0, 0.5}, Dtype::f64), {2, 2});
  const Tensor u = tensor({1, 0}, Dtype::f64);
  claim.bound(norm(matmul(transpose(n), u)).item(), spectral(n));
  claim.rejects_bound("eigenvalues-below-one-shrink", norm(matmul(transpose(n), u)).item(), norm(u).item());
}

TEST(Backprop, VarianceOfWeightsThatKeepsCotangents) {
  Claim claim("1.20");
  // The mean over all 2^12 matrices of signs, times sigma: an expectation without a random number.
  constexpr int kOut = 4, kIn = 3;
  const double sigma = 0.7;
  const std::vector<double> u{0.3, -1.2, 0.8, 2.0};
  double total = 0;
  for (unsigned signs = 0; signs < (1u << (kOut * kIn)); ++signs) {
    for (unsigned j = 0; j < kIn; ++j) {
      double entry = 0;
      for (unsigned i = 0; i < kOut; ++i) entry += ((signs >> (i * kIn + j)) & 1u ? sigma : -sigma) * u[i];
      total += entry * entry / kIn;
    }
  }
  double square = 0;
  for (const double value : u) square += value * value / kOut;
  const double computed = total / (1u << (kOut * kIn));
  claim.identity(computed, kOut * sigma * sigma * square, 1e-10);
  claim.rejects("fan-in", kIn * sigma * sigma * square, computed);
  claim.rejects("standard-deviation", kOut * sigma * square, computed);
}

TEST(Backprop, CheckpointsNeedTwiceTheRootOfTheDepth) {
  Claim claim("1.21");
  for (i64 n = 1; n <= 400; ++n) {
    const auto root = static_cast<i64>(std::ceil(std::sqrt(static_cast<double>(n))));
    claim.bound(static_cast<double>(most_alive(n, root)), 2 * std::sqrt(static_cast<double>(n)) + 2);
    for (i64 s = 1; s <= n; ++s)
      claim.bound(2 * std::sqrt(static_cast<double>(n)), static_cast<double>(most_alive(n, s)));
  }
  claim.rejects_bound("root", static_cast<double>(most_alive(100, 10)), 10 + 2);
  claim.rejects_bound("logarithm", static_cast<double>(most_alive(100, 10)), 2 * std::log2(100));
}

TEST(Backprop, CentralDifferenceIsOffByTheThirdDerivative) {
  Claim claim("1.22");
  const auto f = [](double x) { return 2 * x * x * x - 3 * x * x + x; };
  for (const double x : {-1.5, 0.0, 0.75}) {
    for (const double h : {0.5, 0.125, 0.0625}) {
      const double slope = 6 * x * x - 6 * x + 1, error = (f(x + h) - f(x - h)) / (2 * h) - slope;
      claim.identity(error, h * h / 6 * 12, 1e-12);
      if (h == 0.5) {
        claim.rejects("without-the-sixth", h * h * 12, error);
        claim.rejects("first-order-as-forward-differences", (f(x + h) - f(x)) / h - slope, error);
      }
    }
  }
  // Of e^x the third derivative is e^x, so xi can be solved for: it has to lie within the interval.
  for (const double x : {-1.5, 0.0, 0.75}) {
    for (const double h : {1.0, 0.5, 0.125}) {
      const double error = (std::exp(x + h) - std::exp(x - h)) / (2 * h) - std::exp(x);
      const double xi = std::log(error * 6 / (h * h));
      claim.identity(std::clamp(xi, x - h, x + h), xi, 1e-12);
      if (h == 1.0) claim.rejects("always-in-the-middle", x, xi);
    }
  }
}

// x and h are chosen such that x +- h is exact: what is left is truncation and the rounding of the two values.
double error_of_difference(double x, double h) {
  return std::abs((std::sin(x + h) - std::sin(x - h)) / (2 * h) - std::cos(x));
}

TEST(Backprop, ErrorOfADifferenceIsTruncationAndRounding) {
  Claim claim("1.23");
  const double epsilon = std::ldexp(1.0, -52);
  for (const double x : {0.5, 1.25, 2.75}) {
    for (int k = 1; k <= 40; ++k) {
      const double h = std::ldexp(1.0, -k);
      claim.bound(error_of_difference(x, h), h * h / 6 + epsilon / h + epsilon);
    }
  }
  const double small = std::ldexp(1.0, -34);
  claim.rejects_bound("smaller-is-better", error_of_difference(1.25, small), small * small / 6 + epsilon);
  const double large = std::ldexp(1.0, -6);
  claim.rejects_bound("rounding-alone", error_of_difference(0.5, large), epsilon / large + epsilon);
}

TEST(Backprop, BestStepIsTheCubeRootOfThePrecision) {
  Claim claim("1.24");
  for (const auto& [epsilon, m0, m3] :
       {std::tuple{std::ldexp(1.0, -52), 1.0, 1.0}, {std::ldexp(1.0, -23), 2.0, 30.0}}) {
    // The least of the bound on log h, by thirds.
    const auto bound = [&, e = epsilon, f = m0, d = m3](double t) {
      return std::exp(2 * t) / 6 * d + e * f / std::exp(t);
    };
    double low = std::log(1e-12), high = 0;
    for (int step = 0; step < 200; ++step) {
      const double a = low + (high - low) / 3, b = high - (high - low) / 3;
      (bound(a) < bound(b) ? high : low) = bound(a) < bound(b) ? b : a;
    }
    const double best = std::exp((low + high) / 2), formula = std::cbrt(3 * epsilon * m0 / m3);
    claim.identity(best / formula, 1, 1e-6);
    claim.rejects("square-root-of-epsilon", std::sqrt(epsilon) / formula, 1);
    claim.rejects("without-the-third-derivative", std::cbrt(epsilon) / formula, 1);
  }
}

}  // namespace
}  // namespace cadena::tutorials

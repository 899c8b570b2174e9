#include "autograd/reduce.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/cross_entropy.h"
#include "autograd/engine.h"
#include "autograd/extremum.h"
#include "autograd/gradcheck.h"
#include "autograd/logsumexp.h"
#include "autograd/moments.h"
#include "autograd/norm.h"
#include "autograd/sort.h"
#include "autograd/transforms.h"
#include "tensor/base/error.h"
#include "tensor/memory.h"
#include "tests/support/expect_values.h"

// What the reductions do where certification does not look: ties, zeros and kinks. Gradients: PyTorch 1.13.1.
namespace cadena {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// What a forward pass through the product of n numbers allocates, in bytes.
std::size_t bytes_of_tangent(i64 n) {
  const Variable x = parameter(ones({n}, Dtype::f64)), y = prod(x), dx(ones({n}, Dtype::f64));
  const std::size_t before = allocated_bytes();
  const Variable dy = push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&dx, 1))[0];
  EXPECT_EQ(dy.item(), static_cast<double>(n));
  return allocated_bytes() - before;
}

/// The gradient of \f$ \langle u, f(x) \rangle \f$ for u = 1, 2, 3, …
template <class F>
Tensor gradient(const Tensor& x, F f) {
  const Variable leaf = parameter(x), y = f(leaf);
  const Tensor u = reshape(arange(1, y.numel() + 1, 1, Dtype::f64), y.shape());
  return grad(sum(y * Variable(u)), std::vector<Variable>{leaf})[0].value();
}

TEST(Prod, ForwardModeIsLinearInTheNumberOfFactors) { EXPECT_LE(bytes_of_tangent(4001), 5 * bytes_of_tangent(1000)); }

TEST(Prod, SecondDerivativesAreRightForEveryLength) {
  for (i64 n = 1; n <= 9; ++n) {
    std::vector<double> values;
    for (i64 i = 0; i < n; ++i) values.push_back(i == 1 ? 0 : 0.5 + 0.25 * static_cast<double>(i));
    const Tensor x = from_values(std::span<const double>(values), {n}, Dtype::f64);
    const auto f = [](std::span<const Variable> v) { return prod(v[0]) + sum(v[0]); };
    EXPECT_TRUE(gradcheck(f, std::vector{x}).passed()) << n;
  }
}

TEST(Prod, ADifferentiablePassMultipliesF16InF32) {
  // The pairs 300 * 300 and 0.01 * 0.01, of which f16 holds neither, are halves on the way to the products of three.
  const Variable x = parameter(tensor({300, 0.01, 300, 0.01}, Dtype::f16));
  for (bool differentiable : {false, true}) {
    expect_values(grad(prod(x), x, {.differentiable = differentiable}).value(), {0.03, 900, 0.03, 900}, 1e-3 * 900);
  }
}

TEST(MaxGradient, IsSharedByTies) {
  const Tensor x = tensor({{1, 3, 3, 3}, {2, 2, 0, 1}}, Dtype::f64);
  expect_values(gradient(x, [](const Variable& v) { return max(v, 1); }), {0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1, 1, 0, 0});
  expect_values(gradient(x, [](const Variable& v) { return min(v); }), {0, 0, 0, 0, 0, 0, 1, 0});
}

TEST(ProdGradient, IsRightAtZeros) {
  const auto f = [](const Variable& v) { return prod(v, 1); };
  expect_values(gradient(tensor({{2, 0, 5}, {0, 3, 0}, {2, 3, 4}}, Dtype::f64), f), {0, 10, 0, 0, 0, 0, 36, 24, 18});
  const auto all = [](const Variable& v) { return prod(v, {0, 1}, true); };
  expect_values(gradient(tensor({{2, 3}, {0, 5}}, Dtype::f64), all), {0, 0, 30, 0});
}

TEST(StddevGradient, IsZeroWhereItIsZero) {
  const auto f = [](const Variable& v) { return stddev(v, 1); };
  expect_values(gradient(tensor({{2, 2, 2}, {1, 2, 3}}, Dtype::f64), f), {0, 0, 0, -1, 0, 1});
}

TEST(VarGradient, IsInfiniteWhereNoDegreeOfFreedomIsLeft) {
  const auto f = [](const Variable& v) { return var(v, {}, 3); };  // n - c = -1 counts as 0
  expect_values(gradient(tensor({1, 2}, Dtype::f64), f), {-kInf, kInf});
}

TEST(NormGradient, IsZeroAtZero) {
  const auto f = [](const Variable& v) { return norm(v, 1); };
  expect_values(gradient(tensor({{0, 0}, {3, 4}}, Dtype::f64), f), {0, 0, 1.2, 1.6});
}

TEST(NormGradient, OfOtherOrders) {
  const Tensor x = tensor({{3, -4}}, Dtype::f64);
  expect_values(gradient(x, [](const Variable& v) { return norm(v, 1, 1); }), {1, -1});
  expect_values(gradient(x, [&](const Variable& v) { return norm(v, 1, kInf); }), {0, -1});
  expect_values(gradient(x, [](const Variable& v) { return norm(v, 1, 3); }),
                {0.4448513517305356, -0.7908468475209521});
  expect_error<ValueError>([&] { norm(Variable(x), 1, std::nan("")); }, "norm: p is NaN");
}

TEST(LogSumExpGradient, IsZeroInRowsOfMinusInfinity) {
  const auto f = [](const Variable& v) { return logsumexp(v, 1); };
  expect_values(gradient(tensor({{-kInf, -kInf}, {-kInf, 7}}, Dtype::f64), f), {0, 0, 0, 2});
}

TEST(SortGradient, ReturnsToWhereValuesCameFrom) {
  const Tensor x = tensor({3, 1, 2}, Dtype::f64);
  expect_values(gradient(x, [](const Variable& v) { return sort(v).values; }), {3, 1, 2});
  expect_values(gradient(x, [](const Variable& v) { return topk(v, 2).values; }), {1, 0, 2});
}

TEST(SumGradient, KeepsDimsAndDtypes) {
  const Variable x = parameter(ones({2, 3}));
  EXPECT_EQ(sum(x, 1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(mean(x, {0, 1}, true).shape(), (Shape{1, 1}));
  EXPECT_EQ(sum(x, 0).shape(), (Shape{3}));
  EXPECT_EQ(sum(Variable(tensor({1, 1}, Dtype::boolean))).dtype(), Dtype::i64);
  expect_error<ShapeError>([&] { sum(x, 2); }, "sum");
}

TEST(MeanAndMaximum, SpreadTheirGradientOverMoreElementsThanF16Counts) {
  const Variable x = parameter(ones({70000}, Dtype::f16));
  EXPECT_NEAR(grad(mean(x), x).value().to_vector()[0], 1.0 / 70000, 1e-7);
  EXPECT_NEAR(grad(max(x), x).value().to_vector()[0], 1.0 / 70000, 1e-7);
}

TEST(CrossEntropyGradient, IsZeroInIgnoredRowsWhateverStandsThere) {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor z = tensor({{std::nan(""), 1}, {-inf, -inf}, {0, 0}}, Dtype::f64);
  const Tensor t = tensor({-100, -100, 1}, Dtype::i64);
  const std::vector<double> expected{0, 0, 0, 0, 0.5, -0.5};
  for (bool differentiable : {false, true}) {
    const Variable x = parameter(z);
    const Variable u(ones({3}, Dtype::f64));
    const Variable g = grad(cross_entropy(x, t), x, {.cotangent = u, .differentiable = differentiable});
    EXPECT_EQ(g.value().to_vector(), expected) << differentiable;
  }
  const Function f = [&](std::span<const Variable> x) { return cross_entropy(x[0], t); };
  const Variable x(z), v(ones({3, 2}, Dtype::f64));
  EXPECT_EQ(jvp(f, std::span(&x, 1), std::span(&v, 1)).product.value().to_vector(), std::vector<double>(3, 0.0));
}

TEST(CrossEntropyGradient, LeavesIgnoredRowsAlone) {
  const auto f = [](const Variable& z) { return cross_entropy(z, tensor({-100, 0}, Dtype::i64)); };
  expect_values(gradient(tensor({{1, 2}, {0, 0}}, Dtype::f64), f), {0, 0, -1, 1});
}

}  // namespace
}  // namespace cadena

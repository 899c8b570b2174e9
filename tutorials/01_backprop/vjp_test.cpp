// The claims of chapter 1 on products with transposed Jacobians of tensor operations. What a formula is held against
// does not use it: the derivative of the same function, composed of simpler operations or linear in its argument.
#include <gtest/gtest.h>

#include "cadena.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

Tensor normal(std::uint64_t seed, const Shape& shape) {
  Generator g(seed);
  return randn(g, shape, Dtype::f64);
}

// The cotangent of x for the cotangent u of f(x), by the library.
template <class F>
Tensor pulled_back(const F& f, const Tensor& x, const Tensor& u) {
  const Variable at = parameter(x);
  return grad(f(at), at, {.cotangent = Variable(u)}).value();
}

TEST(Backprop, AdjointOfBroadcastingIsASum) {
  Claim claim("1.9");
  const Tensor u = normal(1, {4, 3, 5}), x = normal(2, {3, 1});
  const Tensor computed = pulled_back([](const Variable& at) { return broadcast_to(at, {4, 3, 5}); }, x, u);
  claim.identity(computed, reshape(sum(u, {0, 2}), {3, 1}), 1e-12);
  claim.identity(sum(u * broadcast_to(x, {4, 3, 5})).item(), sum(sum_to(u, {3, 1}) * x).item(), 1e-12);
  claim.rejects("mean", reshape(mean(u, {0, 2}), {3, 1}), computed);
  claim.rejects("one-of-the-copies", slice(reshape(slice(u, 0, {.stop = 1}), {3, 5}), 1, {.stop = 1}), computed);
}

// X W, as a sum of products that are broadcast.
Variable product(const Variable& x, const Variable& w) { return sum(unsqueeze(x, 2) * unsqueeze(w, 0), {1}); }

TEST(Backprop, MatmulVjp) {
  Claim claim("1.10");
  for (const i64 k : {1, 3, 6}) {
    const Tensor x = normal(3, {4, k}), w = normal(4, {k, 5}), u = normal(5, {4, 5});
    claim.identity(pulled_back([&](const Variable& at) { return product(at, Variable(w)); }, x, u),
                   matmul(u, transpose(w)), 1e-11);
    claim.identity(pulled_back([&](const Variable& at) { return product(Variable(x), at); }, w, u),
                   matmul(transpose(x), u), 1e-11);
    claim.identity(pulled_back([&](const Variable& at) { return matmul(at, Variable(w)); }, x, u),
                   matmul(u, transpose(w)), 1e-11);
  }
  // Square matrices, where a forgotten transpose has the right shape.
  const Tensor x = normal(6, {4, 4}), w = normal(7, {4, 4}), u = normal(8, {4, 4});
  const Tensor dx = pulled_back([&](const Variable& at) { return matmul(at, Variable(w)); }, x, u);
  claim.rejects("transpose-forgotten", matmul(u, w), dx);
  claim.rejects("factors-swapped", matmul(transpose(w), u), dx);
}

// Input (2, 3, 6, 7), kernel (4, 3, 2, 3), output (2, 4, 5, 5).
struct Convolution {
  Tensor x = normal(10, {2, 3, 6, 7}), w = normal(11, {4, 3, 2, 3}), u = normal(12, {2, 4, 5, 5});
  Tensor dx = normal(13, {2, 3, 6, 7}), dw = normal(14, {4, 3, 2, 3});  // directions
};

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

TEST(Backprop, ConvolutionVjpOfTheInputIsAConvolutionWithTheFlippedKernel) {
  Claim claim("1.12");
  const Convolution c;
  const Tensor computed = pulled_back([&](const Variable& at) { return conv2d(at, Variable(c.w)); }, c.x, c.u);
  const Tensor padded = pad(c.u, {0, 0, 1, 2}, {0, 0, 1, 2}), swapped = transpose(c.w, 0, 1);
  claim.identity(computed, conv2d(padded, flip(swapped, {2, 3})), 1e-11);
  claim.identity(dot(computed, c.dx), dot(c.u, conv2d(c.dx, c.w)), 1e-11);  // (1.4); y is linear in x
  claim.identity(computed, conv_transpose2d(c.u, c.w), 1e-11);
  claim.rejects("kernel-not-flipped", conv2d(padded, swapped), computed);
  claim.rejects("flipped-along-one-axis", conv2d(padded, flip(swapped, {3})), computed);
}

TEST(Backprop, ConvolutionVjpOfTheKernelCorrelatesInputAndCotangent) {
  Claim claim("1.13");
  const Convolution c;
  const Tensor computed = pulled_back([&](const Variable& at) { return conv2d(Variable(c.x), at); }, c.w, c.u);
  // Channels take the place of the batch: the sum over samples is conv2d's sum over channels.
  const Tensor correlated = conv2d(transpose(c.x, 0, 1), transpose(c.u, 0, 1));
  claim.identity(computed, transpose(correlated, 0, 1), 1e-11);
  claim.identity(dot(computed, c.dw), dot(c.u, conv2d(c.x, c.dw)), 1e-11);  // (1.4); y is linear in w
  claim.rejects("flipped", flip(transpose(correlated, 0, 1), {2, 3}), computed);
  claim.rejects("mean-over-the-batch", 0.5 * transpose(correlated, 0, 1), computed);
}

TEST(Backprop, SoftmaxVjp) {
  Claim claim("1.14");
  const Tensor z = normal(20, {6}), u = normal(21, {6}), p = softmax(z, 0);
  const auto f = [](const Variable& at) { return exp(at) / sum(exp(at)); };
  const Tensor jacobian_by_formula = diag_embed(p) - unsqueeze(p, 1) * unsqueeze(p, 0);
  claim.identity(jacobian(f, Variable(z)).value(), jacobian_by_formula, 1e-12);
  const Tensor computed = pulled_back(f, z, u);
  claim.identity(computed, p * (u - sum(p * u)), 1e-12);
  claim.identity(pulled_back([](const Variable& at) { return softmax(at, 0); }, z, u), computed, 1e-12);
  claim.rejects("diagonal-only", p * (1 - p) * u, computed);
  claim.rejects("mean-for-expectation", p * (u - mean(u)), computed);
}

TEST(Backprop, SoftmaxCrossEntropyVjp) {
  Claim claim("1.15");
  const Tensor z = normal(22, {5, 4}), target = from_values(std::vector<i64>{0, 3, 1, 1, 2}, {5});
  const Tensor y = one_hot(target, 4, Dtype::f64), p = softmax(z, 1);
  const Variable at = parameter(z);
  const Tensor computed = grad(-sum(Variable(y) * log(exp(at) / sum(exp(at), {1}, true))) / 5, at).value();
  claim.identity(grad(mean(cross_entropy(at, target)), at).value(), computed, 1e-12);
  claim.identity(computed, (p - y) / 5, 1e-12);
  claim.identity(sum(computed, {1}), zeros({5}, Dtype::f64), 1e-12);
  claim.rejects("slope-of-the-softmax-again", (p - y) * p * (1 - p) / 5, computed);
  claim.rejects("sum-for-mean", p - y, computed);
}

TEST(Backprop, StandardizationVjp) {
  Claim claim("1.16");
  const Tensor x = normal(23, {8}), u = normal(24, {8});
  const auto f = [](const Variable& at) {
    const Variable centred = at - mean(at);
    return centred / sqrt(mean(square(centred)));
  };
  const Tensor computed = pulled_back(f, x, u), y = f(Variable(x)).value();
  const Tensor sigma = sqrt(mean(square(x - mean(x))));
  claim.identity(computed, (u - mean(u) - y * mean(u * y)) / sigma, 1e-12);
  claim.identity(sum(computed * y).item(), 0, 1e-12);
  claim.rejects("statistics-held-constant", u / sigma, computed);
  claim.rejects("mean-only", (u - mean(u)) / sigma, computed);
}

}  // namespace
}  // namespace cadena::tutorials

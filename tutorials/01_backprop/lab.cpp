// Lab 1: back-propagation, link by link. Six functions; each throws until it is written.
#include "lab.h"

#include <algorithm>
#include <cmath>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

using namespace cadena;

namespace lab {

// Lab 1.1: a link of the chain.
//
// A scalar operation y = f(a) or y = f(a, b) receives the derivative of the loss with respect to its output, the
// cotangent dy. Return the cotangents of its inputs, one each and in their order: dy * (partial derivative).
//
//   add a + b    sub a - b    mul a * b    div a / b    exp e^a    log ln a
#if LAB_activation_tanh
//   activation tanh a
#elif LAB_activation_sigmoid
//   activation 1 / (1 + e^-a)
#elif LAB_activation_softplus
//   activation ln(1 + e^a), whose derivative must not overflow where a = +-1000
#endif
//
// `output` is the value y, which the forward pass has computed already.
//
// APPROACH: one `case` for each Op. Where the derivative is simple in terms of y, use y.
//
// HINT 1.1: mul has two partial derivatives, b and a: {dy * b, dy * a}.
// HINT 1.1: d(a / b)/db = -a / b^2 = -y / b.
#if LAB_activation_tanh
// HINT 1.1: tanh' = 1 - tanh^2, and tanh a is the output.
#elif LAB_activation_sigmoid
// HINT 1.1: s' = s (1 - s), and s is the output.
#elif LAB_activation_softplus
// HINT 1.1: the derivative of ln(1 + e^a) is e^a / (1 + e^a) = 1 / (1 + e^-a).
#endif
std::vector<double> scalar_vjp(Op op, const std::vector<double>& inputs, double output, double cotangent) {
  // BEGIN SOLUTION 1.1
  const double dy = cotangent;
  const double a = inputs[0];
  const double b = inputs.size() > 1 ? inputs[1] : 0;
  switch (op) {
    case Op::add: return {dy, dy};
    case Op::sub: return {dy, -dy};
    case Op::mul: return {dy * b, dy * a};
    case Op::div: return {dy / b, -dy * output / b};
    case Op::exp: return {dy * output};
    case Op::log: return {dy / a};
    case Op::activation: break;
  }
#if LAB_activation_tanh
  return {dy * (1 - output * output)};
#elif LAB_activation_sigmoid
  return {dy * output * (1 - output)};
#elif LAB_activation_softplus
  return {dy / (1 + std::exp(-a))};
#endif
  // END SOLUTION
}

// Lab 1.2: the order of the links.
//
// Node i of a graph was computed from the nodes inputs[i]; a leaf has none. The backward pass starts at `root`, and may
// visit a node only after every node that used it, or part of its cotangent would be missing. Return such an order of
// all nodes that the root depends on, the root first, each once.
//
// The graph may be a chain of a million nodes, so recursion overflows the stack; and nodes are shared, so walking every
// path takes exponential time.
//
// APPROACH: count, for each node below the root, by how many others it is used. Visit the root; whenever a node is
// visited, lower the count of its inputs; an input whose count reaches 0 is next.
//
// HINT 1.2: a node can be used twice by the same consumer, as x in x * x: count it twice, and lower it twice.
// HINT 1.2: first find what the root depends on, with a vector as the stack and a mark on each node seen; only uses by
//   those nodes count.
std::vector<int> backward_order(const std::vector<std::vector<int>>& inputs, int root) {
  // BEGIN SOLUTION 1.2
  std::vector<int> uses(inputs.size(), 0);
  std::vector<bool> seen(inputs.size(), false);
  std::vector<int> stack{root};
  seen[static_cast<std::size_t>(root)] = true;
  while (!stack.empty()) {
    const int node = stack.back();
    stack.pop_back();
    for (const int input : inputs[static_cast<std::size_t>(node)]) {
      ++uses[static_cast<std::size_t>(input)];
      if (!seen[static_cast<std::size_t>(input)]) stack.push_back(input);
      seen[static_cast<std::size_t>(input)] = true;
    }
  }
  std::vector<int> order;
  stack.push_back(root);
  while (!stack.empty()) {
    const int node = stack.back();
    stack.pop_back();
    order.push_back(node);
    for (const int input : inputs[static_cast<std::size_t>(node)]) {
      if (--uses[static_cast<std::size_t>(input)] == 0) stack.push_back(input);
    }
  }
  return order;
  // END SOLUTION
}

// Lab 1.3: a matrix product.
//
#if LAB_layout_plain
// y = x w, with x (m, k), w (k, n) and y (m, n).
#elif LAB_layout_transposed
// y = x w^T, with x (m, k), w (n, k) and y (m, n): a linear layer keeps its weights in this layout.
#endif
// Given dy (m, n), return dx, of the shape of x, and dw, of the shape of w.
//
// APPROACH: write y_ij as a sum; differentiate the loss with respect to x_ab and w_ab; read the two sums as matrix
// products again. cadena::matmul and cadena::transpose are yours to use.
//
#if LAB_layout_plain
// HINT 1.3: dL/dx_ab = sum_j dy_aj w_bj.
// HINT 1.3: the shapes leave one choice each: dx is (m, n) times (n, k), dw is (k, m) times (m, n).
#elif LAB_layout_transposed
// HINT 1.3: dL/dx_ab = sum_j dy_aj w_jb.
// HINT 1.3: the shapes leave one choice each: dx is (m, n) times (n, k), dw is (n, m) times (m, k).
#endif
std::pair<Tensor, Tensor> matmul_vjp(const Tensor& x, const Tensor& w, const Tensor& dy) {
  // BEGIN SOLUTION 1.3
#if LAB_layout_plain
  return {matmul(dy, transpose(w)), matmul(transpose(x), dy)};
#elif LAB_layout_transposed
  return {matmul(dy, w), matmul(transpose(dy), x)};
#endif
  // END SOLUTION
}

// Lab 1.4: the adjoint of broadcasting.
//
// Broadcasting repeats a tensor of `shape` along new axes in front, and along axes of extent 1, until it has the shape
// of dy. Each element was used several times, so its cotangent is the sum of theirs. Return that sum, of shape `shape`.
//
// APPROACH: cadena::sum takes the axes to add up and whether to keep them with extent 1. cadena::sum_to is what you are
// writing here.
//
// HINT 1.4: aligned at the last axis: axis i of `shape` is axis i + (rank of dy - rank of shape) of dy.
// HINT 1.4: first sum over the axes in front, without keeping them; then over those where shape has 1 and dy has not,
//   keeping them.
Tensor reduce_to(const Tensor& dy, const Shape& shape) {
  // BEGIN SOLUTION 1.4
  Tensor result = dy;
  while (result.rank() > shape.rank()) result = sum(result, 0);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1 && result.shape()[axis] != 1) result = sum(result, axis, true);
  }
  return result;
  // END SOLUTION
}

// Lab 1.5: softmax and cross-entropy together.
//
// logits (n, c), targets (n,) of class numbers, i64. With p = softmax(logits) along the last axis,
#if LAB_loss_mean
//   L = -1/n sum_i ln p[i, targets[i]].
#elif LAB_loss_sum
//   L = -sum_i ln p[i, targets[i]].
#elif LAB_loss_smoothed
//   L = -1/n sum_i sum_j q[i, j] ln p[i, j],   q = 0.9 at the target plus 0.1 / c everywhere (smoothed labels).
#endif
// Given dL (`cotangent`), return the cotangent of the logits, (n, c), in their dtype. Logits of +-1000 are fine.
//
// APPROACH: derive dL/dlogits: the Jacobians of ln and softmax cancel to something short. Then write a softmax that
// does not overflow. The library's softmax, logsumexp and losses are forbidden here; exp, sum and max are not.
//
// HINT 1.5: per row, dL/dz = p - q, where q is the distribution that the target asks for.
// HINT 1.5: subtract the largest logit of a row before exp: cadena::max(logits, 1, true).
// HINT 1.5: cadena::one_hot(targets, c, dtype) is 1 at the target and 0 elsewhere.
Tensor loss_vjp(const Tensor& logits, const Tensor& targets, double cotangent) {
  // BEGIN SOLUTION 1.5
  const Tensor e = exp(logits - max(logits, 1, true));
  const Tensor p = e / sum(e, 1, true);
  const Tensor q = one_hot(targets, logits.size(1), logits.dtype());
#if LAB_loss_mean
  return (p - q) * (cotangent / static_cast<double>(logits.size(0)));
#elif LAB_loss_sum
  return (p - q) * cotangent;
#elif LAB_loss_smoothed
  const double floor = 0.1 / static_cast<double>(logits.size(1));
  return (p - (q * 0.9 + floor)) * (cotangent / static_cast<double>(logits.size(0)));
#endif
  // END SOLUTION
}

// Lab 1.6: checking a gradient.
//
// f takes a tensor like x, f64, and returns a number. Compute its gradient g by central differences,
//   g_i = (f(x + h e_i) - f(x - h e_i)) / (2 h),   h = 1e-5,
#if LAB_norm_max
// and return the largest |g_i - claimed_i| / (1 + |g_i|).
#elif LAB_norm_two
// and return |g - claimed| / (1 + |g|) in the Euclidean norm.
#endif
// f is not to see anything but copies of x with one element changed.
//
// APPROACH: a loop over the elements; each copies x, changes one element, and calls f twice.
//
// HINT 1.6: cadena::copy(x).mutable_data<double>() is an array of the values, row by row.
// HINT 1.6: a copy shares nothing with x, but a Tensor that is merely assigned does.
double gradient_error(const std::function<double(const Tensor&)>& f, const Tensor& x, const Tensor& claimed) {
  // BEGIN SOLUTION 1.6
  constexpr double kStep = 1e-5;
  const std::vector<double> gradient = claimed.to_vector();
  const auto at = [&](std::size_t i, double step) {
    const Tensor moved = copy(x);
    moved.mutable_data<double>()[i] += step;
    return f(moved);
  };
#if LAB_norm_max
  double largest = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double g = (at(i, kStep) - at(i, -kStep)) / (2 * kStep);
    largest = std::max(largest, std::abs(g - gradient[i]) / (1 + std::abs(g)));
  }
  return largest;
#elif LAB_norm_two
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double g = (at(i, kStep) - at(i, -kStep)) / (2 * kStep);
    difference += (g - gradient[i]) * (g - gradient[i]);
    length += g * g;
  }
  return std::sqrt(difference) / (1 + std::sqrt(length));
#endif
  // END SOLUTION
}

}  // namespace lab

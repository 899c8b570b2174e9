// The tests of lab 1: inputs, expected values and tolerances. The functions they call run in the student's process.
#include "labs/test.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lab.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/linalg.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/softmax.h"
#include "tensor/views.h"

namespace {

using namespace cadena;
using cadena::labs::Check;
using cadena::labs::Failed;
using lab::Op;

const labs::Remote<decltype(lab::scalar_vjp)> scalar_vjp("scalar_vjp");
const labs::Remote<decltype(lab::backward_order)> backward_order("backward_order");
const labs::Remote<decltype(lab::matmul_vjp)> matmul_vjp("matmul_vjp");
const labs::Remote<decltype(lab::reduce_to)> reduce_to("reduce_to");
const labs::Remote<decltype(lab::loss_vjp)> loss_vjp("loss_vjp");
const labs::Remote<decltype(lab::gradient_error)> gradient_error("gradient_error");

double draw(Check& check, double low, double high) { return uniform(check.random(), {}, low, high, Dtype::f64).item(); }

Tensor random_tensor(Check& check, const Shape& shape) { return normal(check.random(), shape, 0, 1, Dtype::f64); }

// ---- 1.1

double forward(Op op, double a, double b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::sub: return a - b;
    case Op::mul: return a * b;
    case Op::div: return a / b;
    case Op::exp: return std::exp(a);
    case Op::log: return std::log(a);
    case Op::activation: break;
  }
#if LAB_activation_tanh
  return std::tanh(a);
#elif LAB_activation_sigmoid
  return 1 / (1 + std::exp(-a));
#elif LAB_activation_softplus
  return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
#endif
}

/// Compares with central differences of the operation itself at random points.
void compare(Check& check, Op op, const std::string& name, bool binary) {
  constexpr double kStep = 1e-6;
  for (int trial = 0; trial < 3; ++trial) {
    const double a = draw(check, 0.5, 2);
    const double b = draw(check, 0.5, 2);
    const double dy = draw(check, -2, 2);
    std::vector<double> expected{dy * (forward(op, a + kStep, b) - forward(op, a - kStep, b)) / (2 * kStep)};
    if (binary) expected.push_back(dy * (forward(op, a, b + kStep) - forward(op, a, b - kStep)) / (2 * kStep));
    const std::vector<double> inputs = binary ? std::vector<double>{a, b} : std::vector<double>{a};
    check.near("cotangents of the inputs of " + name, scalar_vjp(op, inputs, forward(op, a, b), dy), expected, 1e-7);
  }
}

void arithmetic_rules(Check& check) {
  compare(check, Op::add, "add", true);
  compare(check, Op::sub, "sub", true);
  compare(check, Op::mul, "mul", true);
  compare(check, Op::div, "div", true);
}

void unary_rules(Check& check) {
  compare(check, Op::exp, "exp", false);
  compare(check, Op::log, "log", false);
}

// BEGIN HIDDEN
void activation_rule(Check& check) {
  compare(check, Op::activation, "activation", false);
  for (const double a : {-1000.0, 1000.0}) {
    const std::vector<double> got = scalar_vjp(Op::activation, {a}, forward(Op::activation, a, 0), 2);
#if LAB_activation_softplus
    check.near("cotangent of activation's input at " + to_text(a), got, {a > 0 ? 2.0 : 0.0}, 1e-12);
#else
    check.near("cotangent of activation's input at " + to_text(a), got, {0.0}, 1e-12);
#endif
  }
}
// END HIDDEN

// ---- 1.2

using Graph = std::vector<std::vector<int>>;

/// Each node that the root depends on stands there once, after all that use it.
void check_order(Check& check, const Graph& graph, int root, std::size_t expected_size) {
  const std::vector<int> order = backward_order(graph, root);
  check.equal("number of nodes in the order", order.size(), expected_size);
  constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> place(graph.size(), kNowhere);
  for (std::size_t i = 0; i < order.size(); ++i) {
    check.that("nodes in the order", order[i] >= 0 && order[i] < static_cast<int>(graph.size()), "nodes of the graph",
               std::to_string(order[i]));
    std::size_t& at = place[static_cast<std::size_t>(order[i])];
    check.that("nodes in the order", at == kNowhere, "each once", std::to_string(order[i]) + " twice");
    at = i;
  }
  check.equal("the first node", order.front(), root);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const int input : graph[static_cast<std::size_t>(order[i])]) {
      const std::size_t at = place[static_cast<std::size_t>(input)];
      check.that("the place of node " + std::to_string(input), at != kNowhere && at > i,
                 "after node " + std::to_string(order[i]) + ", which uses it", "before it, or missing");
    }
  }
}

void order_of_small_graphs(Check& check) {
  check_order(check, {{}}, 0, 1);
  check_order(check, {{}, {0, 0}}, 1, 2);                        // x * x
  check_order(check, {{}, {0}, {0, 1}, {2, 0}}, 3, 4);           // x is used early and late
  check_order(check, {{}, {}, {0, 1}, {2}, {2, 3}, {1}}, 4, 5);  // node 5 is of no account
  check_order(check, {{1, 2}, {2}, {3}, {}}, 0, 4);              // numbers need not rise along the graph
}

// BEGIN HIDDEN
void order_of_random_graphs(Check& check) {
  for (int trial = 0; trial < 5; ++trial) {
    Graph graph(1);
    for (int node = 1; node < 60; ++node) {
      const Tensor inputs = randint(check.random(), {2}, std::max(0, node - 6), node);
      graph.push_back({static_cast<int>(inputs.at({0})), static_cast<int>(inputs.at({1}))});
    }
    std::vector<bool> seen(graph.size(), false);
    std::vector<int> stack{59};
    std::size_t reached = 0;
    while (!stack.empty()) {
      const auto node = static_cast<std::size_t>(stack.back());
      stack.pop_back();
      if (seen[node]) continue;
      seen[node] = true;
      ++reached;
      stack.insert(stack.end(), graph[node].begin(), graph[node].end());
    }
    check_order(check, graph, 59, reached);
  }
}
// END HIDDEN

void order_of_large_graphs(Check& check) {
  Graph diamonds(1);  // 2^40 paths
  for (int node = 1; node <= 40; ++node) diamonds.push_back({node - 1, node - 1});
  check_order(check, diamonds, 40, 41);
  constexpr int kLength = 200000;
  Graph chain;  // each node uses the next
  for (int node = 1; node < kLength; ++node) chain.push_back({node});
  chain.push_back({});
  check_order(check, chain, 0, kLength);
}

// ---- 1.3

Tensor product(const Tensor& x, const Tensor& w) {
#if LAB_layout_plain
  return matmul(x, w);
#elif LAB_layout_transposed
  return matmul(x, transpose(w));
#endif
}

/// y is linear in each factor, so <dy, y(dx, w)> = <x_bar, dx> exactly, for any direction dx.
void check_matmul(Check& check, i64 m, i64 k, i64 n) {
  const Tensor x = random_tensor(check, {m, k});
#if LAB_layout_plain
  const Tensor w = random_tensor(check, {k, n});
#elif LAB_layout_transposed
  const Tensor w = random_tensor(check, {n, k});
#endif
  const Tensor dy = random_tensor(check, {m, n});
  const auto [dx, dw] = matmul_vjp(x, w, dy);
  const auto slopes = [&](const Tensor& like, const auto& y) {
    std::vector<double> values(static_cast<std::size_t>(like.numel()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Tensor unit = zeros_like(like);
      unit.mutable_data<double>()[i] = 1;
      values[i] = sum(dy * y(unit)).item();
    }
    return from_values(std::span<const double>(values), like.shape(), Dtype::f64);
  };
  check.near("dx", dx, slopes(x, [&](const Tensor& unit) { return product(unit, w); }), 1e-10);
  check.near("dw", dw, slopes(w, [&](const Tensor& unit) { return product(x, unit); }), 1e-10);
}

void matmul_square(Check& check) { check_matmul(check, 3, 3, 3); }

void matmul_rectangular(Check& check) {
  check_matmul(check, 2, 3, 4);
  check_matmul(check, 1, 5, 2);
}

// ---- 1.4

void check_reduce(Check& check, const Shape& from, const Shape& to) {
  const Tensor dy = random_tensor(check, from);
  check.near("cotangent of a " + to_string(to) + " that was broadcast to " + to_string(from), reduce_to(dy, to),
             sum_to(dy, to), 1e-10);
}

void reduce_new_axes(Check& check) {
  check_reduce(check, {4, 3}, {3});
  check_reduce(check, {2, 4, 3}, {3});
  check_reduce(check, {2, 3}, {});
}

void reduce_axes_of_one(Check& check) {
  check_reduce(check, {4, 3}, {4, 1});
  check_reduce(check, {4, 3}, {1, 3});
  check_reduce(check, {2, 4, 3}, {1, 4, 1});
}

// BEGIN HIDDEN
void reduce_both(Check& check) {
  check_reduce(check, {2, 4, 3}, {4, 1});
  check_reduce(check, {5, 2, 1, 3}, {2, 1, 1});
  check_reduce(check, {4, 3}, {4, 3});
}
// END HIDDEN

// ---- 1.5

double loss(const Tensor& logits, const Tensor& targets) {
  const i64 c = logits.size(1);
  const Tensor log_p = log_softmax(logits, 1);
  const Tensor hit = one_hot(targets, c, Dtype::f64);
#if LAB_loss_mean
  return -sum(hit * log_p).item() / static_cast<double>(logits.size(0));
#elif LAB_loss_sum
  return -sum(hit * log_p).item();
#elif LAB_loss_smoothed
  return -sum((hit * 0.9 + 0.1 / static_cast<double>(c)) * log_p).item() / static_cast<double>(logits.size(0));
#endif
}

Tensor differences(const std::function<double(const Tensor&)>& f, const Tensor& x) {
  constexpr double kStep = 1e-5;
  std::vector<double> values(static_cast<std::size_t>(x.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Tensor up = copy(x);
    const Tensor down = copy(x);
    up.mutable_data<double>()[i] += kStep;
    down.mutable_data<double>()[i] -= kStep;
    values[i] = (f(up) - f(down)) / (2 * kStep);
  }
  return from_values(std::span<const double>(values), x.shape(), Dtype::f64);
}

void loss_gradient(Check& check) {
  for (const double cotangent : {1.0, -2.5}) {
    const Tensor logits = random_tensor(check, {4, 3});
    const Tensor targets = randint(check.random(), {4}, 0, 3);
    const Tensor expected = differences([&](const Tensor& z) { return cotangent * loss(z, targets); }, logits);
    check.near("cotangent of the logits, with dL = " + to_text(cotangent), loss_vjp(logits, targets, cotangent),
               expected, 1e-8);
  }
}

void loss_of_large_logits(Check& check) {
  const Tensor logits = tensor({{1000, 0, -1000}, {-1000, -1000, -1000}, {1000, 1000, 999}}, Dtype::f64);
  const Tensor targets = from_values(std::span<const i64>(std::vector<i64>{0, 1, 2}), {3});
  const Tensor expected = differences([&](const Tensor& z) { return loss(z, targets); }, logits);
  check.near("cotangent of logits of 1000", loss_vjp(logits, targets, 1), expected, 1e-6);
}

void loss_keeps_dtype(Check& check) {
  const Tensor logits = normal(check.random(), {2, 5});
  const Tensor targets = randint(check.random(), {2}, 0, 5);
  const Tensor got = loss_vjp(logits, targets, 1);
  check.that("dtype of the cotangent of f32 logits", got.dtype() == Dtype::f32, "f32", to_string(got.dtype()));
  const auto f = [&](const Tensor& z) { return loss(z, targets); };
  check.near("cotangent of f32 logits", got, differences(f, cast(logits, Dtype::f64)), 1e-5);
}

// ---- 1.6

/// sum_i w_i e^(2 x_i) + the product of the first and the last element: a curved function with a known gradient.
struct Curved {
  Tensor w;
  double operator()(const Tensor& x) const {
    const std::vector<double> v = x.to_vector();
    return sum(w * exp(x * 2)).item() + v.front() * v.back();
  }
  Tensor gradient(const Tensor& x) const {
    const Tensor g = copy(w * exp(x * 2) * 2);
    const std::vector<double> v = x.to_vector();
    g.mutable_data<double>()[0] += v.back();
    g.mutable_data<double>()[x.numel() - 1] += v.front();
    return g;
  }
};

double distance(const Tensor& g, const Tensor& claimed) {
  const std::vector<double> a = g.to_vector();
  const std::vector<double> b = claimed.to_vector();
  double result = 0;
  double length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
#if LAB_norm_max
    result = std::max(result, std::abs(a[i] - b[i]) / (1 + std::abs(a[i])));
#elif LAB_norm_two
    result += (a[i] - b[i]) * (a[i] - b[i]);
    length += a[i] * a[i];
#endif
  }
#if LAB_norm_max
  return result + length;
#elif LAB_norm_two
  return std::sqrt(result) / (1 + std::sqrt(length));
#endif
}

void right_gradient_passes(Check& check) {
  const Tensor x = random_tensor(check, {2, 3});
  const Curved f{random_tensor(check, {2, 3})};
  check.near("error of a right gradient", gradient_error(f, x, f.gradient(x)), 0, 1e-7);
  const double error = gradient_error(f, x, f.gradient(x) + 1);
  check.that("error of a gradient that is wrong everywhere", error > 1e-3, "well above 0", to_text(error));
}

void wrong_gradient_is_measured(Check& check) {
  const Tensor x = random_tensor(check, {2, 3});
  const Curved f{random_tensor(check, {2, 3})};
  const Tensor g = f.gradient(x);
  for (const i64 at : {0, 3, 5}) {
    const Tensor wrong = copy(g);
    wrong.mutable_data<double>()[at] += draw(check, 0.5, 2);
    check.near("error of a gradient that is wrong at element " + std::to_string(at), gradient_error(f, x, wrong),
               distance(g, wrong), 1e-6);
  }
}

void only_one_element_moves(Check& check) {
  const Tensor x = random_tensor(check, {4});
  const Tensor w = random_tensor(check, {4});
  int calls = 0;
  const auto f = [&](const Tensor& moved) {
    ++calls;
    int changed = 0;
    const Tensor step = moved - x;
    for (const double d : step.to_vector()) changed += d != 0;
    if (changed > 1) throw Failed{"f's argument", "x with one element changed", std::to_string(changed) + " changed"};
    return sum(w * moved).item();
  };
  check.near("error of a right gradient", gradient_error(f, x, w), 0, 1e-7);
  check.that("calls of f for 4 elements", calls >= 8, "two for each element", std::to_string(calls));
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"ScalarRules.Arithmetic", arithmetic_rules},
                            {"ScalarRules.ExpAndLog", unary_rules},
                            // BEGIN HIDDEN
                            {"ScalarRules.Activation", activation_rule},
                            // END HIDDEN
                            {"BackwardOrder.SmallGraphs", order_of_small_graphs},
                            // BEGIN HIDDEN
                            {"BackwardOrder.RandomGraphs", order_of_random_graphs},
                            // END HIDDEN
                            {"BackwardOrder.LargeGraphs", order_of_large_graphs},
                            {"MatmulVjp.Square", matmul_square},
                            {"MatmulVjp.Rectangular", matmul_rectangular},
                            {"ReduceTo.NewAxes", reduce_new_axes},
                            {"ReduceTo.AxesOfOne", reduce_axes_of_one},
                            // BEGIN HIDDEN
                            {"ReduceTo.Both", reduce_both},
                            // END HIDDEN
                            {"LossVjp.Gradient", loss_gradient},
                            {"LossVjp.LargeLogits", loss_of_large_logits},
                            {"LossVjp.KeepsDtype", loss_keeps_dtype},
                            {"GradientCheck.RightGradientPasses", right_gradient_passes},
                            {"GradientCheck.WrongGradientIsMeasured", wrong_gradient_is_measured},
                            {"GradientCheck.OneElementMoves", only_one_element_moves}});
}

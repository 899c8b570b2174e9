// Part a: a two-layer network whose gradients are checked in both modes and to second order, and drawn as a graph.

#include <cstdio>

#include "autograd/draw.h"
#include "autograd/gradcheck.h"
#include "cadena.h"
#include "demo/figure.h"
#include "demo/settings.h"

namespace demo {
namespace {

using namespace cadena;

/// -mean ln softmax(tanh(x W1 + b1) W2 + b2)_t for two classes; the targets come as one-hot rows.
Variable loss_of(const Variable& x, const Variable& one_hot, const Variable& w1, const Variable& b1, const Variable& w2,
                 const Variable& b2) {
  const Variable hidden = tanh(matmul(x, w1) + b1);
  const Variable log_p = log_softmax(matmul(hidden, w2) + b2, -1);
  return -sum(log_p * one_hot) / static_cast<double>(x.size(0));
}

std::string line(const char* what, double error) {
  char text[96];
  std::snprintf(text, sizeof text, "%-46s beyond rounding, relative: %.1e", what, error);
  return text;
}

}  // namespace

Result check_gradients(const Settings& settings) {
  Generator g(settings.seed);
  const auto random = [&](const Shape& shape) { return to(normal(g, shape, 0, 1, Dtype::f64), settings.device); };
  const Variable x(random({4, 3}));
  const Variable targets(to(tensor({{1, 0}, {0, 1}, {1, 0}, {0, 1}}, Dtype::f64), settings.device));
  const std::vector<Tensor> weights{random({3, 5}), random({5}), random({5, 2}), random({2})};
  const Function loss = [&](std::span<const Variable> w) { return loss_of(x, targets, w[0], w[1], w[2], w[3]); };

  Result result{"Gradients of a network with one hidden layer, in f64", {}, {}, true};
  const GradcheckReport report = gradcheck(loss, weights);
  result.lines = {
      line("forward mode against central differences", report.first_order),
      line("reverse mode against forward mode, <u, J v>", report.adjoint),
      line("second order, both modes", report.second_order),
      std::to_string(report.checks) + " comparisons, " + std::to_string(report.failures.size()) + " failed"};
  for (const std::string& text : result.lines) std::printf("%s\n", text.c_str());
  for (const std::string& failure : report.failures) result.lines.push_back("FAILED " + failure);

  std::vector<Variable> leaves;
  for (const Tensor& w : weights) leaves.push_back(parameter(w));
  const Variable y = loss(leaves);
  y.backward({.retain = true});
  const std::string dot =
      to_dot(y, {.values = true,
                 .gradients = true,
                 .names = {{leaves[0], "W1"}, {leaves[1], "b1"}, {leaves[2], "W2"}, {leaves[3], "b2"}}});
  result.files = draw_graph(figure_folder(settings), "graph", dot);
  return result;
}

}  // namespace demo

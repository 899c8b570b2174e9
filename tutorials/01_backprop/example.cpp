// Chapter 1: what the two modes cost, two moons, a drawn graph, digits, steps of differences, depth and checkpoints.
#include <cmath>

#include "cadena.h"
#include "tutorials/01_backprop/chain.h"
#include "tutorials/01_backprop/moons.h"
#include "tutorials/01_backprop/scalar_engine.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

// Multiplications for the Jacobian of n -> 64 -> 64 -> 1, in both orders.
void cost(Run& run) {
  Curve forward{"forward order", {}, {}}, reverse{"reverse order", {}, {}};
  run.section("cost", {.tolerance = 1e-9});
  run.print("{:>8}{:>16}{:>16}{:>8}\n", "inputs", "forward", "reverse", "ratio");
  for (i64 n = 1; n <= 4096; n *= 4) {
    const std::vector<Tensor> jacobians{ones({64, n}), ones({64, 64}), ones({1, 64})};
    const double f = forward_order(jacobians).multiplications, r = reverse_order(jacobians).multiplications;
    run.print("{:>8}{:>16.0f}{:>16.0f}{:>8.2f}\n", n, f, r, f / r);
    forward.x.push_back(static_cast<double>(n)), forward.y.push_back(f);
    reverse.x.push_back(static_cast<double>(n)), reverse.y.push_back(r);
  }
  run.curves("cost",
             {.title = "The gradient of n → 64 → 64 → 1",
              .x = "inputs n",
              .y = "multiplications",
              .log_x = true,
              .log_y = true},
             {forward, reverse});
}

void by_hand(Run& run) {
  run.section("by-hand", {.tolerance = 1e-12});
  //! [by-hand]
  Tape tape;
  const Scalar a(tape, 2), b(tape, 3), c(tape, -1);
  const Scalar y = (a + b) * (b * c);
  const std::vector<double> cotangent = tape.reverse(y.place());
  run.print("y = {}, dy/da = {}, dy/db = {}, dy/dc = {}\n", y.value(), cotangent[a.place()], cotangent[b.place()],
            cotangent[c.place()]);
  run.print("forward mode, dy/db = {}\n", tape.forward(b.place())[y.place()]);
  //! [by-hand]
}

void graph(Run& run) {
  run.section("graph", {.tolerance = 1e-9});
  //! [graph]
  const Variable a = parameter(tensor({2})), b = parameter(tensor({3})), c = parameter(tensor({-1}));
  const Variable y = (a + b) * (b * c);
  run.print("{}", to_dot(y, {.values = true, .names = {{a, "a"}, {b, "b"}, {c, "c"}}}));
  //! [graph]
}

// The error of differences of e^x sin x at 1 for steps of 10^0 to 10^-14.
void steps(Run& run) {
  const auto f = [](double x) { return std::exp(x) * std::sin(x); };
  const double slope = std::exp(1.0) * (std::sin(1.0) + std::cos(1.0));
  Curve one{"forward difference", {}, {}}, two{"central difference", {}, {}}, four{"fourth order", {}, {}};
  Curve bound{"bound (1.23)", {}, {}};
  const double third = 2 * std::exp(1.0) * (std::cos(1.0) - std::sin(1.0)), epsilon = std::ldexp(1.0, -52);
  double best_h = 0, best_error = 1;
  for (int k = 0; k <= 84; ++k) {
    const double h = std::pow(10.0, -k / 6.0);
    const double forward = std::abs((f(1 + h) - f(1)) / h - slope);
    const double central = std::abs((f(1 + h) - f(1 - h)) / (2 * h) - slope);
    const double fourth = std::abs((8 * (f(1 + h) - f(1 - h)) - (f(1 + 2 * h) - f(1 - 2 * h))) / (12 * h) - slope);
    for (const auto& [curve, error] : {std::pair{&one, forward}, {&two, central}, {&four, fourth}}) {
      curve->x.push_back(h);
      curve->y.push_back(std::max(error, 1e-16));
    }
    bound.x.push_back(h);
    bound.y.push_back(h * h / 6 * std::abs(third) + epsilon * f(1) / h);
    if (bound.y.back() < best_error) best_error = bound.y.back(), best_h = h;
  }
  run.value("best_step", best_h, 0.01);
  run.value("best_error", best_error, 0.01);
  run.value("formula_step", std::cbrt(3 * epsilon * f(1) / std::abs(third)), 1e-6);
  // Where rounding rules, another libm moves every point by its own size.
  run.curves("step-sizes",
             {.title = "Error of the derivative of e^x sin x at x = 1",
              .x = "step h",
              .y = "error",
              .log_x = true,
              .log_y = true,
              .tolerance = 0.5},
             {one, two, four, bound});
}

// The length of the cotangent on its way down 50 layers tanh(W h) of 100 units, weights of deviation gain / 10.
void depth(Run& run) {
  constexpr int kDepth = 50;
  constexpr i64 kWidth = 100;
  std::vector<Curve> curves;
  run.section("depth", {.tolerance = 0.05});
  run.print("{:>6}{:>26}\n", "gain", "length at the input");
  for (const double gain : {0.6, 1.0, 2.0}) {
    Generator g(2);
    Variable x = parameter(randn(g, {kWidth}, Dtype::f64));
    std::vector<Variable> values{x};
    for (int l = 0; l < kDepth; ++l) {
      const Variable w(mul(randn(g, {kWidth, kWidth}, Dtype::f64), gain / std::sqrt(100.0)));
      values.push_back(tanh(matmul(w, values.back())));
    }
    const Tensor u = randn(g, {kWidth}, Dtype::f64);
    const std::vector<Variable> cotangents = grad(values.back(), values, {.cotangent = Variable(u / norm(u))});
    Curve curve{fmt::format("gain {}", gain), {}, {}};
    for (int l = kDepth; l >= 0; --l) {
      curve.x.push_back(l);
      curve.y.push_back(norm(cotangents[static_cast<std::size_t>(l)].value()).item());
    }
    run.print("{:>6}{:>26.2g}\n", gain, curve.y.back());
    curves.push_back(curve);
  }
  run.curves("depth",
             {.title = "Length of the cotangent in a chain of 50 layers",
              .x = "layer (the backward pass goes from right to left)",
              .y = "length",
              .log_y = true},
             curves);
}

void checkpoints(Run& run) {
  std::vector<Curve> curves;
  for (const i64 n : {64, 256, 1024}) {
    Curve curve{fmt::format("{} links", n), {}, {}};
    for (i64 s = 1; s <= n; s = std::max(s + 1, s * 5 / 4)) {
      curve.x.push_back(static_cast<double>(s));
      curve.y.push_back(static_cast<double>(most_alive(n, s)));
    }
    curves.push_back(curve);
  }
  run.curves(
      "checkpoints",
      {.title = "Values alive at once", .x = "length s of a segment", .y = "values", .log_x = true, .log_y = true},
      curves);
}

void digits(Run& run) {
  Generator g(5);
  Split split = train_test_split(load_digits(), 0.2, g, true);
  for (Dataset* part : {&split.train, &split.test}) part->x = reshape(part->x / 16, {part->size(), 64});
  //! [digits]
  const Variable w1 = parameter(randn(g, {64, 32}) * 0.125), b1 = parameter(zeros({32}));
  const Variable w2 = parameter(randn(g, {32, 10}) * 0.177), b2 = parameter(zeros({10}));
  const auto logits = [&](const Tensor& x) { return matmul(tanh(matmul(Variable(x), w1) + b1), w2) + b2; };
  const std::vector<Variable> parameters{w1, b1, w2, b2};
  DataLoader loader(split.train, {.batch_size = 64, .shuffle = true, .seed = 3});
  Curve training{"training", {}, {}}, test{"test", {}, {}};
  for (int epoch = 1; epoch <= 30; ++epoch) {
    double total = 0;
    for (const Batch& batch : loader) {
      const Variable loss = mean(cross_entropy(logits(batch.x), batch.y));
      const std::vector<Variable> gradients = grad(loss, parameters);
      for (std::size_t i = 0; i < parameters.size(); ++i)
        parameters[i].set_value(parameters[i].value() - 0.5 * gradients[i].value());
      total += loss.item() * static_cast<double>(batch.size());
    }
    training.x.push_back(epoch), training.y.push_back(total / static_cast<double>(split.train.size()));
    test.x.push_back(epoch), test.y.push_back(mean(cross_entropy(logits(split.test.x), split.test.y)).item());
  }
  //! [digits]
  const Tensor right = eq(argmax(logits(split.test.x).value(), 1), split.test.y);
  run.section("digits", {.tolerance = 0.1});
  run.print("training loss {:.3f}, test loss {:.3f}, {:.1f} % of the test digits right\n", training.y.back(),
            test.y.back(), 100 * mean(cast(right, Dtype::f32)).item());
  run.curves("digits", {.title = "Digits: loss by epoch", .x = "epoch", .y = "cross entropy", .log_y = true},
             {training, test});
}

}  // namespace

static void chapter(Run& run) {
  cost(run);
  by_hand(run);
  moons(run);
  graph(run);
  digits(run);
  steps(run);
  depth(run);
  checkpoints(run);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) {
  return cadena::tutorials::run(argc, argv, "01_backprop", cadena::tutorials::chapter);
}

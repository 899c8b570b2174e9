// The tests of lab 4: inputs, expected values and tolerances. The functions they call run in the student's process.
// Expected values come from the unrolled formulas: at each step the averages are sums over all gradients so far.
#include "labs/test.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>

#include "lab.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/matmul.h"
#include "tensor/views.h"

namespace {

using namespace cadena;
using cadena::labs::Check;

const labs::Remote<decltype(lab::best_constants)> best_constants("best_constants");
const labs::Remote<decltype(lab::momentum_descent)> momentum_descent("momentum_descent");
const labs::Remote<decltype(lab::scaled_descent)> scaled_descent("scaled_descent");
const labs::Remote<decltype(lab::corrected_averages)> corrected_averages("corrected_averages");
const labs::Remote<decltype(lab::moment_descent)> moment_descent("moment_descent");
const labs::Remote<decltype(lab::decayed_descent)> decayed_descent("decayed_descent");
const labs::Remote<decltype(lab::rate_at)> rate_at("rate_at");

using Numbers = std::vector<double>;

Tensor of(const Numbers& values) {
  return from_values(std::span<const double>(values), {static_cast<i64>(values.size())}, Dtype::f64);
}

/// A w - b + c w^3: the gradient of a loss that is no quadratic.
struct Loss {
  Tensor a, b;
  double c = 0.1;
  Loss(Check& check, i64 n) : b(normal(check.random(), {n}, 0, 1, Dtype::f64)) {
    const Tensor m = normal(check.random(), {n, n}, 0, 0.5, Dtype::f64);
    a = matmul(transpose(m), m);
  }
  Tensor operator()(const Tensor& w) const { return matmul(a, w) - b + w * w * w * c; }
};

/// How a method moves: the step in one coordinate, from that coordinate's gradients g_1 … g_t.
using Move = std::function<double(const Numbers& g)>;

Numbers descend(const lab::Gradient& gradient, const Tensor& start, int steps, const Move& move, double shrink = 1,
                double penalty = 0) {
  Numbers w = start.to_vector();
  std::vector<Numbers> history(w.size());
  for (int t = 0; t < steps; ++t) {
    const Numbers g = gradient(of(w)).to_vector();
    for (std::size_t i = 0; i < w.size(); ++i) {
      history[i].push_back(g[i] + penalty * w[i]);
      w[i] = w[i] * shrink + move(history[i]);
    }
  }
  return w;
}

/// sum_i weight^(t - i) f(g_i)
template <class F>
double weighted(const Numbers& g, double weight, F f) {
  double total = 0;
  for (std::size_t i = 0; i < g.size(); ++i) total += std::pow(weight, static_cast<double>(g.size() - 1 - i)) * f(g[i]);
  return total;
}
double itself(double g) { return g; }
double squared(double g) { return g * g; }

// ---- 4.1

#if LAB_method_descent
double worst_factor(double rate, double m, double L) {
  return std::max(std::abs(1 - rate * m), std::abs(1 - rate * L));
}
#elif LAB_method_heavyball
double worst_factor(double rate, double mu, double m, double L) {
  double worst = 0;
  for (const double l : {m, L}) {
    const double b = 1 + mu - rate * l;
    const std::complex<double> root = std::sqrt(std::complex<double>(b * b - 4 * mu));
    worst = std::max({worst, std::abs((b + root) / 2.0), std::abs((b - root) / 2.0)});
  }
  return worst;
}
#endif

void best_constants_values(Check& check) {
#if LAB_method_descent
  check.near("{rate, factor} for m = 1 and L = 3", best_constants(1, 3), Numbers{0.5, 0.5}, 1e-12);
  check.near("{rate, factor} for m = 0.1 and L = 10", best_constants(0.1, 10), Numbers{2 / 10.1, 9.9 / 10.1}, 1e-12);
#elif LAB_method_heavyball
  check.near("{rate, mu, factor} for m = 1 and L = 9", best_constants(1, 9), Numbers{0.25, 0.25, 0.5}, 1e-12);
  check.near("{rate, mu, factor} for m = 0.25 and L = 4", best_constants(0.25, 4), Numbers{0.64, 0.36, 0.6}, 1e-12);
#endif
}

// BEGIN HIDDEN
void nothing_is_better(Check& check) {
  const double m = uniform(check.random(), {}, 0.1, 1, Dtype::f64).item(), L = m * 20;
  const Numbers best = best_constants(m, L);
#if LAB_method_descent
  check.equal("how many constants there are", best.size(), 2);
  check.near("the factor", best[1], worst_factor(best[0], m, L), 1e-9);
  for (const double change : {0.97, 1.03}) {
    check.that("the rate", worst_factor(best[0] * change, m, L) > best[1] + 1e-3, "none that is better near it",
               to_text(best[0]));
  }
#elif LAB_method_heavyball
  check.equal("how many constants there are", best.size(), 3);
  check.near("the factor", best[2], worst_factor(best[0], best[1], m, L), 1e-6);
  for (const double change : {0.97, 1.03}) {
    check.that("the rate", worst_factor(best[0] * change, best[1], m, L) > best[2] + 1e-3,
               "none that is better near it", to_text(best[0]));
    check.that("mu", worst_factor(best[0], best[1] * change, m, L) > best[2] + 1e-3, "none that is better near it",
               to_text(best[1]));
  }
#endif
}
// END HIDDEN

// ---- 4.2

double momentum_move(const Numbers& g, double rate, double mu) {
#if LAB_momentum_heavyball
  return -rate * weighted(g, mu, itself);
#elif LAB_momentum_nesterov
  return -rate * (g.back() + mu * weighted(g, mu, itself));
#endif
}

void momentum_steps(Check& check) {
  for (const int steps : {1, 2, 25}) {
    const Loss loss(check, 4);
    const Tensor start = normal(check.random(), {4}, 0, 1, Dtype::f64);
    const Numbers expected = descend(loss, start, steps, [](const Numbers& g) { return momentum_move(g, 0.05, 0.8); });
    check.near("the weights after " + std::to_string(steps) + " steps", momentum_descent(loss, start, 0.05, 0.8, steps),
               of(expected), 1e-10);
  }
}

void momentum_leaves_the_start(Check& check) {
  const Loss loss(check, 3);
  const Tensor start = normal(check.random(), {3}, 0, 1, Dtype::f64);
  check.near("the weights after no step", momentum_descent(loss, start, 0.1, 0.9, 0), start, 0);
  const Tensor first = momentum_descent(loss, start, 0.1, 0, 1);
  check.near("the weights after one step without momentum", first, start - loss(start) * 0.1, 1e-12);
}

// ---- 4.3

double scaled_move(const Numbers& g, double rate) {
#if LAB_average_sum
  return -rate * g.back() / (std::sqrt(weighted(g, 1, squared)) + 1e-10);
#elif LAB_average_moving
  return -rate * g.back() / (std::sqrt(0.01 * weighted(g, 0.99, squared)) + 1e-8);
#endif
}

void scaled_steps(Check& check) {
  for (const int steps : {1, 2, 25}) {
    const Loss loss(check, 4);
    const Tensor start = normal(check.random(), {4}, 0, 1, Dtype::f64);
    const Numbers expected = descend(loss, start, steps, [](const Numbers& g) { return scaled_move(g, 0.02); });
    check.near("the weights after " + std::to_string(steps) + " steps", scaled_descent(loss, start, 0.02, steps),
               of(expected), 1e-10);
  }
}

void scaled_steps_of_tiny_gradients(Check& check) {
  const auto tiny = [](const Tensor& w) { return w * 1e-9; };
  const Tensor start = tensor({1, -2, 0.1}, Dtype::f64);
  const Numbers expected = descend(tiny, start, 3, [](const Numbers& g) { return scaled_move(g, 0.1); });
  check.near("the weights after three steps with gradients of 1e-9", scaled_descent(tiny, start, 0.1, 3), of(expected),
             1e-10);
}

// ---- 4.4

void averages(Check& check) {
  for (const double beta : {0.9, 0.5}) {
    const Tensor gradients = normal(check.random(), {12, 3}, 0, 1, Dtype::f64);
    const Numbers g = gradients.to_vector();
    const Tensor expected = zeros({12, 3}, Dtype::f64);
    for (std::size_t c = 0; c < 3; ++c) {
      Numbers column;
      for (std::size_t t = 0; t < 12; ++t) {
        column.push_back(g[t * 3 + c]);
        const double weights = weighted(column, beta, [](double) { return 1.0; });
        expected.mutable_data<double>()[t * 3 + c] = weighted(column, beta, itself) / weights;
      }
    }
    check.near("the corrected averages for beta = " + to_text(beta), corrected_averages(gradients, beta), expected,
               1e-10);
  }
}

void averages_of_equal_gradients(Check& check) {
  const Tensor gradients = full({5, 2}, 0.7, Dtype::f64);
  check.near("averages of gradients that are all 0.7", corrected_averages(gradients, 0.999), gradients, 1e-10);
  const Tensor falling = corrected_averages(tensor({{0.7}, {0.7}, {0.0}}, Dtype::f64), 0.5);
  check.near("averages of the gradients 0.7, 0.7 and 0", falling, tensor({{0.7}, {0.7}, {0.3}}, Dtype::f64), 1e-10);
}

// ---- 4.5 and 4.6

double plain_move(const Numbers& g, double rate) {
  const double t = static_cast<double>(g.size());
  const double first = 0.1 * weighted(g, 0.9, itself) / (1 - std::pow(0.9, t));
  const double second = 0.001 * weighted(g, 0.999, squared) / (1 - std::pow(0.999, t));
  return -rate * first / (std::sqrt(second) + 1e-8);
}

double adam_move(const Numbers& g, double rate) {
#if LAB_second_plain
  return plain_move(g, rate);
#elif LAB_second_largest
  const double t = static_cast<double>(g.size());
  double largest = 0;
  for (std::size_t end = 1; end <= g.size(); ++end) {
    largest = std::max(
        largest, 0.001 * weighted(Numbers(g.begin(), g.begin() + static_cast<std::ptrdiff_t>(end)), 0.999, squared));
  }
  const double first = 0.1 * weighted(g, 0.9, itself) / (1 - std::pow(0.9, t));
  return -rate * first / (std::sqrt(largest / (1 - std::pow(0.999, t))) + 1e-8);
#endif
}

void adam_by_hand(Check& check) {
  const auto gradient = [](const Tensor& w) {
    return w.item() == 1 ? full({1}, 2, Dtype::f64) : full({1}, -1, Dtype::f64);
  };
  check.near("the weight after one step", moment_descent(gradient, full({1}, 1, Dtype::f64), 0.1, 1), of({0.9}), 1e-7);
  check.near("the weight after two steps", moment_descent(gradient, full({1}, 1, Dtype::f64), 0.1, 2),
             of({0.9 - 0.0266338}), 1e-6);
}

void adam_steps(Check& check) {
  for (const int steps : {3, 30}) {
    const Loss loss(check, 4);
    const Tensor start = normal(check.random(), {4}, 0, 1, Dtype::f64);
    const Numbers expected = descend(loss, start, steps, [](const Numbers& g) { return adam_move(g, 0.03); });
    check.near("the weights after " + std::to_string(steps) + " steps", moment_descent(loss, start, 0.03, steps),
               of(expected), 1e-9);
  }
}

// BEGIN HIDDEN
void adam_on_falling_gradients(Check& check) {
  const auto steep = [](const Tensor& w) { return w * w * w * 100; };  // from 2,700 to nearly nothing
  const Tensor start = tensor({3, -2}, Dtype::f64);
  const Numbers expected = descend(steep, start, 60, [](const Numbers& g) { return adam_move(g, 0.05); });
  check.near("the weights after 60 steps on a loss that flattens", moment_descent(steep, start, 0.05, 60), of(expected),
             1e-9);
}
// END HIDDEN

Numbers decayed(const lab::Gradient& gradient, const Tensor& start, double rate, double decay, int steps) {
  const auto move = [&](const Numbers& g) { return plain_move(g, rate); };
#if LAB_decay_decoupled
  return descend(gradient, start, steps, move, 1 - rate * decay);
#elif LAB_decay_penalty
  return descend(gradient, start, steps, move, 1, decay);
#endif
}

void decay_steps(Check& check) {
  for (const int steps : {1, 20}) {
    const Loss loss(check, 4);
    const Tensor start = normal(check.random(), {4}, 0, 2, Dtype::f64);
    check.near("the weights after " + std::to_string(steps) + " steps", decayed_descent(loss, start, 0.03, 0.5, steps),
               of(decayed(loss, start, 0.03, 0.5, steps)), 1e-9);
  }
}

void decay_without_a_gradient(Check& check) {
  const auto flat = [](const Tensor& w) { return zeros_like(w); };
  const Tensor start = tensor({1, -2, 0.5}, Dtype::f64);
  check.near("the weights after ten steps on a constant loss", decayed_descent(flat, start, 0.1, 0.2, 10),
             of(decayed(flat, start, 0.1, 0.2, 10)), 1e-9);
}

// ---- 4.7

void schedule_warms_up(Check& check) {
  check.near("the rate of step 0 of a warm-up of 4 with the peak 2", rate_at(0, 10, 4, 2), 0.5, 1e-12);
  check.near("the rate of its last step", rate_at(3, 10, 4, 2), 2, 1e-12);
  check.near("the rate of step 1 of a warm-up of 5 that is all there is", rate_at(1, 5, 5, 1), 0.4, 1e-12);
}

void schedule_decays(Check& check) {
  check.near("the first rate after a warm-up", rate_at(4, 10, 4, 2), 2, 1e-12);
#if LAB_schedule_cosine
  check.near("the rate halfway", rate_at(7, 10, 4, 2), 1, 1e-12);
  check.near("the rate of the last step of 4 without a warm-up", rate_at(3, 4, 0, 1), (1 - std::numbers::sqrt2 / 2) / 2,
             1e-12);
#elif LAB_schedule_linear
  check.near("the rate after a third of the way", rate_at(6, 10, 4, 3), 2, 1e-12);
  check.near("the rate of the last step of 4 without a warm-up", rate_at(3, 4, 0, 1), 0.25, 1e-12);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"BestConstants.Values", best_constants_values},
                            // BEGIN HIDDEN
                            {"BestConstants.NothingIsBetter", nothing_is_better},
                            // END HIDDEN
                            {"Momentum.Steps", momentum_steps},
                            {"Momentum.LeavesTheStart", momentum_leaves_the_start},
                            {"Scaled.Steps", scaled_steps},
                            {"Scaled.TinyGradients", scaled_steps_of_tiny_gradients},
                            {"Averages.Values", averages},
                            {"Averages.ConstantGradients", averages_of_equal_gradients},
                            {"Adam.ByHand", adam_by_hand},
                            {"Adam.Steps", adam_steps},
                            // BEGIN HIDDEN
                            {"Adam.FallingGradients", adam_on_falling_gradients},
                            // END HIDDEN
                            {"Decay.Steps", decay_steps},
                            {"Decay.WithoutAGradient", decay_without_a_gradient},
                            {"Schedule.WarmUp", schedule_warms_up},
                            {"Schedule.Decay", schedule_decays}});
}

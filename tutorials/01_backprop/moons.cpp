// Two interleaved half circles, and a network of 8 + 8 units whose every number is a Scalar.
#include "tutorials/01_backprop/moons.h"

#include <cmath>
#include <numbers>

#include "cadena.h"
#include "tutorials/01_backprop/scalar_engine.h"

namespace cadena::tutorials {
namespace {

constexpr std::size_t kSamples = 160, kHidden = 8;

struct Point {
  double x, y, label;  // +1 or -1
};

// Half circles of radius 1, the second turned and shifted by (1, -1/2), with normal noise.
std::vector<Point> two_moons(std::uint64_t seed) {
  Generator g(seed);
  const std::vector<double> angle = uniform(g, {kSamples}, 0, std::numbers::pi, Dtype::f64).to_vector();
  const std::vector<double> noise = randn(g, {2 * kSamples}, Dtype::f64).to_vector();
  std::vector<Point> points;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const bool first = i % 2 == 0;
    const double dx = 0.12 * noise[2 * i], dy = 0.12 * noise[2 * i + 1];
    const double x = std::cos(angle[i]), y = std::sin(angle[i]);
    points.push_back(first ? Point{x + dx, y + dy, 1} : Point{1 - x + dx, 0.5 - y + dy, -1});
  }
  return points;
}

//! [network]
// One output of a layer: b + sum_j w_j x_j. `w` is the place of its first weight; the bias follows the weights.
Scalar unit(const std::vector<Scalar>& x, const std::vector<Scalar>& parameters, std::size_t w) {
  Scalar sum = parameters[w + x.size()];
  for (std::size_t j = 0; j < x.size(); ++j) sum = sum + parameters[w + j] * x[j];
  return sum;
}

// 2 inputs, two hidden layers of tanh, one score.
Scalar score(const std::vector<Scalar>& parameters, std::vector<Scalar> x) {
  std::size_t w = 0;
  for (int layer = 0; layer < 2; ++layer) {
    std::vector<Scalar> next;
    for (std::size_t i = 0; i < kHidden; ++i, w += x.size() + 1) next.push_back(tanh(unit(x, parameters, w)));
    x = next;
  }
  return unit(x, parameters, w);
}
//! [network]

constexpr std::size_t kParameters = 3 * kHidden + (kHidden + 1) * kHidden + kHidden + 1;

std::vector<Scalar> on_tape(Tape& tape, const std::vector<double>& values) {
  std::vector<Scalar> result;
  for (const double value : values) result.emplace_back(tape, value);
  return result;
}

double score_at(const std::vector<double>& parameters, double x, double y) {
  Tape tape;
  const std::vector<Scalar> on = on_tape(tape, parameters);
  return score(on, on_tape(tape, {x, y})).value();
}

}  // namespace

void moons(Run& run) {
  const std::vector<Point> points = two_moons(7);
  Generator g(1);
  std::vector<double> weights = mul(randn(g, {static_cast<i64>(kParameters)}, Dtype::f64), 0.6).to_vector();
  std::vector<double> velocity(kParameters, 0.0);
  run.section("moons", {.tolerance = 0.1});
  run.print("{:>5}{:>12}{:>18}\n", "step", "loss", "right of 160");
  for (int step = 0; step <= 300; ++step) {
    //! [step]
    Tape tape;
    const std::vector<Scalar> parameters = on_tape(tape, weights);
    Scalar loss(tape, 0);
    int right = 0;
    for (const Point& point : points) {
      const Scalar margin = point.label * score(parameters, on_tape(tape, {point.x, point.y}));
      loss = loss + (1.0 / kSamples) * softplus(-margin);  // -ln sigmoid(margin)
      right += margin.value() > 0;
    }
    const std::vector<double> cotangent = tape.reverse(loss.place());
    for (std::size_t i = 0; i < kParameters; ++i) {
      velocity[i] = 0.9 * velocity[i] + cotangent[parameters[i].place()];
      weights[i] -= 0.1 * velocity[i];
    }
    //! [step]
    if (step % 60 == 0) run.print("{:>5}{:>12.5f}{:>18}\n", step, loss.value(), right);
    if (step == 0) run.value("tape", static_cast<double>(tape.size()), 1e-9);
    if (step == 300) run.value("moons_right", right, 0.02);
  }
  run.value("moons_parameters", static_cast<double>(kParameters), 1e-9);

  Curve one{"first moon", {}, {}}, two{"second moon", {}, {}};
  for (const Point& point : points) {
    Curve& curve = point.label > 0 ? one : two;
    curve.x.push_back(point.x);
    curve.y.push_back(point.y);
  }
  const Field field{-1.5, 2.5, -1.1, 1.6, [&](double x, double y) { return score_at(weights, x, y) > 0 ? 0.0 : 1.0; },
                    true};
  run.contour("moons", {.title = "Two moons and the decision boundary", .x = "x", .y = "y"}, field, {}, {one, two});
}

}  // namespace cadena::tutorials

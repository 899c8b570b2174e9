// Chapter 4: optimizers on quadratics, on Adam's counter-example, under noise, and on the digits.
#include "tutorials/04_adam/descent.h"
#include "tutorials/04_adam/digits.h"
#include "tutorials/04_adam/pytorch.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

// exp of the slope of ln |e_t| between two thirds of the way and the end.
double measured_rate(const std::vector<Tensor>& points) {
  const std::size_t last = points.size() - 1, from = 2 * last / 3;
  const double ratio = norm(points[last]).item() / norm(points[from]).item();
  return std::pow(ratio, 1 / static_cast<double>(last - from));
}

void rates(Run& run) {
  const std::vector<double> kappas = {3, 10, 30, 100, 300, 1000};
  Curve gd{"gradient descent, measured", kappas, {}, true}, ball{"heavy ball, measured", kappas, {}, true},
      nesterov{"Nesterov, measured", kappas, {}, true}, gd_theory{"(4.4)", kappas, {}},
      ball_theory{"(4.8)", kappas, {}}, nesterov_theory{"(4.11)", kappas, {}};
  run.section("rates", {.tolerance = 0.02});
  run.print("{:>8}{:>26}{:>26}{:>26}\n", "kappa", "gradient descent", "heavy ball", "Nesterov");
  for (const double kappa : kappas) {
    const Quadratic f = quadratic(1, kappa, 20);
    const Tensor start = ones({20}, Dtype::f64);
    const double root = std::sqrt(kappa), mu = (root - 1) / (root + 1);
    const int steps = static_cast<int>(60 * root);
    gd.y.push_back(1 - measured_rate(descend<Sgd>(f, start, {.learning_rate = 2 / (kappa + 1)}, 4 * steps)));
    ball.y.push_back(1 - measured_rate(descend<Sgd>(
                             f, start, {.learning_rate = std::pow(2 / (root + 1), 2), .momentum = mu * mu}, steps)));
    nesterov.y.push_back(1 - measured_rate(descend<Sgd>(
                                 f, start, {.learning_rate = 1 / kappa, .momentum = mu, .nesterov = true}, steps)));
    gd_theory.y.push_back(1 - (kappa - 1) / (kappa + 1));
    ball_theory.y.push_back(1 - mu);
    nesterov_theory.y.push_back(1 / root);
    run.print("{:>8}{:>13.4f} ({:.4f}){:>17.4f} ({:.4f}){:>17.4f} ({:.4f})\n", kappa, gd.y.back(), gd_theory.y.back(),
              ball.y.back(), ball_theory.y.back(), nesterov.y.back(), nesterov_theory.y.back());
  }
  run.print("1 - rate per step, measured (predicted)\n");
  run.curves("rates",
             {.title = "What one step takes off the error",
              .x = "condition number",
              .y = "1 - rate",
              .log_x = true,
              .log_y = true},
             {gd, gd_theory, nesterov, nesterov_theory, ball, ball_theory});
}

void bias(Run& run) {
  Generator g(4);
  const std::vector<double> gradients = normal(g, {60}, 1, 0.3, Dtype::f64).to_vector();
  Curve plain{"without correction", {}, {}}, corrected{"with correction", {}, {}};
  double m = 0, v = 0;
  for (std::size_t t = 1; t <= gradients.size(); ++t) {
    const double gradient = gradients[t - 1], time = static_cast<double>(t);
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    plain.x.push_back(time), corrected.x.push_back(time);
    plain.y.push_back(m / std::sqrt(v));
    corrected.y.push_back(m / (1 - std::pow(0.9, time)) / std::sqrt(v / (1 - std::pow(0.999, time))));
  }
  run.curves("bias", {.title = "Length of a step, in learning rates", .x = "step", .y = "m / sqrt(v)"},
             {plain, corrected});
}

void reach(Run& run) {
  const AdamOptions options{.learning_rate = 1, .eps = 0};
  const std::size_t count = 3000;
  std::vector<double> constant(count, 1.0), silence(count, 1e-6), growing(count);
  silence[count / 2] = 1;
  for (std::size_t i = 0; i < count; ++i)  // the last of them is about 1
    growing[i] = std::pow(0.999 / 0.9, static_cast<double>(i) - static_cast<double>(count));
  const auto lengths = [&](const char* label, const std::vector<double>& gradients) {
    const std::vector<double> w = follow<Adam>(gradients, options);
    Curve curve{label, {}, {}};
    for (std::size_t t = 1; t < w.size(); ++t) {
      curve.x.push_back(static_cast<double>(t));
      curve.y.push_back(std::abs(w[t] - w[t - 1]));
    }
    return curve;
  };
  const Curve grows = lengths("growing by 11 % a step", growing);
  run.curves("reach", {.title = "Length of Adam's steps", .x = "step", .y = "learning rates", .log_y = false},
             {lengths("constant gradients", constant), lengths("one after a silence", silence), grows});
  run.value("largest_step", 0.1 / std::sqrt(0.001) / std::sqrt(1 - 0.81 / 0.999), 1e-6);
}

// Adam and AMSGrad on losses C w, -w, -w, …, kept in [-1, 1].
Curve counter_example(bool amsgrad, double C, int cycles) {
  const Variable w = parameter(tensor({0.0}, Dtype::f64));
  Adam adam(std::vector<Variable>{w},
            {.learning_rate = 0.02, .beta1 = 0, .beta2 = 1 / (1 + C * C), .eps = 0, .amsgrad = amsgrad});
  Curve path{amsgrad ? "AMSGrad" : "Adam", {}, {}};
  for (int t = 0; t < 3 * cycles; ++t) {
    adam.step(std::vector{Variable(tensor({t % 3 == 0 ? C : -1.0}, Dtype::f64))});
    w.set_value(clamp(w.value(), -1, 1));
    path.x.push_back(t + 1);
    path.y.push_back(w.value().item());
  }
  return path;
}

void failure(Run& run) {
  const Curve adam = counter_example(false, 3, 150), amsgrad = counter_example(true, 3, 150);
  run.section("counter-example", {.tolerance = 1e-3});
  run.print("after 150 cycles with C = 3: Adam at {:.3f}, AMSGrad at {:.3f}, the best point is -1\n", adam.y.back(),
            amsgrad.y.back());
  run.curves("counter_example", {.title = "Losses 3w, -w, -w, … on [-1, 1]", .x = "step", .y = "w"}, {adam, amsgrad});
}

void noise(Run& run) {
  constexpr int kSteps = 400, kRuns = 500;
  const auto floor = [&](const char* label, const std::function<double(int)>& rate) {
    Generator g(7);
    Tensor e = full({kRuns}, 3.0, Dtype::f64);
    Curve curve{label, {}, {}};
    for (int t = 0; t < kSteps; ++t) {
      e = e - rate(t) * (e + randn(g, {kRuns}, Dtype::f64));
      curve.x.push_back(t + 1);
      curve.y.push_back(mean(square(e)).item());
    }
    return curve;
  };
  Curve predicted{"1/t, (4.25)", {}, {}};
  for (int t = 1; t <= kSteps; ++t) predicted.x.push_back(t), predicted.y.push_back(1.0 / t);
  run.curves("noise",
             {.title = "Mean squared error under noise of variance 1", .x = "step", .y = "E e²", .log_y = true},
             {floor("rate 0.5", [](int) { return 0.5; }), floor("rate 0.1", [](int) { return 0.1; }),
              floor("rate 0.02", [](int) { return 0.02; }), floor("rate 1/(t+1)", [](int t) { return 1.0 / (t + 1); }),
              predicted});
}

void trajectories(Run& run) {
  //! [trajectories]
  const Quadratic f = quadratic(1, 25, 2);
  const Tensor start = tensor({-4, 1.2}, Dtype::f64);
  const std::vector<std::pair<std::string, std::vector<Tensor>>> paths = {
      {"gradient descent", descend<Sgd>(f, start, {.learning_rate = 2.0 / 26}, 40)},
      {"heavy ball", descend<Sgd>(f, start, {.learning_rate = 1.0 / 9, .momentum = 4.0 / 9}, 40)},
      {"Nesterov", descend<Sgd>(f, start, {.learning_rate = 1.0 / 25, .momentum = 2.0 / 3, .nesterov = true}, 40)},
      {"Adam", descend<Adam>(f, start, {.learning_rate = 0.4}, 40)},
  };
  //! [trajectories]
  std::vector<Curve> curves;
  for (const auto& [label, points] : paths) {
    Curve curve{label, {}, {}};
    for (const Tensor& point : points) {
      curve.x.push_back(point.at({0}));
      curve.y.push_back(point.at({1}));
    }
    curves.push_back(curve);
  }
  run.contour("trajectories", {.title = "Forty steps in a valley", .x = "w1", .y = "w2"},
              {.x_low = -4.5,
               .x_high = 2,
               .y_low = -1.6,
               .y_high = 1.6,
               .f = [](double x, double y) { return 0.5 * (x * x + 25 * y * y); }},
              curves);
}

}  // namespace

static void chapter(Run& run) {
  rates(run);
  bias(run);
  reach(run);
  failure(run);
  noise(run);
  trajectories(run);
  compare_with_pytorch(run);
  digits(run);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) { return cadena::tutorials::run(argc, argv, "04_adam", cadena::tutorials::chapter); }

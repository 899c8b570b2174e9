#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "optim/state.h"
#include "tensor/base/error.h"

namespace cadena {
namespace {

void check_count(const char* name, const char* what, i64 value, i64 least) {
  if (value < least) fail<ValueError>(name, ": ", what, " is ", value, ", expected ", least, " or more");
}

void check_factor(const char* name, const char* what, double value) {
  if (!(value >= 0 && std::isfinite(value))) fail<ValueError>(name, ": ", what, " is ", value, ", expected 0 or more");
}

/// From a at x = 0 to b at x = 1.
double along_line(double a, double b, double x) { return a + (b - a) * x; }
double along_cosine(double a, double b, double x) { return b + (a - b) / 2 * (1 + std::cos(std::numbers::pi * x)); }

}  // namespace

Curve step_decay(i64 every, double factor) {
  check_count("step_decay", "every", every, 1);
  check_factor("step_decay", "factor", factor);
  return [=](i64 t) {
    const i64 times = t / every;
    return std::pow(factor, static_cast<double>(times));
  };
}

Curve multi_step_decay(std::vector<i64> milestones, double factor) {
  check_factor("multi_step_decay", "factor", factor);
  for (i64 milestone : milestones) check_count("multi_step_decay", "a milestone", milestone, 0);
  return [milestones = std::move(milestones), factor](i64 t) {
    const auto passed = std::count_if(milestones.begin(), milestones.end(), [t](i64 m) { return m <= t; });
    return std::pow(factor, static_cast<double>(passed));
  };
}

Curve exponential_decay(double factor) {
  check_factor("exponential_decay", "factor", factor);
  return [=](i64 t) { return std::pow(factor, static_cast<double>(t)); };
}

Curve cosine_decay(i64 total, double final_factor) {
  check_count("cosine_decay", "total", total, 1);
  check_factor("cosine_decay", "final_factor", final_factor);
  return [=](i64 t) {
    if (t >= total) return final_factor;
    return along_cosine(1, final_factor, static_cast<double>(t) / static_cast<double>(total));
  };
}

Curve linear_warm_up(i64 steps, double start_factor) {
  check_count("linear_warm_up", "steps", steps, 0);
  check_factor("linear_warm_up", "start_factor", start_factor);
  return [=](i64 t) {
    if (t >= steps) return 1.0;
    return along_line(start_factor, 1, static_cast<double>(t) / static_cast<double>(steps));
  };
}

Curve warm_up_then(i64 steps, const Curve& after, double start_factor) {
  if (!after) fail<ValueError>("warm_up_then: there is no curve after the warm-up");
  return [=, rise = linear_warm_up(steps, start_factor)](i64 t) { return t < steps ? rise(t) : after(t - steps); };
}

OneCycle one_cycle(i64 total, OneCycleOptions options) {
  check_count("one_cycle", "total", total, 1);
  if (!(options.rise >= 0 && options.rise <= 1)) {
    fail<ValueError>("one_cycle: rise is ", options.rise, ", expected a number in [0, 1]");
  }
  for (double division : {options.start_division, options.final_division}) {
    if (!(division > 0 && std::isfinite(division))) {
      fail<ValueError>("one_cycle: a division is ", division, ", expected a number above 0");
    }
  }
  check_factor("one_cycle", "largest_momentum", options.largest_momentum);
  check_factor("one_cycle", "smallest_momentum", options.smallest_momentum);
  const auto way = options.linear ? along_line : along_cosine;
  const double peak = options.rise * static_cast<double>(total) - 1;
  const double end = static_cast<double>(total - 1);
  const auto cycle = [=](double first, double middle, double last) {
    return [=](i64 step) {
      const double t = static_cast<double>(step);
      if (t <= peak) return way(first, middle, peak > 0 ? t / peak : 1);
      return t >= end ? last : way(middle, last, (t - peak) / (end - peak));
    };
  };
  const double start = 1 / options.start_division;
  return {cycle(start, 1, start / options.final_division),
          cycle(options.largest_momentum, options.smallest_momentum, options.largest_momentum)};
}

Schedule::Schedule(Optimizer& optimizer, Curve learning_rate, Curve momentum)
    : optimizer_(optimizer), learning_rate_(std::move(learning_rate)), momentum_(std::move(momentum)) {
  if (!learning_rate_) fail<ValueError>("Schedule: there is no curve of learning rates");
  for (const Optimizer::Group& group : optimizer_.groups()) initial_rates_.push_back(group.learning_rate);
  apply(0, initial_rates_);
}

void Schedule::apply(i64 t, const std::vector<double>& initial_rates) const {
  const double factor = learning_rate_(t);
  if (!(factor >= 0 && std::isfinite(factor))) {
    fail<ValueError>("Schedule: the factor at step ", t, " is ", factor, ", expected 0 or more");
  }
  for (double rate : initial_rates) {
    if (!std::isfinite(factor * rate)) {
      fail<ValueError>("Schedule: the factor at step ", t, ", ", factor, ", makes a rate of ", rate, " infinite");
    }
  }
  if (momentum_) optimizer_.set_momentum(momentum_(t));
  for (std::size_t i = 0; i < initial_rates.size(); ++i) optimizer_.set_learning_rate(i, factor * initial_rates[i]);
}

void Schedule::step() {
  apply(steps_ + 1, initial_rates_);
  ++steps_;
}

StateDict Schedule::state_dict() const {
  StateDict state{{"steps", saved(steps_)}};
  for (std::size_t i = 0; i < initial_rates_.size(); ++i) {
    state[concat("group.", i, ".initial_learning_rate")] = saved(initial_rates_[i]);
  }
  return state;
}

void Schedule::load_state_dict(const StateDict& state) {
  StateReader reader("Schedule", state);
  const i64 steps = reader.integer("steps");
  check_count("Schedule", "steps", steps, 0);
  std::vector<double> initial_rates;
  for (std::size_t i = 0; i < initial_rates_.size(); ++i) {
    initial_rates.push_back(reader.number(concat("group.", i, ".initial_learning_rate")));
    check_factor("Schedule", "initial_learning_rate", initial_rates.back());
  }
  reader.finish();
  apply(steps, initial_rates);
  initial_rates_ = std::move(initial_rates);
  steps_ = steps;
}

}  // namespace cadena

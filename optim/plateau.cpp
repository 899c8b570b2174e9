#include "optim/plateau.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/state.h"
#include "tensor/base/error.h"

namespace cadena {
namespace {

constexpr double kLeastReduction = 1e-8;

template <class T>
void require(bool holds, const char* what, T value, const char* expected) {
  if (!holds) fail<ValueError>("ReduceOnPlateau: ", what, " is ", value, ", expected ", expected);
}

}  // namespace

ReduceOnPlateau::ReduceOnPlateau(Optimizer& optimizer, Options options)
    : optimizer_(optimizer),
      options_(options),
      best_(options.maximize ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity()) {
  require(options.factor >= 0 && options.factor < 1, "factor", options.factor, "a number in [0, 1)");
  require(options.patience >= 0, "patience", options.patience, "0 or more");
  require(options.threshold >= 0 && std::isfinite(options.threshold), "threshold", options.threshold, "0 or more");
  require(options.cooldown >= 0, "cooldown", options.cooldown, "0 or more");
  require(options.least_learning_rate >= 0 && std::isfinite(options.least_learning_rate), "least_learning_rate",
          options.least_learning_rate, "0 or more");
}

bool ReduceOnPlateau::is_progress(double x) const {
  const double theta = options_.threshold;
  if (options_.maximize) return x > (options_.relative ? best_ * (1 + theta) : best_ + theta);
  return x < (options_.relative ? best_ * (1 - theta) : best_ - theta);
}

bool ReduceOnPlateau::step(double measurement) {
  if (is_progress(measurement)) {
    best_ = measurement;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooling_ > 0) {
    --cooling_;
    bad_ = 0;
  }
  if (bad_ <= options_.patience) return false;
  cooling_ = options_.cooldown;
  bad_ = 0;
  bool reduced = false;
  for (std::size_t i = 0; i < optimizer_.groups().size(); ++i) {
    const double rate = optimizer_.learning_rate(i);
    const double next = std::max(rate * options_.factor, options_.least_learning_rate);
    if (rate - next <= kLeastReduction) continue;
    optimizer_.set_learning_rate(i, next);
    reduced = true;
  }
  return reduced;
}

StateDict ReduceOnPlateau::state_dict() const {
  return {{"best", saved(best_)}, {"bad", saved(bad_)}, {"cooling", saved(cooling_)}};
}

void ReduceOnPlateau::load_state_dict(const StateDict& state) {
  StateReader reader("ReduceOnPlateau", state);
  const double best = reader.number("best");
  const i64 bad = reader.integer("bad");
  const i64 cooling = reader.integer("cooling");
  require(bad >= 0, "bad", bad, "0 or more");
  require(cooling >= 0, "cooling", cooling, "0 or more");
  reader.finish();
  best_ = best;
  bad_ = bad;
  cooling_ = cooling;
}

}  // namespace cadena

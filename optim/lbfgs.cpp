#include "optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "autograd/engine.h"
#include "optim/state.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/clip.h"
#include "tensor/copy.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr double kLeastCurvature = 1e-10;  // pairs with a smaller <y, s> would spoil H
constexpr double kInf = std::numeric_limits<double>::infinity();

double dot(const Tensor& a, const Tensor& b) { return sum(mul(a, b)).item(); }

template <class T>
void require(bool holds, const char* what, T value, const char* expected) {
  if (!holds) fail<ValueError>("Lbfgs: ", what, " is ", value, ", expected ", expected);
}

}  // namespace

Lbfgs::Lbfgs(std::vector<Variable> parameters, Options options)
    : parameters_(std::move(parameters)), options_(options) {
  const auto is_magnitude = [](double value) { return value >= 0 && std::isfinite(value); };
  require(options.learning_rate > 0 && std::isfinite(options.learning_rate), "learning_rate", options.learning_rate,
          "a number above 0");
  require(options.max_iterations >= 1, "max_iterations", options.max_iterations, "1 or more");
  const i64 quarter = std::min(options.max_iterations / 4, std::numeric_limits<i64>::max() - options.max_iterations);
  max_evaluations_ = options.max_evaluations.value_or(options.max_iterations + quarter);
  require(max_evaluations_ >= 1, "max_evaluations", max_evaluations_, "1 or more");
  require(is_magnitude(options.gradient_tolerance), "gradient_tolerance", options.gradient_tolerance, "0 or more");
  require(is_magnitude(options.change_tolerance), "change_tolerance", options.change_tolerance, "0 or more");
  require(options.history >= 1, "history", options.history, "1 or more");
  const WolfeOptions& wolfe = options.line_search;
  require(wolfe.c1 > 0 && wolfe.c1 < wolfe.c2, "c1", wolfe.c1, "a number between 0 and c2");
  require(wolfe.c2 < 1, "c2", wolfe.c2, "a number below 1");
  require(wolfe.max_trials >= 1, "max_trials", wolfe.max_trials, "1 or more");

  if (parameters_.empty()) fail<ValueError>("Lbfgs: there is no parameter");
  std::unordered_set<const Node*> seen;
  for (const Variable& parameter : parameters_) {
    if (!parameter.defined() || !parameter.is_leaf()) fail<ValueError>("Lbfgs: expected parameters only");
    if (!seen.insert(parameter.node().get()).second) fail<ValueError>("Lbfgs: a parameter is there twice");
    if (parameter.device() != parameters_[0].device()) {
      fail<DeviceError>("Lbfgs: parameters on ", parameter.device(), " and ", parameters_[0].device());
    }
    if (parameter.dtype() == Dtype::f64) dtype_ = Dtype::f64;
    numel_ += parameter.numel();
  }
}

Tensor Lbfgs::gather(const Parts& parts) const {
  Tensor flat = empty({numel_}, dtype_, parameters_[0].device());
  i64 at = 0;
  for (const Tensor& part : parts) {
    copy_into(reshape(slice(flat, 0, {at, at + part.numel()}), part.shape()), part);
    at += part.numel();
  }
  return flat;
}

void Lbfgs::scatter(const Tensor& flat) const {
  i64 at = 0;
  for (const Variable& parameter : parameters_) {
    copy_into(parameter.value(), reshape(slice(flat, 0, {at, at + parameter.numel()}), parameter.shape()));
    at += parameter.numel();
  }
}

/// Loss and gradient at the parameters as they are; the slope is left to the caller.
LinePoint Lbfgs::evaluate(const Callable<Variable()>& loss) {
  ++evaluations_;
  const Variable value = loss();
  if (!value.defined()) fail<ValueError>("Lbfgs: the loss is undefined");
  if (value.numel() != 1) fail<ShapeError>("Lbfgs: expected a scalar loss, got shape ", value.shape());
  Parts gradients;
  for (const Variable& gradient : grad(value, parameters_)) gradients.push_back(gradient.value());
  return {0, value.item(), 0, gather(gradients)};
}

/// Takes the step that led here into the history, if it shows positive curvature.
void Lbfgs::remember(const Tensor& gradient) {
  const Tensor y = sub(gradient, last_gradient_);
  const Tensor s = mul(direction_, step_length_);
  const double curvature = dot(y, s);
  if (!(curvature > kLeastCurvature)) return;
  if (static_cast<i64>(history_.size()) == options_.history) history_.pop_front();
  history_.push_back({s, y, 1 / curvature});
  scale_ = curvature / dot(y, y);
}

/// -H g by the two loops: from the newest pair to the oldest, and back.
Tensor Lbfgs::direction(const Tensor& gradient) const {
  Tensor q = neg(gradient);
  std::vector<double> alpha(history_.size());
  for (std::size_t i = history_.size(); i-- > 0;) {
    alpha[i] = dot(history_[i].step, q) * history_[i].rho;
    q = sub(q, mul(history_[i].gradient_change, alpha[i]));
  }
  Tensor r = mul(q, scale_);
  for (std::size_t i = 0; i < history_.size(); ++i) {
    const double beta = dot(history_[i].gradient_change, r) * history_[i].rho;
    r = add(r, mul(history_[i].step, alpha[i] - beta));
  }
  return r;
}

/// One iteration from `point`, which becomes the next one. False if there is no way down. The first trial of a search
/// is always made, so it may evaluate once where no evaluation is left.
bool Lbfgs::search(const Callable<Variable()>& loss, LinePoint& point, i64 evaluations_left) {
  if (last_gradient_.defined()) remember(point.gradient);
  const Tensor down = direction(point.gradient);
  point.t = 0;
  point.slope = dot(point.gradient, down);
  if (!(point.slope <= -options_.change_tolerance)) {
    step_length_ = 0;  // x stays, so there is no step for the next call to remember
    return false;
  }
  ++iterations_;
  direction_ = down;
  last_gradient_ = point.gradient;
  const double first = iterations_ == 1 ? std::min(1.0, 1 / vector_norm(point.gradient, 1)) : 1;
  step_length_ = first * options_.learning_rate;

  Parts values;
  for (const Variable& parameter : parameters_) values.push_back(parameter.value());
  const Tensor x = gather(values);
  const auto phi = [&](double t) {
    scatter(add(x, mul(direction_, t)));
    LinePoint next = evaluate(loss);
    next.t = t;
    next.slope = dot(next.gradient, direction_);
    return next;
  };
  WolfeOptions line_search = options_.line_search;
  const i64 after_the_first = std::max<i64>(evaluations_left - 1, 0);
  line_search.max_trials = static_cast<int>(std::min<i64>(line_search.max_trials, after_the_first));
  try {
    point = strong_wolfe(phi, point, step_length_, vector_norm(direction_, kInf), line_search);
  } catch (...) {
    scatter(x);
    step_length_ = 0;  // the next call starts from here again
    throw;
  }
  step_length_ = point.t;
  scatter(add(x, mul(direction_, step_length_)));
  return true;
}

double Lbfgs::step(const Callable<Variable()>& loss) {
  const i64 evaluations_before = evaluations_;
  LinePoint point = evaluate(loss);
  const double first_loss = point.value;
  if (!std::isfinite(first_loss) || !std::isfinite(vector_norm(point.gradient, kInf))) return first_loss;
  for (i64 i = 0; i < options_.max_iterations; ++i) {
    if (vector_norm(point.gradient, kInf) <= options_.gradient_tolerance) break;
    const double last_loss = point.value;
    if (!search(loss, point, max_evaluations_ - (evaluations_ - evaluations_before))) break;
    if (evaluations_ - evaluations_before >= max_evaluations_) break;
    if (vector_norm(direction_, kInf) * step_length_ <= options_.change_tolerance) break;
    if (std::abs(point.value - last_loss) < options_.change_tolerance) break;
  }
  return first_loss;
}

StateDict Lbfgs::state_dict() const {
  StateDict state{{"iterations", saved(iterations_)},
                  {"evaluations", saved(evaluations_)},
                  {"history", saved(static_cast<i64>(history_.size()))},
                  {"scale", saved(scale_)},
                  {"step_length", saved(step_length_)}};
  if (direction_.defined()) state["direction"] = copy(direction_);
  if (last_gradient_.defined()) state["gradient"] = copy(last_gradient_);
  for (std::size_t i = 0; i < history_.size(); ++i) {
    state[concat("history.", i, ".step")] = copy(history_[i].step);
    state[concat("history.", i, ".gradient_change")] = copy(history_[i].gradient_change);
  }
  return state;
}

void Lbfgs::load_state_dict(const StateDict& state) {
  StateReader reader("Lbfgs", state);
  const Tensor like = empty({numel_}, dtype_, parameters_[0].device());
  const i64 iterations = reader.integer("iterations");
  const i64 evaluations = reader.integer("evaluations");
  const i64 count = reader.integer("history");
  require(iterations >= 0, "iterations", iterations, "0 or more");
  require(evaluations >= 0, "evaluations", evaluations, "0 or more");
  require(count >= 0 && count <= options_.history, "history", count, "at most as many pairs as the option allows");
  const double scale = reader.number("scale");
  const double step_length = reader.number("step_length");
  Tensor direction = iterations > 0 ? reader.tensor("direction", like, dtype_) : Tensor();
  Tensor gradient = iterations > 0 ? reader.tensor("gradient", like, dtype_) : Tensor();
  std::deque<Pair> history;
  for (i64 i = 0; i < count; ++i) {
    Tensor s = reader.tensor(concat("history.", i, ".step"), like, dtype_);
    Tensor y = reader.tensor(concat("history.", i, ".gradient_change"), like, dtype_);
    const double rho = 1 / dot(y, s);
    history.push_back({std::move(s), std::move(y), rho});
  }
  reader.finish();
  iterations_ = iterations;
  evaluations_ = evaluations;
  scale_ = scale;
  step_length_ = step_length;
  direction_ = std::move(direction);
  last_gradient_ = std::move(gradient);
  history_ = std::move(history);
}

}  // namespace cadena

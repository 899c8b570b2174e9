#include "optim/line_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cadena {
namespace {

/// Two points between which a step lies that satisfies the conditions, the better one known.
struct Bracket {
  LinePoint low;   ///< the lower value
  LinePoint high;  ///< the higher value

  Bracket(LinePoint a, LinePoint b) : low(std::move(a)), high(std::move(b)) {
    if (high.value < low.value) std::swap(low, high);
  }
  double left() const { return std::min(low.t, high.t); }
  double right() const { return std::max(low.t, high.t); }
  double length() const { return right() - left(); }
};

/// The search, whose state is how many trials there were.
class Search {
 public:
  Search(const Callable<LinePoint(double)>& phi, const LinePoint& start, const WolfeOptions& options)
      : phi_(phi), start_(start), options_(options) {}

  /// Steps outwards until a point is found, or a bracket around one.
  Bracket bracket(double first_step, bool& found) {
    LinePoint previous = start_;
    LinePoint point = evaluate(first_step);
    for (; trials_ < options_.max_trials; ++trials_) {
      if (!decreases(point) || (trials_ > 1 && point.value >= previous.value)) return {previous, point};
      found = is_flat(point);
      if (found) return {point, point};
      if (point.slope >= 0) return {previous, point};
      const double next = cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), 10 * point.t);
      previous = std::move(point);
      point = evaluate(next);
    }
    return {start_, point};
  }

  /// Narrows the bracket until its lower end satisfies the conditions.
  LinePoint zoom(Bracket bracket, double size) {
    bool was_near_end = false;
    while (trials_ < options_.max_trials && bracket.length() * size >= options_.change_tolerance) {
      const LinePoint point = evaluate(trial(bracket, was_near_end));
      ++trials_;
      if (!decreases(point) || point.value >= bracket.low.value) {
        bracket = Bracket(bracket.low, point);
        continue;
      }
      const bool found = is_flat(point);
      // The minimum lies on the side to which the slope falls.
      if (!found && point.slope * (bracket.high.t - bracket.low.t) >= 0) bracket.high = bracket.low;
      bracket.low = point;
      if (found) break;
    }
    return bracket.low;
  }

 private:
  LinePoint evaluate(double t) const {
    LinePoint point = phi_(t);
    if (!std::isfinite(point.value) || !std::isfinite(point.slope)) {
      point.value = std::numeric_limits<double>::infinity();
    }
    return point;
  }

  bool decreases(const LinePoint& point) const {
    return point.value <= start_.value + options_.c1 * point.t * start_.slope;
  }
  bool is_flat(const LinePoint& point) const { return std::abs(point.slope) <= -options_.c2 * start_.slope; }

  /// The cubic's minimum, moved a tenth of the bracket inwards where it was near an end twice in a row or is one.
  static double trial(const Bracket& bracket, bool& was_near_end) {
    const double left = bracket.left();
    const double right = bracket.right();
    const double margin = 0.1 * (right - left);
    const double t = cubic_minimum(bracket.low, bracket.high, left, right);
    const bool is_near_end = std::min(right - t, t - left) < margin;
    const bool moves = is_near_end && (was_near_end || t >= right || t <= left);
    was_near_end = is_near_end && !moves;
    if (!moves) return t;
    return std::abs(t - right) < std::abs(t - left) ? right - margin : left + margin;
  }

  const Callable<LinePoint(double)>& phi_;
  const LinePoint& start_;
  const WolfeOptions& options_;
  int trials_ = 0;
};

}  // namespace

double cubic_minimum(const LinePoint& p, const LinePoint& q, double low, double high) {
  const LinePoint& a = p.t <= q.t ? p : q;
  const LinePoint& b = p.t <= q.t ? q : p;
  const double theta = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t);
  const double omega = std::sqrt(theta * theta - a.slope * b.slope);
  const double t = b.t - (b.t - a.t) * ((b.slope + omega - theta) / (b.slope - a.slope + 2 * omega));
  return std::isfinite(t) ? std::clamp(t, low, high) : (low + high) / 2;
}

LinePoint strong_wolfe(const Callable<LinePoint(double)>& phi, const LinePoint& start, double first_step, double size,
                       WolfeOptions options) {
  Search search(phi, start, options);
  bool found = false;
  Bracket bracket = search.bracket(first_step, found);
  return found ? bracket.low : search.zoom(std::move(bracket), size);
}

}  // namespace cadena

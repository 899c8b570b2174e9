#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>

#include <fmt/core.h>

#include "cuda/ladder/machine.h"
#include "cuda/ladder/meter.h"
#include "tools/ladder/table.h"

namespace cadena::tools {
namespace {

using namespace cuda::ladder;

bool is_near(std::optional<double> counted, double predicted) {
  return !counted || std::fabs(*counted - predicted) <= 0.01 * std::fabs(predicted);
}

std::string needs(const StepInfo& step) {
  if (!step.counted && cuda::is_emulated()) return "not counted: the microscope does not follow TMA and wgmma";
  return fmt::format("needs compute capability {}.{}", step.compute_capability / 10, step.compute_capability % 10);
}

// One flight: sets its problem up when the first step is run.
class Runner {
 public:
  Runner(const Flight& flight, bool once, Table& table) : flight_(flight), once_(once), table_(table) {}

  void run(std::size_t number) {
    const StepInfo& step = flight_.steps[number];
    Line line;
    line.step = &step;
    line.flight = flight_.name;
    if (cuda::is_emulated() ? step.counted : runs_here(step.compute_capability)) {
      try {
        measure(number, line);
      } catch (const std::exception& error) {
        line.outcome = Line::Outcome::fault;
        line.reason = error.what();
      }
    } else {
      line.reason = needs(step);
    }
    table_.lines.push_back(std::move(line));
  }

 private:
  void set_up() {
    trial_ = flight_.set_up(table_.size);
    meter_ = machine_meter();
    work_ = trial_->work();
    table_.unit = work_.flop > 0 ? "GFLOP/s" : "GB/s";
    const Peer peer = trial_->peer();
    table_.peer = peer.name;
    if (!peer.run || once_) return;
    if (const Cost cost = meter_->read(peer.run); cost.milliseconds) peer_speed_ = speed(peer.work, *cost.milliseconds);
    if (peer_speed_) table_.peer_speeds.push_back({flight_.name, *peer_speed_});
  }

  void measure(std::size_t number, Line& line) {
    if (!trial_) set_up();
    trial_->poison();
    Cost cost;
    if (once_) {
      trial_->run(number);
    } else {
      cost = meter_->read([&] { cuda::is_emulated() ? trial_->run_as_large(number) : trial_->run(number); });
    }
    const Verdict verdict = trial_->verdict();
    line.outcome = verdict.correct ? Line::Outcome::correct : Line::Outcome::wrong;
    line.max_error = verdict.max_error;
    if (!cost.fault.empty()) {
      line.outcome = Line::Outcome::fault;
      line.reason = cost.fault;
    }
    if (cost.milliseconds) {
      table_.timed = true;
      line.milliseconds = cost.milliseconds;
      line.speed = speed(work_, *cost.milliseconds);
      if (peer_speed_) line.share = 100 * *line.speed / *peer_speed_;
    }
    if (cost.count) {
      table_.counted = true;
      const char* metric = flight_.steps[number].metric.name;
      line.counted = cost.count(metric, work_);
      line.counted_before = before(number, metric);
      below_ = cost;
      below_number_ = number;
    }
  }

  // The metric of this step in the step below: nothing for the first, and where that one was not run just now.
  std::optional<double> before(std::size_t number, const char* metric) const {
    if (number == 0 || !below_ || below_number_ + 1 != number) return std::nullopt;
    return below_->count(metric, work_);
  }

  // GFLOP/s, or GB/s where there are no operations to count.
  static double speed(const Work& work, double milliseconds) {
    return (work.flop > 0 ? work.flop : work.bytes) / milliseconds * 1e-6;
  }

  const Flight& flight_;
  const bool once_;
  Table& table_;
  std::unique_ptr<Trial> trial_;
  std::unique_ptr<Meter> meter_;
  Work work_;
  std::optional<double> peer_speed_;
  std::optional<Cost> below_;
  std::size_t below_number_ = 0;
};

}  // namespace

bool Line::as_predicted() const {
  return is_near(counted_before, step->metric.before) && is_near(counted, step->metric.after);
}

Table run(const Ladder& ladder, int size, const std::vector<std::string>& ids, bool once) {
  Table table;
  table.ladder = &ladder;
  table.size = size;
  for (const Flight& flight : ladder.flights) {
    Runner runner(flight, once, table);
    for (std::size_t i = 0; i < flight.steps.size(); ++i) {
      if (ids.empty() || std::find(ids.begin(), ids.end(), flight.steps[i].id) != ids.end()) runner.run(i);
    }
  }
  return table;
}

}  // namespace cadena::tools

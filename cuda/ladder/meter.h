// What the table of a ladder shows beside correctness: on a GPU what the clock says, elsewhere what can be counted.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cuda/ladder/trial.h"

namespace cadena::cuda::ladder {

/// What running a step cost.
struct Cost {
  std::optional<double> milliseconds;  ///< the median of several runs, by events; on a GPU alone
  /// The value of a metric, by its name, for a problem of so much work; empty where this machine counts nothing.
  /// Nothing is returned for a metric that cannot be counted.
  std::function<std::optional<double>(std::string_view metric, const Work& work)> count;
  std::string fault;  ///< a race or the like that was seen; empty: none
};

/// Measures steps; a step is given as a function that enqueues it.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual Cost read(const std::function<void()>& run) = 0;
};

/// The meter of this machine: on a GPU the clock, with the L2 cache flushed; under the microscope its counts; on the
/// emulator alone, whose speed says nothing about a GPU, none.
std::unique_ptr<Meter> machine_meter();

}  // namespace cadena::cuda::ladder

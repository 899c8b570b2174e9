// What the table of a ladder shows beside correctness: on a GPU what the clock says, elsewhere what can be counted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cadena::cuda::ladder {

/// One column of the table, filled for one step.
struct Reading {
  std::string name;  ///< "GFLOP/s"
  double value;
};

/// A provider of columns. A step is given as a function that enqueues it; `flop` is what it computes.
class Meter {
 public:
  virtual ~Meter() = default;
  /// The columns for one step, always the same names in the same order.
  virtual std::vector<Reading> read(const std::function<void()>& run, double flop) = 0;
};

/// The meter of this machine: on a GPU median speed by events with the L2 cache flushed; under the emulator, whose
/// speed says nothing about a GPU, no columns.
std::unique_ptr<Meter> machine_meter();

}  // namespace cadena::cuda::ladder

// The table that `cadena ladder` prints: one line a step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cuda/ladder/ladders.h"

namespace cadena::tools {

/// One step: what it is, whether it is right, and what it costs.
struct Line {
  enum class Outcome { correct, wrong, fault, not_here };

  const cuda::ladder::StepInfo* step = nullptr;
  std::string flight;
  Outcome outcome = Outcome::not_here;
  std::string reason;  ///< of a fault, or why it does not run here
  double max_error = 0;
  std::optional<double> milliseconds, speed, share;  ///< speed in the table's unit, share in percent of the peer
  std::optional<double> counted_before, counted;     ///< the step's metric, in the step below and in this one

  bool ran() const { return outcome != Outcome::not_here; }
  /// Whether what was counted is within a hundredth of what the step predicts, both before and after. True where
  /// nothing was counted.
  bool as_predicted() const;
};

/// How fast the peer is on the problem of one flight, in the unit of the table.
struct PeerSpeed {
  std::string flight;
  double speed;
};

/// A ladder at one size.
struct Table {
  const cuda::ladder::Ladder* ladder = nullptr;
  int size = 0;
  std::string unit, peer;              ///< "GFLOP/s", "cuBLAS"
  std::vector<PeerSpeed> peer_speeds;  ///< of the flights that ran, where there is a clock
  bool timed = false, counted = false;
  std::vector<Line> lines;
};

/// Runs the steps called `ids` (all where there are none) at one size. `once`: a single time, measuring nothing, for a
/// profiler to look at.
Table run(const cuda::ladder::Ladder& ladder, int size, const std::vector<std::string>& ids, bool once);

/// Prints the table, and where nothing was timed what that means.
void print(const Table& table);

/// Prints a bar a step: the share of the peer on a GPU, otherwise what is to be expected of it.
void print_bars(const Table& table);

/// Draws the same bars by gnuplot as ladder_NAME.svg in `folder`, with the script beside it. Returns the picture, or
/// the script where gnuplot is missing or fails. Throws std::runtime_error where nothing can be written.
std::string draw(const Table& table, const std::string& folder);

/// The table as JSON, with the device and whether it was emulated.
std::string to_json(const Table& table);

}  // namespace cadena::tools

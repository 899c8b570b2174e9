#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace demo {

/// A bar on one line of a terminal, `classify  [=====>    ]  512/1000  loss 0.213  0:12 left`, redrawn a few times a
/// second; where the output is no terminal, a line for every tenth of the way.
class Progress {
 public:
  Progress(std::string title, std::int64_t total);

  /// `done` steps are behind us; `note` is shown beside the bar.
  void update(std::int64_t done, const std::string& note);

  /// Leaves the last state standing and ends the line.
  void finish(const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::int64_t done, const std::string& note);

  std::string title_;
  std::int64_t total_;
  std::int64_t start_ = -1;  // where this run began: a resumed one does not begin at 0
  std::int64_t last_tenth_ = -1;
  bool terminal_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point drawn_ = {};
};

}  // namespace demo

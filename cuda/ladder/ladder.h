// What every ladder of kernels is made of: steps, each with the number it moves and the speed to expect of it.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cadena::cuda::ladder {

/// The number that a step moves, for example 32 to 4 sectors per request.
struct Metric {
  const char* name;  ///< what is counted, and per what
  double before;     ///< in the step below
  double after;      ///< in this step
};

/// The speed to expect of a step, in percent of the vendor's library (or of the copy bandwidth) on an H200.
struct Share {
  double least;
  double most;
};

/// One kernel of a ladder. `Problem` holds sizes, scalars and device pointers; every step solves the same problem.
template <class Problem>
struct Step {
  const char* id;               ///< "G1"
  const char* title;            ///< what is new, in a few words
  const char* source;           ///< path from the root of the repository
  Metric metric;                ///< the number that must move
  Share expected;               ///< the speed to expect
  int compute_capability;       ///< the least that runs it, ten times major plus minor: 80; 90 means 9.0 and no other
  bool counted;                 ///< by the microscope; where it is not, the tests alone run it without a GPU
  void (*run)(const Problem&);  ///< enqueues the kernels on the problem's stream; throws CudaError
  /// The kernels that a large problem would be given, for counting on a small one; null where `run` has no choice.
  void (*run_as_large)(const Problem&) = nullptr;
};

/// The steps of a ladder, lowest first.
template <class Problem>
using Steps = std::span<const Step<Problem>>;

/// The step called `id`; throws std::invalid_argument that lists the ids there are.
template <class Problem>
const Step<Problem>& find_step(Steps<Problem> steps, std::string_view id) {
  std::string known;
  for (const auto& step : steps) {
    if (step.id == id) return step;
    known += (known.empty() ? "" : ", ") + std::string(step.id);
  }
  throw std::invalid_argument("no step '" + std::string(id) + "' in this ladder; there are " + known);
}

}  // namespace cadena::cuda::ladder

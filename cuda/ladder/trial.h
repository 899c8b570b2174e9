// A ladder as programs see it: steps without the types of their problems, each to be run, checked and measured.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "cuda/ladder/ladder.h"

namespace cadena::cuda::ladder {

/// What any solution of a problem has to do, whichever step solves it.
struct Work {
  double flop = 0;      ///< operations; 0 where only the bytes matter
  double bytes = 0;     ///< read and written, each input and each output once
  double elements = 0;  ///< numbers, rows or whatever the ladder's metrics count by
};

/// What the ladder is measured against.
struct Peer {
  const char* name = "";      ///< "cuBLAS", "a copy"
  std::function<void()> run;  ///< enqueues it; empty where this machine does not have it
  Work work;
};

/// Whether the last step was right.
struct Verdict {
  bool correct = false;
  double max_error = 0;  ///< largest |returned - exact|
};

/// A problem of one size on the device, and what the last step that ran made of it.
class Trial {
 public:
  virtual ~Trial() = default;
  /// Fills the results with NaN, so that what a step leaves out is seen.
  virtual void poison() = 0;
  /// Enqueues a step, numbered from the lowest; throws CudaError.
  virtual void run(std::size_t step) = 0;
  /// The same by the kernels that the step would choose for a large problem: what its metric speaks of.
  virtual void run_as_large(std::size_t step) = 0;
  /// Compares the results with an independent reference.
  virtual Verdict verdict() = 0;
  virtual Work work() const = 0;
  /// What to measure against; its operands stay valid as long as the trial.
  virtual Peer peer() = 0;
};

/// What a table says of a step.
struct StepInfo {
  std::string id, title, source;
  Metric metric{};
  Share expected{};
  int compute_capability = 0;
  bool counted = false;
};

/// Steps that solve one and the same problem: a ladder has one flight for each element type, or direction.
struct Flight {
  std::string name;  ///< "f32"
  std::vector<StepInfo> steps;
  std::function<std::unique_ptr<Trial>(int size)> set_up;
};

/// A ladder with its problem.
struct Ladder {
  std::string name;      ///< "gemm"
  std::string problem;   ///< what is computed, and what the size means
  int counted_size = 0;  ///< a size that shows every metric, small enough for the emulator
  int timed_size = 0;    ///< a size that fills a GPU
  std::vector<Flight> flights;
};

/// The flight of `steps`. `Bench` is made from a size; it has problem(), poison(), verdict(), work() and peer().
template <class Bench, class Problem>
Flight flight(std::string name, Steps<Problem> steps) {
  class Run : public Trial {
   public:
    Run(int size, Steps<Problem> steps) : bench_(size), steps_(steps) {}
    void poison() override { bench_.poison(); }
    void run(std::size_t step) override { steps_[step].run(bench_.problem()); }
    void run_as_large(std::size_t step) override {
      const auto& s = steps_[step];
      (s.run_as_large != nullptr ? s.run_as_large : s.run)(bench_.problem());
    }
    Verdict verdict() override { return bench_.verdict(); }
    Work work() const override { return bench_.work(); }
    Peer peer() override { return bench_.peer(); }

   private:
    Bench bench_;
    Steps<Problem> steps_;
  };

  Flight result;
  result.name = std::move(name);
  for (const Step<Problem>& s : steps) {
    result.steps.push_back({s.id, s.title, s.source, s.metric, s.expected, s.compute_capability, s.counted});
  }
  result.set_up = [steps](int size) { return std::make_unique<Run>(size, steps); };
  return result;
}

}  // namespace cadena::cuda::ladder

#pragma once

#include <vector>

#include "optim/optimizer.h"

namespace cadena {

/// Options of `MovingAverage`.
struct MovingAverageOptions {
  double decay = 0.999;  ///< d
  /// \f$ \min(d, (1 + t) / (10 + t)) \f$ in update t = 1, 2 …, so that a short run forgets its start
  bool warm_up = false;
};

/// An exponential moving average of weights, kept in f32 for f16 and bf16 ones. It starts at the weights as they are;
/// \f[ a \leftarrow d\,a + (1 - d)\,w \f]
/// with every update. Averaged weights often do better on held-out data. Polyak & Juditsky, "Acceleration of stochastic
/// approximation by averaging", SIAM J. Control Optim. 30, 1992.
class MovingAverage {
 public:
  /// What the constructor takes.
  using Options = MovingAverageOptions;

  /// Puts the weights back at the end of its scope.
  class Swap {
   public:
    Swap(const Swap&) = delete;
    Swap& operator=(const Swap&) = delete;
    ~Swap();

   private:
    friend class MovingAverage;
    explicit Swap(const MovingAverage& average);
    std::vector<Tensor> weights_;  // of the parameters; one that is given another value meanwhile keeps it
    std::vector<Tensor> saved_;
  };

  /// Throws ValueError unless 0 <= decay <= 1 and every variable is defined and floating.
  explicit MovingAverage(std::vector<Variable> parameters, Options options = {});

  /// Takes the present weights into the average: call it after each step of the optimizer. Throws ShapeError,
  /// DtypeError or DeviceError if a parameter was given another shape or dtype, or moved; so do the two below. What
  /// throws has changed nothing.
  void update();

  /// Writes the averages into the parameters, until the result ends: `{ auto swap = ema.swap_in(); evaluate(); }`.
  [[nodiscard]] Swap swap_in() const { return Swap(*this); }

  /// Writes the averages into the parameters for good.
  void copy_to_parameters() const;

  /// The averages, in the order of the parameters.
  const std::vector<Tensor>& averages() const { return averages_; }

  /// The averages and the count of updates, with which `load_state_dict` continues; it throws as the optimizer's does.
  StateDict state_dict() const;
  /// Continues from a saved state.
  void load_state_dict(const StateDict& state);

 private:
  void check_parameters() const;

  std::vector<Variable> parameters_;
  std::vector<Tensor> averages_;
  Options options_;
  i64 steps_ = 0;
  ReplayCounter replays_;
};

}  // namespace cadena

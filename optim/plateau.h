#pragma once

#include "optim/optimizer.h"

namespace cadena {

/// Options of `ReduceOnPlateau`.
struct PlateauOptions {
  double factor = 0.1;             ///< \f$ \gamma < 1 \f$, what the rate is multiplied by
  i64 patience = 10;               ///< how many measurements without progress are borne
  double threshold = 1e-4;         ///< \f$ \theta \f$, what counts as progress
  bool relative = true;            ///< whether \f$ \theta \f$ is a share of the best measurement, or a difference
  bool maximize = false;           ///< larger is better
  i64 cooldown = 0;                ///< measurements after a reduction that do not count
  double least_learning_rate = 0;  ///< never below this
};

/// Multiplies the learning rate by \f$ \gamma \f$ once a measurement (the loss on held-out data, say) has not made
/// progress more than `patience` times in a row. A measurement x makes progress on the best so far, b, if
/// \f$ x < b (1 - \theta) \f$ or, not relative, \f$ x < b - \theta \f$; to maximize, \f$ x > b (1 + \theta) \f$ or
/// \f$ x > b + \theta \f$. NaN is no progress. A reduction smaller than 1e-8 is not made, as in PyTorch.
class ReduceOnPlateau {
 public:
  /// What the constructor takes.
  using Options = PlateauOptions;

  /// The optimizer must outlive it. Throws ValueError for an option out of range.
  explicit ReduceOnPlateau(Optimizer& optimizer, Options options = {});

  /// Takes the next measurement. True if a learning rate was reduced.
  bool step(double measurement);

  /// The best measurement so far; infinite before the first.
  double best() const { return best_; }

  /// What it remembers, with which `load_state_dict` continues; it throws as the optimizer's does.
  StateDict state_dict() const;
  /// Continues from a saved state.
  void load_state_dict(const StateDict& state);

 private:
  bool is_progress(double measurement) const;

  Optimizer& optimizer_;
  Options options_;
  double best_;
  i64 bad_ = 0;      ///< measurements without progress, in a row
  i64 cooling_ = 0;  ///< measurements that will not count yet
};

}  // namespace cadena

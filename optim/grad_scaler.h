#pragma once

#include <span>
#include <vector>

#include "optim/optimizer.h"

namespace cadena {

/// Options of `GradScaler`; PyTorch's.
struct GradScalerOptions {
  double initial_scale = 65536;  ///< \f$ s \f$ of the first step
  double growth = 2;             ///< of s, after `growth_interval` steps in a row without an overflow
  double backoff = 0.5;          ///< of s, after a step with one
  i64 growth_interval = 2000;    ///< steps without an overflow after which s grows
};

/// Training in f16, whose smallest number is 6e-8: the loss is multiplied by a large s before `backward`, so that small
/// gradients do not vanish, and the gradients are divided by s, in f32, before the step. Where one of them is not
/// finite (s was too large) the step is left out and s made smaller; after many steps without that, larger. bf16 has
/// the range of f32 and needs none of this. Micikevicius et al., "Mixed precision training", ICLR 2018
/// (arXiv:1710.03740).
///
///     GradScaler scaler;
///     scaler.scale(loss).backward();
///     std::vector<Variable> gradients = scaler.unscale(optimizer.parameters());
///     clip_norm_(gradients, 1.0);             // if wanted
///     scaler.step(optimizer, gradients);      // false where it was left out
///     optimizer.zero_grad();
class GradScaler {
 public:
  /// What the constructor takes.
  using Options = GradScalerOptions;

  /// Throws ValueError unless the scale is positive, growth > 1, 0 < backoff < 1 and the interval is positive.
  explicit GradScaler(Options options = {});

  /// s times the loss, in the compute dtype of the loss: f32 for f16 and bf16. s itself is rounded to the loss' dtype
  /// on its way back, so in f16 a scale above 65504 makes the first step overflow, which then halves it.
  Variable scale(const Variable& loss) const;

  /// The gradients that `backward` left in the parameters, divided by s, in their compute dtype (f32 for f16 and bf16);
  /// undefined where there is none. Notes on the device whether all are finite; nothing waits.
  std::vector<Variable> unscale(std::span<const Variable> parameters);

  /// Steps along gradients of `unscale` unless one of them was not finite, and adapts s; waits for the device. Returns
  /// whether it stepped. Throws GradError where `unscale` was not called since the last step, and what
  /// `Optimizer::step` throws.
  bool step(Optimizer& optimizer, std::span<const Variable> gradients);

  /// s as it is now.
  double current_scale() const { return scale_; }

  /// The scale and the number of steps since it last changed, and their return. `load_state_dict` throws ValueError for
  /// a name that is missing or unknown, or a value out of range; the scaler is then as it was.
  StateDict state_dict() const;
  /// Continues from a saved state.
  void load_state_dict(const StateDict& state);

 private:
  Options options_;
  double scale_;
  i64 steps_since_change_ = 0;
  bool is_unscaled_ = false;
  std::vector<Tensor> largest_;  // magnitude of a gradient on each device: finite where all are
};

}  // namespace cadena

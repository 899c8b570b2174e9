#pragma once

#include "optim/optimizer.h"

namespace cadena {

/// Options of `RmsProp`.
struct RmsPropOptions {
  double learning_rate = 1e-2;  ///< \f$ \eta \f$
  double alpha = 0.99;          ///< \f$ \alpha \f$, how slowly the average forgets
  double eps = 1e-8;            ///< \f$ \varepsilon \f$
  double momentum = 0;          ///< \f$ \mu \f$
  double weight_decay = 0;      ///< \f$ \lambda \f$
  bool centered = false;        ///< divide by the deviation instead of the root mean square
  bool maximize = false;        ///< climb
};

/// Gradients over a moving average of their size. With \f$ \hat g = \pm g + \lambda w \f$:
/// \f[ v \leftarrow \alpha v + (1 - \alpha) \hat g^2, \qquad
///     b \leftarrow \mu b + \frac{\hat g}{\sqrt v + \varepsilon}, \qquad w \leftarrow w - \eta b. \f]
/// Centered, \f$ a \leftarrow \alpha a + (1 - \alpha) \hat g \f$ and \f$ \sqrt{\max(0, v - a^2)} \f$ stands in place of
/// \f$ \sqrt v \f$. Tieleman & Hinton, "Lecture 6.5: RMSProp", Coursera, 2012; centered in Graves, "Generating
/// sequences with recurrent neural networks", 2013 (arXiv:1308.0850).
class RmsProp : public Optimizer {
 public:
  /// What the constructor takes.
  using Options = RmsPropOptions;

  /// Throws ValueError for an option out of range.
  explicit RmsProp(std::vector<ParameterGroup> groups, Options options = {});
  explicit RmsProp(std::vector<Variable> parameters, Options options = {})
      : RmsProp(one_group(std::move(parameters)), options) {}

 protected:
  std::span<const char* const> state_names() const override;
  void check_momentum(double momentum) const override;
  void update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) override;

 private:
  Options options_;
};

}  // namespace cadena

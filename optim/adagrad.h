#pragma once

#include "optim/optimizer.h"

namespace cadena {

/// Options of `Adagrad`.
struct AdagradOptions {
  double learning_rate = 1e-2;       ///< \f$ \eta \f$
  double learning_rate_decay = 0;    ///< \f$ \kappa \f$
  double initial_second_moment = 0;  ///< \f$ v_0 \f$
  double eps = 1e-10;                ///< \f$ \varepsilon \f$
  double weight_decay = 0;           ///< \f$ \lambda \f$
  bool maximize = false;             ///< climb
};

/// Gradients over the root of the sum of all earlier squares. With \f$ \hat g = \pm g + \lambda w \f$, in step t:
/// \f[ v \leftarrow v + \hat g^2, \qquad
///     w \leftarrow w - \frac{\eta}{1 + (t - 1) \kappa} \, \frac{\hat g}{\sqrt v + \varepsilon}. \f]
/// Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12,
/// 2011.
class Adagrad : public Optimizer {
 public:
  /// What the constructor takes.
  using Options = AdagradOptions;

  /// Throws ValueError for an option out of range.
  explicit Adagrad(std::vector<ParameterGroup> groups, Options options = {});
  explicit Adagrad(std::vector<Variable> parameters, Options options = {})
      : Adagrad(one_group(std::move(parameters)), options) {}

 protected:
  std::span<const char* const> state_names() const override;
  void update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) override;

 private:
  Options options_;
};

}  // namespace cadena

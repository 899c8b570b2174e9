#pragma once

#include "optim/optimizer.h"

namespace cadena {

/// Options of `Sgd`.
struct SgdOptions {
  double learning_rate = 1e-3;  ///< \f$ \eta \f$
  double momentum = 0;          ///< \f$ \mu \f$
  double dampening = 0;         ///< \f$ \delta \f$
  double weight_decay = 0;      ///< \f$ \lambda \f$
  bool nesterov = false;        ///< look ahead along the momentum
  bool maximize = false;        ///< climb
};

/// Stochastic gradient descent. With \f$ \hat g = \pm g + \lambda w \f$:
/// \f[ m \leftarrow \mu m + (1 - \delta) \hat g, \qquad
///     w \leftarrow w - \eta m \quad \text{or, with Nesterov,} \quad w \leftarrow w - \eta (\hat g + \mu m), \f]
/// where the first step has \f$ m = \hat g \f$; without momentum \f$ w \leftarrow w - \eta \hat g \f$.
/// Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; Nesterov's momentum as in
/// Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning", ICML 2013.
class Sgd : public Optimizer {
 public:
  /// What the constructor takes.
  using Options = SgdOptions;

  /// Throws ValueError for an option out of range; Nesterov needs a momentum above 0 and no dampening.
  explicit Sgd(std::vector<ParameterGroup> groups, Options options = {});
  explicit Sgd(std::vector<Variable> parameters, Options options = {})
      : Sgd(one_group(std::move(parameters)), options) {}

 protected:
  std::span<const char* const> state_names() const override;
  bool may_lack_states() const override { return true; }
  void check_momentum(double momentum) const override;
  void update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) override;

 private:
  Options options_;
};

}  // namespace cadena

#pragma once

#include "optim/optimizer.h"

namespace cadena {
namespace scalar {
struct AdamStep;
}

/// Options of `Adam`.
struct AdamOptions {
  double learning_rate = 1e-3;  ///< \f$ \eta \f$
  double beta1 = 0.9;           ///< \f$ \beta_1 \f$, which `set_momentum` changes
  double beta2 = 0.999;         ///< \f$ \beta_2 \f$
  double eps = 1e-8;            ///< \f$ \varepsilon \f$
  double weight_decay = 0;      ///< \f$ \lambda \f$
  bool amsgrad = false;         ///< divide by the largest second moment so far
  bool maximize = false;        ///< climb
};

/// Moving averages of the gradient and its square, freed of the bias of their start at zero. With
/// \f$ \hat g = \pm g + \lambda w \f$, in step t:
/// \f[ m \leftarrow \beta_1 m + (1 - \beta_1) \hat g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) \hat g^2, \quad
///     w \leftarrow w - \eta \, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon}. \f]
/// With `amsgrad`, \f$ u \leftarrow \max(u, v) \f$ stands in place of v in the last formula. Kingma & Ba, "Adam: a
/// method for stochastic optimization", ICLR 2015 (arXiv:1412.6980); Reddi, Kale & Kumar, "On the convergence of Adam
/// and beyond", ICLR 2018 (arXiv:1904.09237).
class Adam : public Optimizer {
 public:
  /// What the constructor takes.
  using Options = AdamOptions;

  /// Throws ValueError for an option out of range.
  explicit Adam(std::vector<ParameterGroup> groups, Options options = {})
      : Adam("Adam", std::move(groups), options, false) {}
  explicit Adam(std::vector<Variable> parameters, Options options = {})
      : Adam(one_group(std::move(parameters)), options) {}

 protected:
  /// For `AdamW`: with `decoupled` the decay stays out of the moments. `name` opens every message.
  Adam(const char* name, std::vector<ParameterGroup> groups, const Options& options, bool decoupled);

  std::span<const char* const> state_names() const override;
  void check_momentum(double beta1) const override;
  void update(const Group& group, const Tensor& weights, const Tensor& gradient, Memory& memory) override;
  void update_all(std::span<const Item> items) override;

 private:
  scalar::AdamStep step_now(const Group& group, i64 steps) const;

  Options options_;
  bool decoupled_;
};

/// Options of `AdamW`: those of `Adam`, with the weight decay that is usual here.
struct AdamWOptions {
  double learning_rate = 1e-3;  ///< \f$ \eta \f$
  double beta1 = 0.9;           ///< \f$ \beta_1 \f$, which `set_momentum` changes
  double beta2 = 0.999;         ///< \f$ \beta_2 \f$
  double eps = 1e-8;            ///< \f$ \varepsilon \f$
  double weight_decay = 1e-2;   ///< \f$ \lambda \f$
  bool amsgrad = false;         ///< divide by the largest second moment so far
  bool maximize = false;        ///< climb
};

/// Adam whose weight decay stays out of the moments: \f$ w \leftarrow (1 - \eta \lambda) w \f$ comes first, then Adam's
/// step with \f$ \hat g = \pm g \f$. Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019
/// (arXiv:1711.05101).
class AdamW : public Adam {
 public:
  /// What the constructor takes.
  using Options = AdamWOptions;

  /// Throws ValueError for an option out of range.
  explicit AdamW(std::vector<ParameterGroup> groups, Options options = {});
  explicit AdamW(std::vector<Variable> parameters, Options options = {})
      : AdamW(one_group(std::move(parameters)), options) {}
};

}  // namespace cadena

#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "optim/line_search.h"
#include "optim/optimizer.h"
#include "tensor/base/callable.h"

namespace cadena {

/// Options of `Lbfgs`.
struct LbfgsOptions {
  double learning_rate = 1;  ///< the first t that the line search tries
  i64 max_iterations = 20;   ///< in one call of `step`
  /// In one call of `step`: a quarter more than iterations unless given. 1 counts as 2, since a search tries one point.
  std::optional<i64> max_evaluations = {};
  double gradient_tolerance = 1e-7;  ///< done where no element of the gradient is larger
  double change_tolerance = 1e-9;    ///< done where neither weights nor loss change by more
  i64 history = 100;                 ///< pairs that are remembered
  WolfeOptions line_search = {};     ///< of the search for t in each iteration
};

/// Limited-memory BFGS for losses without noise. The inverse Hessian is known by the last pairs
/// \f$ s_k = x_{k+1} - x_k \f$, \f$ y_k = g_{k+1} - g_k \f$ with \f$ \rho_k = 1 / \langle y_k, s_k \rangle \f$:
/// \f[ H_{k+1} = (I - \rho_k s_k y_k^T) H_k (I - \rho_k y_k s_k^T) + \rho_k s_k s_k^T, \qquad
///     H_0 = \frac{\langle s, y \rangle}{\langle y, y \rangle} I, \qquad x \leftarrow x - t H g, \f]
/// multiplied with g by the recursion of two loops, and t from `strong_wolfe`. Liu & Nocedal, "On the limited memory
/// BFGS method for large scale optimization", Mathematical Programming 45, 1989.
///
/// All parameters form one vector, f64 if one of them is f64 and f32 otherwise.
class Lbfgs {
 public:
  /// What the constructor takes.
  using Options = LbfgsOptions;

  /// Throws ValueError if there is no parameter, one is twice there or is no leaf, or an option is out of range;
  /// DeviceError unless all are on one device.
  explicit Lbfgs(std::vector<Variable> parameters, Options options = {});

  /// Up to `max_iterations` steps. `loss` computes the loss from the parameters as they are, as a recorded scalar whose
  /// graph nobody has consumed: it is differentiated here. Returns the loss before the first step. Where that loss or
  /// its gradient is not finite nothing is changed; a trial that is not finite is shortened. If `loss` throws, the
  /// parameters are those of the last accepted step.
  double step(const Callable<Variable()>& loss);

  /// Steps taken so far, over all calls.
  i64 iterations() const { return iterations_; }
  /// Calls of `loss` so far, over all calls of `step`.
  i64 evaluations() const { return evaluations_; }

  /// All that is remembered, with which `load_state_dict` continues bit for bit; it throws as the optimizer's does.
  StateDict state_dict() const;
  /// Continues from a saved state.
  void load_state_dict(const StateDict& state);

 private:
  struct Pair {
    Tensor step;             // s
    Tensor gradient_change;  // y
    double rho;              // 1 / <y, s>
  };

  using Parts = std::vector<Tensor>;
  Tensor gather(const Parts& parts) const;
  void scatter(const Tensor& flat) const;
  LinePoint evaluate(const Callable<Variable()>& loss);
  void remember(const Tensor& gradient);
  Tensor direction(const Tensor& gradient) const;
  bool search(const Callable<Variable()>& loss, LinePoint& point, i64 evaluations_left);

  std::vector<Variable> parameters_;
  Options options_;
  i64 max_evaluations_ = 0;
  Dtype dtype_ = Dtype::f32;
  i64 numel_ = 0;
  i64 iterations_ = 0;
  i64 evaluations_ = 0;
  std::deque<Pair> history_;
  double scale_ = 1;        // of H_0
  double step_length_ = 0;  // t of the last step
  Tensor direction_;        // of the last step
  Tensor last_gradient_;    // where it began
};

}  // namespace cadena

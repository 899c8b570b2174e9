#pragma once

#include <vector>

#include "optim/optimizer.h"
#include "tensor/base/callable.h"

namespace cadena {

/// A quantity as a function of the step t = 0, 1 …: a schedule of learning rates gives the factor \f$ f(t) \f$ of
/// \f$ \eta_t = f(t)\,\eta_0 \f$, where \f$ \eta_0 \f$ is each group's own rate. Any function will do:
/// `[](i64 t) { return 1 / std::sqrt(1.0 + t); }`. Those below throw ValueError for an argument out of range.
using Curve = Callable<double(i64)>;

/// \f$ \gamma^{\lfloor t / k \rfloor} \f$: the rate times `factor` after every `every` steps.
Curve step_decay(i64 every, double factor = 0.1);

/// \f$ \gamma^{\#\{i : m_i \le t\}} \f$: the rate times `factor` at each of the `milestones`, in any order; one that
/// is there twice counts twice.
Curve multi_step_decay(std::vector<i64> milestones, double factor = 0.1);

/// \f$ \gamma^t \f$
Curve exponential_decay(double factor);

/// \f$ r + \frac{1 - r}{2} \left(1 + \cos \frac{\pi t}{T}\right) \f$ for \f$ t \le T \f$, and r from then on: from 1
/// down to r in `total` steps. Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.
Curve cosine_decay(i64 total, double final_factor = 0);

/// \f$ s + (1 - s)\,t / T \f$ for \f$ t \le T \f$, and 1 from then on: from s = `start_factor` up to 1 in `steps`.
Curve linear_warm_up(i64 steps, double start_factor = 0);

/// `linear_warm_up`, and from t = `steps` on the curve `after`, which starts there with its t = 0.
Curve warm_up_then(i64 steps, const Curve& after, double start_factor = 0);

/// Options of `one_cycle`.
struct OneCycleOptions {
  double rise = 0.3;                ///< share of the steps in which the rate rises
  double start_division = 25;       ///< the rate starts at the peak over this
  double final_division = 1e4;      ///< and ends at its start over this
  double largest_momentum = 0.95;   ///< at both ends
  double smallest_momentum = 0.85;  ///< at the peak of the rate
  bool linear = false;              ///< straight lines instead of half cosines
};

/// One cycle of the learning rate, with its factor 1 at the peak, and the momentum that moves against it.
struct OneCycle {
  Curve learning_rate;  ///< \f$ f(t) \f$
  Curve momentum;       ///< \f$ \mu_t \f$ itself, not a factor
};

/// With \f$ t_1 = \rho T - 1 \f$ and \f$ t_2 = T - 1 \f$: the rate rises from 1/d to 1 between 0 and \f$ t_1 \f$, falls
/// to 1/(d e) between \f$ t_1 \f$ and \f$ t_2 \f$, and stays there, each way along \f$ b + \frac{a - b}{2}(1 + \cos \pi
/// x) \f$ or a straight line. Smith & Topin, "Super-convergence: very fast training of neural networks using large
/// learning rates", 2017 (arXiv:1708.07120).
OneCycle one_cycle(i64 total, OneCycleOptions options = {});

/// Sets an optimizer's learning rates, and its momentum if asked to, to their values at step t: at t = 0 when it is
/// made, and at the next t with every `step()`.
class Schedule {
 public:
  /// Takes the present rates of the groups for \f$ \eta_0 \f$. The optimizer must outlive the schedule. Throws
  /// ValueError where a curve leads out of the optimizer's range, which is then as it was.
  explicit Schedule(Optimizer& optimizer, Curve learning_rate, Curve momentum = {});
  /// Both curves of one cycle.
  Schedule(Optimizer& optimizer, const OneCycle& cycle) : Schedule(optimizer, cycle.learning_rate, cycle.momentum) {}

  /// Goes on to the next t: call it once after each step of the optimizer.
  void step();

  /// The present t.
  i64 steps() const { return steps_; }

  /// t and the initial rates \f$ \eta_0 \f$, with which `load_state_dict` continues; it throws as the optimizer's does.
  StateDict state_dict() const;
  /// Continues from a saved state.
  void load_state_dict(const StateDict& state);

 private:
  void apply(i64 t, const std::vector<double>& initial_rates) const;

  Optimizer& optimizer_;
  Curve learning_rate_;
  Curve momentum_;
  std::vector<double> initial_rates_;
  i64 steps_ = 0;
};

}  // namespace cadena

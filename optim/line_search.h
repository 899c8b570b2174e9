#pragma once

#include "tensor/base/callable.h"
#include "tensor/tensor.h"

namespace cadena {

/// A function along a line, \f$ \varphi(t) = f(x + t d) \f$, at one t.
struct LinePoint {
  double t = 0;      ///< how far along d
  double value = 0;  ///< \f$ \varphi(t) \f$
  double slope = 0;  ///< \f$ \varphi'(t) = \langle \nabla f, d \rangle \f$
  Tensor gradient;   ///< \f$ \nabla f(x + t d) \f$, carried along for the caller
};

/// The t between `low` and `high` where the cubic through two points with their slopes is least. With
/// \f$ \theta = \varphi'_a + \varphi'_b - 3 \frac{\varphi_a - \varphi_b}{a - b} \f$ and
/// \f$ \omega = \sqrt{\theta^2 - \varphi'_a \varphi'_b} \f$ (a < b) it is
/// \f$ b - (b - a) \frac{\varphi'_b + \omega - \theta}{\varphi'_b - \varphi'_a + 2 \omega} \f$, clamped; the middle
/// where the cubic has no minimum or a value is not finite. Nocedal & Wright, "Numerical Optimization", 2nd ed.,
/// (3.59).
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high);

/// Options of `strong_wolfe`.
struct WolfeOptions {
  double c1 = 1e-4;                ///< sufficient decrease
  double c2 = 0.9;                 ///< curvature
  double change_tolerance = 1e-9;  ///< a bracket this small, measured in x, ends the search
  int max_trials = 25;             ///< after the first
};

/// A step that satisfies the strong Wolfe conditions
/// \f[ \varphi(t) \le \varphi(0) + c_1 t\,\varphi'(0), \qquad |\varphi'(t)| \le c_2 |\varphi'(0)|, \f]
/// or the best one met until the trials or the bracket ran out. First steps grow until a bracket holds such a point,
/// then cubic interpolation narrows it. A trial whose value is not finite counts as infinitely bad, so the search comes
/// back from outside a domain. `start` is the point at t = 0, whose slope must be negative; `size` is
/// \f$ \max_i |d_i| \f$. Nocedal & Wright, algorithms 3.5 and 3.6, with the safeguards of Schmidt's minFunc.
LinePoint strong_wolfe(const Callable<LinePoint(double)>& phi, const LinePoint& start, double first_step, double size,
                       WolfeOptions options = {});

}  // namespace cadena

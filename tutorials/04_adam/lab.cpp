// Lab 4: optimizers, from gradient descent to AdamW. Seven functions; each throws until it is written. All tensors are
// f64. `gradient(w)` is the gradient of the loss at w; call it once a step, at the weights that the exercise names.
#include "lab.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/power.h"
#include "tensor/views.h"

using namespace cadena;

namespace lab {

// Lab 4.1: the best constants.
//
#if LAB_method_descent
// Gradient descent w <- w - rate * gradient on a quadratic whose Hessian has eigenvalues between m and L multiplies the
// error in the direction of the eigenvalue l by 1 - rate l. Return {rate, factor}: the rate for which the largest
// |1 - rate l| over m <= l <= L is least, and that largest factor.
#elif LAB_method_heavyball
// The heavy ball v <- mu v + gradient, w <- w - rate v multiplies the error in the direction of the eigenvalue l by the
// roots of z^2 - (1 + mu - rate l) z + mu = 0. Return {rate, mu, factor}: the constants for which the largest modulus
// of a root over m <= l <= L is least, and that modulus.
#endif
//
// APPROACH: the two ends of the spectrum, m and L, are the worst; at the best choice they are equally bad.
//
#if LAB_method_descent
// HINT 4.1: 1 - rate m = rate L - 1.
#elif LAB_method_heavyball
// HINT 4.1: complex roots have the modulus sqrt(mu), whatever l is; they are complex while
//   (1 - sqrt(mu))^2 < rate l < (1 + sqrt(mu))^2.
// HINT 4.1: let m and L be the ends of this interval, and divide one by the other.
#endif
std::vector<double> best_constants(double m, double L) {
  // BEGIN SOLUTION 4.1
#if LAB_method_descent
  return {2 / (L + m), (L - m) / (L + m)};
#elif LAB_method_heavyball
  const double root = (std::sqrt(L) - std::sqrt(m)) / (std::sqrt(L) + std::sqrt(m));
  const double rate = 2 / (std::sqrt(L) + std::sqrt(m));
  return {rate * rate, root * root, root};
#endif
  // END SOLUTION
}

// Lab 4.2: momentum.
//
#if LAB_momentum_heavyball
// v = 0 at first. In each step, with g = gradient(w):   v <- mu v + g,   w <- w - rate v.
#elif LAB_momentum_nesterov
// v = 0 at first. In each step, with g = gradient(w):   v <- mu v + g,   w <- w - rate (g + mu v).
#endif
// Return w after `steps` steps from `start`, which must not change.
//
// APPROACH: a loop with two tensors, the weights and the velocity.
//
// HINT 4.2: zeros_like(start) is the first velocity; tensors that are computed anew share nothing with `start`.
#if LAB_momentum_nesterov
// HINT 4.2: the v in the second formula is the new one.
#endif
Tensor momentum_descent(const Gradient& gradient, const Tensor& start, double rate, double mu, int steps) {
  // BEGIN SOLUTION 4.2
  Tensor w = start, v = zeros_like(start);
  for (int t = 0; t < steps; ++t) {
    const Tensor g = gradient(w);
    v = v * mu + g;
#if LAB_momentum_heavyball
    w = w - v * rate;
#elif LAB_momentum_nesterov
    w = w - (g + v * mu) * rate;
#endif
  }
  return w;
  // END SOLUTION
}

// Lab 4.3: a rate for each coordinate.
//
#if LAB_average_sum
// AdaGrad: s = 0 at first. In each step, with g = gradient(w), coordinate by coordinate:
//   s <- s + g^2,   w <- w - rate g / (sqrt(s) + 1e-10).
#elif LAB_average_moving
// RMSProp: s = 0 at first. In each step, with g = gradient(w), coordinate by coordinate:
//   s <- 0.99 s + 0.01 g^2,   w <- w - rate g / (sqrt(s) + 1e-8).
#endif
// Return w after `steps` steps.
//
// APPROACH: as in Lab 4.2; all operations are elementwise.
//
// HINT 4.3: the new s, with this step's gradient in it, stands under the root.
// HINT 4.3: the small number stands beside the root, not under it.
Tensor scaled_descent(const Gradient& gradient, const Tensor& start, double rate, int steps) {
  // BEGIN SOLUTION 4.3
  Tensor w = start, s = zeros_like(start);
  for (int t = 0; t < steps; ++t) {
    const Tensor g = gradient(w);
#if LAB_average_sum
    s = s + g * g;
    w = w - g * rate / (sqrt(s) + 1e-10);
#elif LAB_average_moving
    s = s * 0.99 + g * g * 0.01;
    w = w - g * rate / (sqrt(s) + 1e-8);
#endif
  }
  return w;
  // END SOLUTION
}

// Lab 4.4: averages and their start.
//
// gradients (T, n): row t - 1 is the gradient g_t of step t. The moving average m_t = beta m_{t-1} + (1 - beta) g_t
// begins at m_0 = 0, so at first it is too small. Return the corrected averages, (T, n): row t - 1 is m_t divided by
// the sum of the weights with which g_1 … g_t stand in it.
//
// APPROACH: unroll m_t into a sum over the gradients. What is the sum of their weights?
//
// HINT 4.4: a geometric series: 1 - beta^t, with t beginning at 1.
// HINT 4.4: correct a copy; the average itself goes on uncorrected.
Tensor corrected_averages(const Tensor& gradients, double beta) {
  // BEGIN SOLUTION 4.4
  const i64 count = gradients.size(0), n = gradients.size(1);
  const Tensor result = zeros({count, n}, Dtype::f64);
  const std::vector<double> g = gradients.to_vector();
  for (i64 c = 0; c < n; ++c) {
    double m = 0;
    for (i64 t = 1; t <= count; ++t) {
      m = beta * m + (1 - beta) * g[static_cast<std::size_t>((t - 1) * n + c)];
      result.mutable_data<double>()[(t - 1) * n + c] = m / (1 - std::pow(beta, static_cast<double>(t)));
    }
  }
  return result;
  // END SOLUTION
}

// Lab 4.5: Adam.
//
// With g_t = gradient(w) in step t = 1, 2, …, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8, all elementwise:
//   m <- beta_1 m + (1 - beta_1) g_t          M = m / (1 - beta_1^t)
//   v <- beta_2 v + (1 - beta_2) g_t^2
#if LAB_second_plain
//                                             V = v / (1 - beta_2^t)
#elif LAB_second_largest
//   u <- max(u, v)  (AMSGrad)                 V = u / (1 - beta_2^t)
#endif
//   w <- w - rate M / (sqrt(V) + epsilon)
// Return w after `steps` steps.
//
// APPROACH: Labs 4.2 to 4.4 together.
//
// HINT 4.5: in the first step, whatever the gradient, every coordinate moves by `rate` (nearly).
// HINT 4.5: M and V are made anew in each step; what is kept are m and v.
#if LAB_second_largest
// HINT 4.5: cadena::maximum takes the larger, element by element; u begins at 0.
#endif
Tensor moment_descent(const Gradient& gradient, const Tensor& start, double rate, int steps) {
  // BEGIN SOLUTION 4.5
  Tensor w = start, m = zeros_like(start), v = zeros_like(start), u = zeros_like(start);
  for (int t = 1; t <= steps; ++t) {
    const Tensor g = gradient(w);
    m = m * 0.9 + g * 0.1;
    v = v * 0.999 + g * g * 0.001;
#if LAB_second_plain
    u = v;
#elif LAB_second_largest
    u = maximum(u, v);
#endif
    const Tensor first = m / (1 - std::pow(0.9, t)), second = u / (1 - std::pow(0.999, t));
    w = w - first * rate / (sqrt(second) + 1e-8);
  }
  return w;
  // END SOLUTION
}

// Lab 4.6: weight decay.
//
// Adam as it is in the chapter (equation 4.17: V = v / (1 - beta_2^t), the same constants), with a decay of the
// weights:
#if LAB_decay_decoupled
// decoupled (AdamW): before the step of the moments, w <- (1 - rate * decay) w. The moments see the gradient of the
// loss alone, gradient(w) at the weights before they shrink.
#elif LAB_decay_penalty
// as an L2 penalty: the loss has the further term decay/2 |w|^2, whose gradient goes through the moments like the rest.
#endif
// Return w after `steps` steps.
//
// APPROACH: one line more than Lab 4.5. Where does it stand?
//
#if LAB_decay_decoupled
// HINT 4.6: compute g first, then shrink w, then the moments and the step.
#elif LAB_decay_penalty
// HINT 4.6: g = gradient(w) + decay w, and nothing else changes.
#endif
Tensor decayed_descent(const Gradient& gradient, const Tensor& start, double rate, double decay, int steps) {
  // BEGIN SOLUTION 4.6
  Tensor w = start, m = zeros_like(start), v = zeros_like(start);
  for (int t = 1; t <= steps; ++t) {
#if LAB_decay_decoupled
    const Tensor g = gradient(w);
    w = w * (1 - rate * decay);
#elif LAB_decay_penalty
    const Tensor g = gradient(w) + w * decay;
#endif
    m = m * 0.9 + g * 0.1;
    v = v * 0.999 + g * g * 0.001;
    const Tensor first = m / (1 - std::pow(0.9, t)), second = v / (1 - std::pow(0.999, t));
    w = w - first * rate / (sqrt(second) + 1e-8);
  }
  return w;
  // END SOLUTION
}

// Lab 4.7: a schedule.
//
// Steps are numbered 0 to steps - 1. The first `warmup` of them rise evenly, step s having the rate peak (s + 1) /
// warmup. With x = (s - warmup) / (steps - warmup), which goes from 0 towards 1, the later ones have the rate
#if LAB_schedule_cosine
//   peak (1 + cos(pi x)) / 2.
#elif LAB_schedule_linear
//   peak (1 - x).
#endif
// There may be no warm-up (warmup = 0), or nothing else (warmup = steps).
//
// APPROACH: one `if`.
//
// HINT 4.7: divide doubles, not integers.
double rate_at(int step, int steps, int warmup, double peak) {
  // BEGIN SOLUTION 4.7
  if (step < warmup) return peak * (step + 1) / warmup;
  const double x = static_cast<double>(step - warmup) / (steps - warmup);
#if LAB_schedule_cosine
  return peak * (1 + std::cos(std::numbers::pi * x)) / 2;
#elif LAB_schedule_linear
  return peak * (1 - x);
#endif
  // END SOLUTION
}

}  // namespace lab

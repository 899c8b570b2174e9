#pragma once

#include <cmath>

#include "tensor/base/host_device.h"

/// One step of each optimizer for one weight, written once for CPU loops and CUDA kernels: w is the weight, g its
/// gradient, and what follows is the optimizer's memory of earlier steps, all in the compute type T (float or double).
/// Comments name the \f$ \hat g = \pm g + \lambda w \f$ of `Descent` by ĝ. No formula hides a NaN: one in g makes this
/// weight NaN, and no other.
namespace cadena::scalar {

/// \f$ \hat g = \pm g + \lambda w \f$: the gradient to descend along, with weight decay as the gradient of
/// \f$ \frac\lambda2 \|w\|^2 \f$; the sign is -1 to maximize.
struct Descent {
  double sign = 1;
  double weight_decay = 0;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T w, T g) const {
    const T decay = static_cast<T>(weight_decay);
    const T direction = static_cast<T>(sign) * g;
    return decay == 0 ? direction : direction + decay * w;
  }
};

/// w ← w - η ĝ
struct GradientStep {
  static constexpr int kStates = 0;
  Descent descent;
  double learning_rate;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g) const {
    w -= static_cast<T>(learning_rate) * descent(w, g);
  }
};

/// m ← μ m + (1 - δ) ĝ, then w ← w - η m, or with Nesterov's look ahead w ← w - η (ĝ + μ m).
struct MomentumStep {
  static constexpr int kStates = 1;
  Descent descent;
  double learning_rate, momentum, dampening;
  bool nesterov;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& m) const {
    const T mu = static_cast<T>(momentum);
    const T direction = descent(w, g);
    m = mu * m + static_cast<T>(1 - dampening) * direction;
    w -= static_cast<T>(learning_rate) * (nesterov ? direction + mu * m : m);
  }
};

/// v ← α v + (1 - α) ĝ², then w ← w - η ĝ / (√v + ε). With momentum, b ← μ b + ĝ / (√v + ε) and w ← w - η b.
struct RmsStep {
  static constexpr int kStates = 2;
  Descent descent;
  double learning_rate, alpha, eps, momentum;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& v, T& b) const {
    const T direction = descent(w, g);
    v = static_cast<T>(alpha) * v + static_cast<T>(1 - alpha) * direction * direction;
    b = static_cast<T>(momentum) * b + direction / (std::sqrt(v) + static_cast<T>(eps));
    w -= static_cast<T>(learning_rate) * b;
  }
};

/// The same with the variance in place of the second moment: a ← α a + (1 - α) ĝ, and √(v - a²) in place of √v, where
/// a difference that rounding made negative counts as 0.
struct CenteredRmsStep {
  static constexpr int kStates = 3;
  RmsStep plain;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& v, T& b, T& a) const {
    const T alpha = static_cast<T>(plain.alpha);
    const T rest = static_cast<T>(1 - plain.alpha);
    const T direction = plain.descent(w, g);
    v = alpha * v + rest * direction * direction;
    a = alpha * a + rest * direction;
    const T difference = v - a * a;
    const T variance = difference < 0 ? T{0} : difference;
    b = static_cast<T>(plain.momentum) * b + direction / (std::sqrt(variance) + static_cast<T>(plain.eps));
    w -= static_cast<T>(plain.learning_rate) * b;
  }
};

/// v ← v + ĝ², then w ← w - η ĝ / (√v + ε).
struct AdagradStep {
  static constexpr int kStates = 1;
  Descent descent;
  double learning_rate, eps;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& v) const {
    const T direction = descent(w, g);
    v += direction * direction;
    w -= static_cast<T>(learning_rate) * direction / (std::sqrt(v) + static_cast<T>(eps));
  }
};

/// m ← β₁ m + (1 - β₁) ĝ and v ← β₂ v + (1 - β₂) ĝ², then w ← w - η (m / c₁) / (√(v / c₂) + ε), where
/// c₁ = 1 - β₁ᵗ and c₂ = 1 - β₂ᵗ undo the bias of starting at zero. `shrink` multiplies w first: 1 - η λ for a weight
/// decay that stays out of the moments, 1 otherwise.
struct AdamStep {
  static constexpr int kStates = 2;
  Descent descent;
  double learning_rate, shrink, beta1, beta2, eps, correction1, correction2;

  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& m, T& v) const {
    moments(w, g, m, v);
    move(w, m, v);
  }

  template <class T>
  CADENA_HOST_DEVICE void moments(T& w, T g, T& m, T& v) const {
    w *= static_cast<T>(shrink);
    const T direction = descent(w, g);
    m = static_cast<T>(beta1) * m + static_cast<T>(1 - beta1) * direction;
    v = static_cast<T>(beta2) * v + static_cast<T>(1 - beta2) * direction * direction;
  }

  template <class T>
  CADENA_HOST_DEVICE void move(T& w, T m, T v) const {
    const T rate = static_cast<T>(learning_rate / correction1);
    w -= rate * m / (std::sqrt(v) / static_cast<T>(std::sqrt(correction2)) + static_cast<T>(eps));
  }
};

/// The same with the largest v so far in the denominator: u ← max(u, v).
struct AmsgradStep {
  static constexpr int kStates = 3;
  AdamStep plain;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g, T& m, T& v, T& u) const {
    plain.moments(w, g, m, v);
    u = v <= u ? u : v;  // a NaN in v stays
    plain.move(w, m, u);
  }
};

/// w ← d w + (1 - d) g: the moving average of what g shows, step after step.
struct AverageStep {
  static constexpr int kStates = 0;
  double decay;
  template <class T>
  CADENA_HOST_DEVICE void operator()(T& w, T g) const {
    w = static_cast<T>(decay) * w + static_cast<T>(1 - decay) * g;
  }
};

/// w ← s w
struct Scale {
  double factor;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T w) const {
    return static_cast<T>(factor) * w;
  }
};

/// w clamped to [-b, b]; NaN stays NaN.
struct ClampMagnitude {
  double bound;
  template <class T>
  CADENA_HOST_DEVICE T operator()(T w) const {
    const T b = static_cast<T>(bound);
    return w > b ? b : w < -b ? -b : w;
  }
};

}  // namespace cadena::scalar

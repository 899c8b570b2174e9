#pragma once

#include <span>
#include <utility>

#include "autograd/variable.h"
#include "tensor/tensor.h"

namespace cadena {

/// Options of clipping by norm.
struct ClipNorm {
  double p = 2;                     ///< of the norm; infinity for the largest magnitude
  bool error_if_nonfinite = false;  ///< throw ValueError instead of scaling by a norm of NaN or infinity
};

/// The norm that gradients had before they were clipped. It stays on their device until it is read, so that a training
/// step which does not look at it need not wait for the device.
class GradientNorm {
 public:
  /// Of a tensor of rank zero.
  explicit GradientNorm(Tensor value) : value_(std::move(value)) {}
  /// As a tensor: f64, of rank zero.
  const Tensor& tensor() const { return value_; }
  /// As a number; waits for the device.
  double item() const { return value_.item(); }
  /// `item()`.
  operator double() const { return item(); }

 private:
  Tensor value_;
};

/// All gradients that `backward` left in `parameters`, taken for one vector g, scaled in place to a norm of at most c:
/// \f[ g \leftarrow g \cdot \min\left(1, \frac{c}{\|g\|_p + 10^{-6}}\right). \f]
/// Returns \f$ \|g\|_p \f$ as it was, summed in f64 in one order for any number of threads; 0 if there is no gradient.
/// Where the norm is NaN every gradient becomes NaN; where it is infinite the finite gradients become 0 and the
/// infinite ones NaN (as in PyTorch): the next step shows it. With `error_if_nonfinite` it throws ValueError and leaves
/// the gradients as they are, for which it waits for the device. Throws ValueError unless c >= 0 and p > 0, GradError
/// for a variable that is no parameter. Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
/// networks", ICML 2013.
GradientNorm clip_grad_norm_(std::span<const Variable> parameters, double max_norm, ClipNorm options = {});

/// The same for gradients as `grad` returns them; undefined ones are left out.
GradientNorm clip_norm_(std::span<const Variable> gradients, double max_norm, ClipNorm options = {});

/// Every element of the gradients that `backward` left clamped to [-c, c] in place; NaN stays NaN. Throws ValueError
/// unless c >= 0, GradError for a variable that is no parameter.
void clip_grad_value_(std::span<const Variable> parameters, double max_value);

/// The same for gradients as `grad` returns them; undefined ones are left out.
void clip_value_(std::span<const Variable> gradients, double max_value);

}  // namespace cadena

#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// What `cross_entropy` returns; both have the logits' shape without the class axis.
struct CrossEntropy {
  Tensor loss;  ///< \f$ \ell \f$ of each row, 0 where the target is ignored
  Tensor lse;   ///< ln of the sum of exponentials of the logits; f32 where these are f16 or bf16
};

/// Cross entropy of each row of logits along `axis` (the classes, C of them) with an integer target t:
/// \f$ \ell = -(1 - \varepsilon) \ln s_t - \frac{\varepsilon}{C} \sum_c \ln s_c \f$ with \f$ s = \mathrm{softmax}(z)
/// \f$ and \f$ \varepsilon \f$ = `label_smoothing`. A row whose target is `ignore_index` has loss 0. `targets` has the
/// logits' shape without the class axis. Throws ShapeError for shapes or an axis that do not fit, DtypeError unless
/// targets are i64, IndexError for a target outside the classes, ValueError for a smoothing outside [0, 1].
CrossEntropy cross_entropy(const Tensor& logits, const Tensor& targets, int axis = -1, i64 ignore_index = -100,
                           double label_smoothing = 0);

/// The derivative of the loss with respect to the logits, times dy for each row, in one pass:
/// \f$ \bar z = \bar y \left( s - (1 - \varepsilon) e_t - \varepsilon / C \right) \f$, 0 in ignored rows. Arguments as
/// above, already checked; dy and lse have the shape of the targets.
Tensor cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Tensor& targets, const Tensor& lse,
                              int axis, i64 ignore_index, double label_smoothing);

}  // namespace cadena

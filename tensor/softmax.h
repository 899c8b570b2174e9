#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ s_i = e^{x_i - m} / \sum_j e^{x_j - m} \f$ with \f$ m = \max_j x_j \f$, along `axis`. Shifting by the maximum
/// leaves the quotient as it is and keeps every exponent at or below 0. A row of minus infinities gives NaN; integers
/// become f32. Throws ShapeError for an axis out of range.
Tensor softmax(const Tensor& x, int axis = -1);

/// \f$ y_i = x_i - m - \ln \sum_j e^{x_j - m} \f$, along `axis`: the logarithm of softmax without its underflow.
Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace cadena

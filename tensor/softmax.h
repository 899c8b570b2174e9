#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ s_i = e^{x_i - m} / \sum_j e^{x_j - m} \f$ with \f$ m = \max_j x_j \f$, along `axis`. Shifting by the maximum
/// leaves the quotient as it is and keeps every exponent at or below 0. A row of minus infinities gives NaN; integers
/// become f32. Throws ShapeError for an axis out of range.
Tensor softmax(const Tensor& x, int axis = -1);

/// \f$ y_i = x_i - m - \ln \sum_j e^{x_j - m} \f$, along `axis`: the logarithm of softmax without its underflow.
Tensor log_softmax(const Tensor& x, int axis = -1);

/// The cotangent of x from that of s = softmax(x): \f$ \bar x_i = s_i (\bar s_i - \sum_j \bar s_j s_j) \f$ along
/// `axis`, in one pass over both where that is the last. Trusts that they have one shape and dtype.
Tensor softmax_backward(const Tensor& ds, const Tensor& s, int axis = -1);

/// The same from that of y = log_softmax(x): \f$ \bar x_i = \bar y_i - s_i \sum_j \bar y_j \f$ with
/// \f$ s_i = e^{y_i} / \sum_j e^{y_j} \f$. That sum is 1 but for the rounding of y.
Tensor log_softmax_backward(const Tensor& dy, const Tensor& y, int axis = -1);

}  // namespace cadena

#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = m + \ln \sum_i e^{x_i - m} \f$ with \f$ m = \max_i x_i \f$ over `axes` (all if none): no exponent exceeds 0.
/// Minus infinity over no elements or minus infinities alone, infinity where there is one; integers become f32. Throws
/// ShapeError for an axis out of range or named twice.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

}  // namespace cadena

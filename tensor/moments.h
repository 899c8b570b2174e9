#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ v = \frac{1}{\max(0, n - c)} \sum_i (x_i - \bar x)^2 \f$ over `axes` (all if none) with c = `correction`: 1 for
/// the unbiased estimate, 0 for the population. The mean is taken first, so nothing cancels. NaN or infinity where
/// n <= c; integers become f32. Throws ShapeError for an axis out of range or named twice.
Tensor var(const Tensor& x, const Axes& axes = {}, double correction = 1, bool keep_dims = false);

/// \f$ s = \sqrt v \f$: the standard deviation, with the same arguments.
Tensor stddev(const Tensor& x, const Axes& axes = {}, double correction = 1, bool keep_dims = false);

}  // namespace cadena

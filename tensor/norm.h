#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = \left( \sum_i |x_i|^p \right)^{1/p} \f$ over `axes` (all if none); the Euclidean norm by default. p may be
/// infinite (the largest or smallest magnitude) or 0 (how many elements are not 0). Sums run in f64, beyond whose range
/// squares vanish or become infinite, as in PyTorch; integers become f32. Throws ShapeError for an axis out of range or
/// named twice, or where p is negative and there are no elements; ValueError if p is NaN.
Tensor norm(const Tensor& x, const Axes& axes = {}, double p = 2, bool keep_dims = false);

}  // namespace cadena

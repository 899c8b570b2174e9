#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y_i = \sum_{j \le i} x_j \f$ along `axis`. f16 and bf16 are accumulated in f32 (f32 in f64) and rounded once for
/// each element; bool is counted as i64. Throws ShapeError for an axis out of range.
Tensor cumsum(const Tensor& x, int axis);

/// \f$ y_i = \prod_{j \ne i} x_j \f$ along the last axis, right where elements are 0: what precedes times what follows.
/// Throws ShapeError for a scalar, DtypeError for bool.
Tensor exclusive_prod(const Tensor& x);

}  // namespace cadena

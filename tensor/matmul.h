#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = a\,b \f$: (…, m, k) x (…, k, n) -> (…, m, n), leading axes broadcast. A vector on the left is a row (k,), on
/// the right a column (k,), and its axis disappears from the result. Operands meet in their promoted dtype; f16 and
/// bf16 are accumulated in f32. Throws ShapeError if the inner extents differ or an operand is a scalar.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace cadena

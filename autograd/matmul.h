#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y = a\,b \f$: (…, m, k) x (…, k, n) -> (…, m, n); vectors, batches and dtypes as in `tensor/matmul.h`;
/// differentiable.
Variable matmul(const Variable& a, const Variable& b);

}  // namespace cadena

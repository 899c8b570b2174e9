#pragma once

#include "autograd/variable.h"
#include "tensor/base/number.h"

namespace cadena {

/// \f$ y_i = a_i \f$ where `condition` is true, \f$ b_i \f$ elsewhere; the three are broadcast together. Conditions are
/// made from values: `where(gt(x.value(), 0), x, 0)`. Throws DtypeError unless the condition is bool.
Variable where(const Tensor& condition, const Variable& a, const Variable& b);
Variable where(const Tensor& condition, const Variable& a, Number b);
Variable where(const Tensor& condition, Number a, const Variable& b);

}  // namespace cadena

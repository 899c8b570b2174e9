#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ y_i = \sum_{j \le i} x_j \f$ along `axis`, differentiable. Throws ShapeError for an axis out of range.
Variable cumsum(const Variable& x, int axis);

}  // namespace cadena

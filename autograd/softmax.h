#pragma once

#include "autograd/variable.h"

namespace cadena {

/// \f$ s_i = e^{x_i} / \sum_j e^{x_j} \f$ along `axis`, computed without overflow; differentiable. Throws ShapeError
/// for an axis out of range.
Variable softmax(const Variable& x, int axis = -1);

/// \f$ y_i = x_i - \ln \sum_j e^{x_j} \f$ along `axis`; differentiable. Throws as softmax does.
Variable log_softmax(const Variable& x, int axis = -1);

}  // namespace cadena

#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Reduces the last `reduced` axes of x into the row-major y, in one pass: y[i] = ln of the sum of e^x over x[i, …],
/// shifted by the largest element; minus infinity over no elements.
void logsumexp(const View& y, const View& x, int reduced);

}  // namespace cadena::cuda

#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Each row along the last axis of y = the running sums of the same row of x.
void cumsum(const View& y, const View& x);

/// Each element of y = the product of all other elements of its row along the last axis of x.
void exclusive_prod(const View& y, const View& x);

}  // namespace cadena::cuda

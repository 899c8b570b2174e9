#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// The first elements of each row along the last axis of x in sorted order, as many as rows of `values` are long, and
/// their positions in the row. Stable; NaN is the largest.
void sort(const View& values, const View& indices, const View& x, bool descending);

}  // namespace cadena::cuda

#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Sorted values, which are differentiable, and the positions that they came from, which are constant.
struct SortedVariable {
  Variable values;  ///< of the shape of x, or with extent k along the axis
  Tensor indices;   ///< i64, of the same shape
};

/// x sorted along `axis`, as in `tensor/sort.h`. The values are gathered at the indices, so each gradient returns to
/// the element that it came from.
SortedVariable sort(const Variable& x, int axis = -1, bool descending = false);
/// The k largest (or smallest) elements along `axis`, the most extreme first.
SortedVariable topk(const Variable& x, i64 k, int axis = -1, bool largest = true);

}  // namespace cadena

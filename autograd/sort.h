#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Sorted values, which are differentiable, and the positions that they came from, which are constant.
struct SortedVariable {
  Variable values;
  Tensor indices;
};

/// x sorted along `axis`, and the k most extreme elements; as in `tensor/sort.h`. The values are gathered at the
/// indices, so each gradient returns to the element that it came from.
SortedVariable sort(const Variable& x, int axis = -1, bool descending = false);
SortedVariable topk(const Variable& x, i64 k, int axis = -1, bool largest = true);

}  // namespace cadena

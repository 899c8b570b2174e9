#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// Values and the positions (i64) along the axis that they came from.
struct Sorted {
  Tensor values;   ///< the elements in order
  Tensor indices;  ///< i64, of the same shape
};

/// x sorted along `axis`, ascending or descending. Stable: equal elements keep their order. NaN counts as larger than
/// every number, so it comes last, or first when descending. Throws ShapeError for an axis out of range.
Sorted sort(const Tensor& x, int axis = -1, bool descending = false);

/// The positions that sort x: the indices of `sort`.
Tensor argsort(const Tensor& x, int axis = -1, bool descending = false);

/// The k largest (or smallest) elements along `axis`, the most extreme first; between equals the earlier position.
/// NaN counts as larger than every number. Throws ShapeError for an axis out of range, ValueError unless 0 <= k <= its
/// extent.
Sorted topk(const Tensor& x, i64 k, int axis = -1, bool largest = true);

}  // namespace cadena

#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// The largest element along `axes`, all of them if none is given. NaN where there is a NaN. Throws ShapeError for an
/// axis out of range or named twice, and where there are no elements to choose from.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);
/// The smallest element along `axes`, all of them if none is given; the rest as for `max`.
Tensor min(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// Position along `axis` (i64) of the largest element: the first of equals; the first NaN where there is one. Throws
/// ShapeError for an axis out of range or of extent 0.
Tensor argmax(const Tensor& x, int axis, bool keep_dims = false);
/// Position along `axis` (i64) of the smallest element; the rest as for `argmax`.
Tensor argmin(const Tensor& x, int axis, bool keep_dims = false);

/// The same among all elements in row-major order: a scalar.
Tensor argmax(const Tensor& x);
/// The same among all elements in row-major order: a scalar.
Tensor argmin(const Tensor& x);

}  // namespace cadena

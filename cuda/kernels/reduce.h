#pragma once

#include "tensor/base/view.h"

/// Each reduces the last `reduced` axes of x into the row-major y, one element of y for each index of the other axes.
namespace cadena::cuda {

/// y[i] = sum of x[i, …].
void sum(const View& y, const View& x, int reduced);

/// y[i] = sum of x[i, …] divided by their number, rounded once.
void mean(const View& y, const View& x, int reduced);

/// y[i] = product of x[i, …].
void prod(const View& y, const View& x, int reduced);

/// y[i] = true where some (every) x[i, …] differs from 0; y is bool.
void any(const View& y, const View& x, int reduced);
void all(const View& y, const View& x, int reduced);

}  // namespace cadena::cuda

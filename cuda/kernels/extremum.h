#pragma once

#include "tensor/base/view.h"

/// Each reduces the last `reduced` axes of x, which hold at least one element, into the row-major y.
namespace cadena::cuda {

/// y[i] = the largest (smallest) of x[i, …]; NaN if there is one.
void max(const View& y, const View& x, int reduced);
void min(const View& y, const View& x, int reduced);

/// y[i] = the position of the first largest (smallest) of x[i, …], or of the first NaN; y is i64.
void argmax(const View& y, const View& x, int reduced);
void argmin(const View& y, const View& x, int reduced);

}  // namespace cadena::cuda

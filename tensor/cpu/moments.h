#pragma once

#include "tensor/base/view.h"

/// Each reduces the last `reduced` axes of x into the row-major y, in two passes: the mean, then what surrounds it.
namespace cadena::cpu {

/// y[i] = variance of x[i, …], divided by max(0, n - correction).
void var(const View& y, const View& x, int reduced, double correction);

/// y[i] = square root of the variance.
void stddev(const View& y, const View& x, int reduced, double correction);

}  // namespace cadena::cpu

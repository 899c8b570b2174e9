#pragma once

#include "tensor/base/view.h"

/// Each reduces the last `reduced` axes of x into the row-major y, in two passes: the mean, then what surrounds it.
namespace cadena::cuda {

/// y[i] = variance of x[i, …], divided by max(0, n - correction).
void var(const View& y, const View& x, int reduced, double correction);

/// y[i] = square root of the variance.
void stddev(const View& y, const View& x, int reduced, double correction);

/// y[i] = ln of the sum of e^x over x[i, …], shifted by the largest element; minus infinity over no elements.
void logsumexp(const View& y, const View& x, int reduced);

/// y[i] = (sum of |x|^p over x[i, …])^(1/p); the number of elements that are not 0 for p = 0.
void norm(const View& y, const View& x, int reduced, double p);

}  // namespace cadena::cuda

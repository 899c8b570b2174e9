#pragma once

#include "tensor/base/view.h"

namespace cadena::cpu {

/// Reduces the last `reduced` axes of x into the row-major y: y[i] = (sum of |x|^p over x[i, …])^(1/p); the number of
/// elements that are not 0 for p = 0.
void norm(const View& y, const View& x, int reduced, double p);

/// The p-norm of all elements, as f64.
double vector_norm(const View& x, double p);

}  // namespace cadena::cpu

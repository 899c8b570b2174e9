#pragma once

#include "tensor/base/view.h"

namespace cadena::cpu {

/// y[i] = sum of x[i, …] over the last `reduced` axes of x, added pairwise.
void sum(const View& y, const View& x, int reduced);

}  // namespace cadena::cpu

#pragma once

#include "tensor/base/view.h"

namespace cadena::cpu {

/// y[i] = condition[i] ? a[i] : b[i]; condition is bool, the others have one dtype, all one shape.
void where(const View& y, const View& condition, const View& a, const View& b);

}  // namespace cadena::cpu

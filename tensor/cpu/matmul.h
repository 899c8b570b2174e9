#pragma once

#include "tensor/base/view.h"

namespace cadena::cpu {

/// y = a b for batches of matrices: (…, m, k) x (…, k, n) -> (…, m, n); y is row-major.
void matmul(const View& y, const View& a, const View& b);

}  // namespace cadena::cpu

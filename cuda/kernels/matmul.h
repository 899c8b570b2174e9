#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// y = a b for batches of matrices: (…, m, k) x (…, k, n) -> (…, m, n); y is row-major.
void matmul(const View& y, const View& a, const View& b);

/// The same plus a bias (n,) for the columns, unless it has no data.
void matmul_bias(const View& y, const View& a, const View& b, const View& bias);

}  // namespace cadena::cuda

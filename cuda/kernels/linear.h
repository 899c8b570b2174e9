#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// y = x w^T + b: (m, in), (out, in), (out,) -> (m, out), all row-major; no bias where b has no data.
void linear(const View& y, const View& x, const View& w, const View& b);

}  // namespace cadena::cuda

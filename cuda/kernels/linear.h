#pragma once

#include "tensor/base/linear_activation.h"
#include "tensor/base/view.h"

namespace cadena::cuda {

/// z = x w^T + b and y = f(z): (m, in), (out, in), (out,) -> (m, out), all row-major. No bias where b has no data; z is
/// not stored where it has none. The activation is a second launch, over y, unless cuBLASLt multiplies and has it
/// (`vendor_linear`).
void linear(const View& y, const View& z, const View& x, const View& w, const View& b, LinearActivation f);

}  // namespace cadena::cuda

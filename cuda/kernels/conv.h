#pragma once

#include "tensor/base/view.h"
#include "tensor/base/window.h"

/// Convolutions as matrix products whose operands are read from the images as they lie (implicit GEMM): images
/// (n, c, h, w) and weights (o, c / groups, kh, kw) with any strides; results are row-major. Throw ShapeError where an
/// image has 2^31 positions or more.
namespace cadena::cuda {

/// y = x * w, plus b (o,) for every output channel unless b has no data.
void conv2d(const View& y, const View& x, const View& w, const View& b, const ConvOptions& options);

/// dx: every dy[n, o, i, j] w[o, c, k, l] added to the element of x that it was multiplied with.
void conv2d_input(const View& dx, const View& dy, const View& w, const ConvOptions& options);

/// dw: every dy[n, o, i, j] x[…] added to the weight that it was multiplied with.
void conv2d_weight(const View& dw, const View& dy, const View& x, const ConvOptions& options);

}  // namespace cadena::cuda

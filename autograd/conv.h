#pragma once

#include "autograd/variable.h"
#include "tensor/conv.h"

namespace cadena {

/// The convolution of `tensor/conv.h`, differentiable. With `conv2d_input` and `conv2d_weight` it makes one trilinear
/// form \f$ \langle dy, x * w \rangle \f$, so each of the three is the derivative of the others, to any order.
Variable conv2d(const Variable& x, const Variable& w, const ConvOptions& options = {});
Variable conv2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options = {});
/// \f$ dx \f$ of extents `size` with \f$ \langle dx, x \rangle = \langle dy, x * w \rangle \f$ for all x; its
/// derivatives are a convolution and `conv2d_weight`.
Variable conv2d_input(const Variable& dy, const Variable& w, Pair size, const ConvOptions& options = {});
/// \f$ dw \f$ of extents `kernel` with \f$ \langle dw, w \rangle = \langle dy, x * w \rangle \f$ for all w; its
/// derivatives are a convolution and `conv2d_input`.
Variable conv2d_weight(const Variable& dy, const Variable& x, Pair kernel, const ConvOptions& options = {});

/// The adjoint of a convolution as a layer of its own, x (n, c, h, w), w (c, o / groups, kh, kw), b (o,); its cotangent
/// is a convolution of what flows back.
Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvOptions& options = {},
                          Pair output_padding = 0);
Variable conv_transpose2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options = {},
                          Pair output_padding = 0);

/// `conv2d` on images of height 1: x (n, c, l), w (o, c / groups, k), b (o,) -> (n, o, ol).
Variable conv1d(const Variable& x, const Variable& w, const Conv1dOptions& options = {});
Variable conv1d(const Variable& x, const Variable& w, const Variable& b, const Conv1dOptions& options = {});

}  // namespace cadena

#pragma once

#include "autograd/variable.h"
#include "tensor/conv.h"

namespace cadena {

/// Differentiable forms of `tensor/conv.h`. The three products are one trilinear form \f$ \langle dy, x * w \rangle
/// \f$, so each is the derivative of the others, to any order.
Variable conv2d(const Variable& x, const Variable& w, const ConvOptions& options = {});
Variable conv2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options = {});
Variable conv2d_input(const Variable& dy, const Variable& w, Pair size, const ConvOptions& options = {});
Variable conv2d_weight(const Variable& dy, const Variable& x, Pair kernel, const ConvOptions& options = {});

Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvOptions& options = {},
                          Pair output_padding = 0);
Variable conv_transpose2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options = {},
                          Pair output_padding = 0);

Variable conv1d(const Variable& x, const Variable& w, const Conv1dOptions& options = {});
Variable conv1d(const Variable& x, const Variable& w, const Variable& b, const Conv1dOptions& options = {});

}  // namespace cadena

#pragma once

#include <array>

#include "autograd/variable.h"
#include "tensor/pooling.h"

namespace cadena {

/// Differentiable forms of `tensor/pooling.h`. The positions of maxima are constants; of equal elements the first one
/// gets the whole gradient.
std::array<Variable, 2> max_pool2d(const Variable& x, Pair kernel, const MaxPoolOptions& options = {});
std::array<Variable, 2> max_pool1d(const Variable& x, i64 kernel, i64 stride = 0, i64 padding = 0, i64 dilation = 1,
                                   bool ceil_mode = false);
std::array<Variable, 2> adaptive_max_pool2d(const Variable& x, Pair out);

Variable avg_pool2d(const Variable& x, Pair kernel, const AvgPoolOptions& options = {});
Variable avg_pool1d(const Variable& x, i64 kernel, i64 stride = 0, i64 padding = 0, bool count_include_pad = true,
                    bool ceil_mode = false);
Variable adaptive_avg_pool2d(const Variable& x, Pair out);
Variable adaptive_avg_pool1d(const Variable& x, i64 out);

/// The mean over given windows and its adjoint, each the other's derivative.
Variable avg_pool2d(const Variable& x, const Windows& windows);
Variable avg_pool2d_input(const Variable& dy, Pair in, const Windows& windows);

}  // namespace cadena

#pragma once

#include <array>

#include "autograd/variable.h"
#include "tensor/pooling.h"

namespace cadena {

/// Differentiable forms of `tensor/pooling.h`. The positions of maxima are constants; of equal elements the first one
/// gets the whole gradient.
std::array<Variable, 2> max_pool2d(const Variable& x, Pair kernel, const MaxPoolOptions& options = {});
/// `max_pool2d` on images of height 1, and its options: (…, l) -> (…, ol).
std::array<Variable, 2> max_pool1d(const Variable& x, i64 kernel, i64 stride = 0, i64 padding = 0, i64 dilation = 1,
                                   bool ceil_mode = false);
/// The largest element of each of `out.h` by `out.w` windows that cover the image, and its position.
std::array<Variable, 2> adaptive_max_pool2d(const Variable& x, Pair out);

/// The mean of each window; what flows back is divided evenly among the elements of the window.
Variable avg_pool2d(const Variable& x, Pair kernel, const AvgPoolOptions& options = {});
/// `avg_pool2d` on images of height 1, and its options: (…, l) -> (…, ol).
Variable avg_pool1d(const Variable& x, i64 kernel, i64 stride = 0, i64 padding = 0, bool count_include_pad = true,
                    bool ceil_mode = false);
/// The means of `out.h` by `out.w` windows that cover the image as evenly as they can.
Variable adaptive_avg_pool2d(const Variable& x, Pair out);
/// `adaptive_avg_pool2d` on images of height 1: (…, l) -> (…, out).
Variable adaptive_avg_pool1d(const Variable& x, i64 out);

/// The mean over given windows; its derivative is `avg_pool2d_input`.
Variable avg_pool2d(const Variable& x, const Windows& windows);
/// The adjoint of the mean over given windows, for an image of extents `in`; its derivative is that mean.
Variable avg_pool2d_input(const Variable& dy, Pair in, const Windows& windows);

}  // namespace cadena

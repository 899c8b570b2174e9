#pragma once

#include <array>
#include <vector>

#include "tensor/base/window.h"
#include "tensor/tensor.h"

namespace cadena {

/// Pooling over the last two axes, (…, h, w) -> (…, oh, ow), with any axes in front. A window of extents `kernel` moves
/// by `stride` (by its own extents unless given) over the image with `padding` on each side; \f$ oh = \lfloor (h + 2p -
/// d (k - 1) - 1) / s \rfloor + 1 \f$, or with `ceil_mode` rounded up, so that the last window may reach over the
/// padding, as long as it starts on the image or in the padding before it. All throw ShapeError where the window does
/// not fit, ValueError for options out of range (padding at most half the kernel), DtypeError unless x is floating.

/// How the windows of `max_pool2d` move.
struct MaxPoolOptions {
  Pair stride = 0;         ///< 0 stands for the extents of the window
  Pair padding = 0;        ///< on each side, never the largest
  Pair dilation = 1;       ///< between neighbouring elements of a window
  bool ceil_mode = false;  ///< round the extents of the result up
};

/// How the windows of `avg_pool2d` move.
struct AvgPoolOptions {
  Pair stride = 0;                ///< 0 stands for the extents of the window
  Pair padding = 0;               ///< zeros on each side
  bool count_include_pad = true;  ///< divide by the extents of the window, zeros of the padding included
  bool ceil_mode = false;         ///< what reaches over the padding is not counted either way
};

/// The largest element of each window (padding never counts), and where it was: i64 positions i w + j in the plane, the
/// first of equal ones. NaN is larger than everything.
std::array<Tensor, 2> max_pool2d(const Tensor& x, Pair kernel, const MaxPoolOptions& options = {});
/// `max_pool2d` on images of height 1: (…, l) -> (…, ol) and positions along l.
std::array<Tensor, 2> max_pool1d(const Tensor& x, i64 kernel, i64 stride = 0, i64 padding = 0, i64 dilation = 1,
                                 bool ceil_mode = false);

/// The mean of each window.
Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPoolOptions& options = {});
/// `avg_pool2d` on images of height 1: (…, l) -> (…, ol).
Tensor avg_pool1d(const Tensor& x, i64 kernel, i64 stride = 0, i64 padding = 0, bool count_include_pad = true,
                  bool ceil_mode = false);

/// The means of `out.h` by `out.w` windows that cover the image as evenly as they can: window i is
/// \f$ [\lfloor i h / oh \rfloor, \lceil (i + 1) h / oh \rceil) \f$.
Tensor adaptive_avg_pool2d(const Tensor& x, Pair out);
/// `adaptive_avg_pool2d` on images of height 1: (…, l) -> (…, out).
Tensor adaptive_avg_pool1d(const Tensor& x, i64 out);
/// The largest element of each of the same windows, and its position, as `max_pool2d` returns them.
std::array<Tensor, 2> adaptive_max_pool2d(const Tensor& x, Pair out);

/// The windows along both axes of a pooling.
struct Windows {
  std::vector<Window> rows;     ///< one for each row of the result
  std::vector<Window> columns;  ///< one for each column of it
};

/// The windows of `max_pool2d` on an image of extents `in`. Throws ShapeError, ValueError.
Windows max_pool2d_windows(Pair in, Pair kernel, const MaxPoolOptions& options);
/// The windows of `avg_pool2d` on an image of extents `in`. Throws ShapeError, ValueError.
Windows avg_pool2d_windows(Pair in, Pair kernel, const AvgPoolOptions& options);
/// The windows of `max_pool1d` on an axis of extent `in`, below one row window. Throws ShapeError, ValueError.
Windows max_pool1d_windows(i64 in, i64 kernel, i64 stride, i64 padding, i64 dilation, bool ceil_mode);
/// The windows of `avg_pool1d` on an axis of extent `in`, below one row window. Throws ShapeError, ValueError.
Windows avg_pool1d_windows(i64 in, i64 kernel, i64 stride, i64 padding, bool count_include_pad, bool ceil_mode);
/// The windows of the adaptive functions on an image of extents `in`. Throws ShapeError, ValueError naming `op`.
Windows adaptive_windows(const char* op, Pair in, Pair out);

/// The largest element of every pair of a row window and a column window, and where. Throws ShapeError if x is smaller.
std::array<Tensor, 2> max_pool2d(const Tensor& x, const Windows& windows);

/// The mean of x over every pair of a row window and a column window. Throws ShapeError if x is smaller.
Tensor avg_pool2d(const Tensor& x, const Windows& windows);

/// The adjoint of that: every dy[…, i, j], divided as the mean was, added to each element of the image of extents `in`
/// that its window covers. (…, oh, ow) -> (…, in.h, in.w). Throws ShapeError where the image is smaller.
Tensor avg_pool2d_input(const Tensor& dy, Pair in, const Windows& windows);

}  // namespace cadena

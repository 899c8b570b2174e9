#pragma once

#include "tensor/base/window.h"
#include "tensor/tensor.h"

namespace cadena {

/// Convolution (without flipping the kernel, as all deep learning libraries define it):
/// \f[ y_{n,o,i,j} = b_o + \sum_{c,k,l} w_{o,c,k,l}\; x_{n,\,c,\; i s - p + k d,\; j s - p + l d} \f]
/// x (n, c, h, w), w (o, c / groups, kh, kw), b (o,) -> y (n, o, oh, ow) with
/// \f$ oh = \lfloor (h + 2p - d (kh - 1) - 1) / s \rfloor + 1 \f$. x and w meet in their promoted floating dtype, which
/// b is cast to; f16 and bf16 are accumulated in f32. Throws ShapeError for ranks, channels, groups and extents that do
/// not fit, ValueError for options out of range, DeviceError if the devices differ. Source: Dumoulin and Visin, "A
/// guide to convolution arithmetic for deep learning" (2016).
Tensor conv2d(const Tensor& x, const Tensor& w, const ConvOptions& options = {});
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options = {});

/// The adjoint of `conv2d` in x: the dx of extents `size` with \f$ \langle dx, x \rangle = \langle dy, x * w \rangle
/// \f$ for all x. dy (n, o, oh, ow), w (o, c / groups, kh, kw) -> (n, c, size.h, size.w).
Tensor conv2d_input(const Tensor& dy, const Tensor& w, Pair size, const ConvOptions& options = {});

/// The adjoint of `conv2d` in w: the dw of extents `kernel` with \f$ \langle dw, w \rangle = \langle dy, x * w \rangle
/// \f$ for all w. dy (n, o, oh, ow), x (n, c, h, w) -> (o, c / groups, kernel.h, kernel.w).
Tensor conv2d_weight(const Tensor& dy, const Tensor& x, Pair kernel, const ConvOptions& options = {});

/// Transposed convolution: the adjoint of a convolution as a layer of its own, x (n, c, h, w), w (c, o / groups, kh,
/// kw), b (o,) -> (n, o, oh, ow) with \f$ oh = (h - 1) s - 2p + d (kh - 1) + 1 + \mathrm{output\_padding} \f$. Throws
/// ValueError unless 0 <= output_padding < max(stride, dilation).
Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const ConvOptions& options = {}, Pair output_padding = 0);
Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options = {},
                        Pair output_padding = 0);

/// The extents of the image that `conv_transpose2d` returns for an image of extents `in`. Throws ShapeError,
/// ValueError.
Pair conv_transpose2d_size(Pair in, Pair kernel, const ConvOptions& options, Pair output_padding);

/// `ConvOptions` along one axis.
struct Conv1dOptions {
  i64 stride = 1;    ///< between neighbouring output positions
  i64 padding = 0;   ///< zeros at each end
  i64 dilation = 1;  ///< between neighbouring elements of the kernel
  i64 groups = 1;    ///< as in `ConvOptions`

  /// The same for images of height 1.
  ConvOptions flat() const { return {{1, stride}, {0, padding}, {1, dilation}, groups}; }
};

/// `conv2d` on images of height 1: x (n, c, l), w (o, c / groups, k), b (o,) -> (n, o, ol).
Tensor conv1d(const Tensor& x, const Tensor& w, const Conv1dOptions& options = {});
Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b, const Conv1dOptions& options = {});

}  // namespace cadena

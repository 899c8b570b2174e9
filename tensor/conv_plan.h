#pragma once

#include "tensor/conv.h"
#include "tensor/join.h"
#include "tensor/views.h"

// What convolutions of tensors and of variables share: the extents of a result, and how `conv_transpose2d` is carried
// out.
namespace cadena::detail {

/// Extents of the result of a convolution of an image of extents `in`. Throws ShapeError naming `op` where the kernel
/// does not fit into the padded image.
Pair conv_size(const char* op, Pair in, Pair kernel, const ConvOptions& options);

/// The same for the convolution of x with w, and b unless it is undefined. Throws naming `op` what `conv2d` throws.
Pair conv_size(const char* op, const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options);

/// `conv_transpose2d` without a bias, by the `conv2d_input`, `slice` and `pad` of X. `size` is what
/// `conv_transpose2d_size` returned.
template <class X>
X transposed_conv2d(const X& x, const X& w, Pair size, const ConvOptions& options, Pair output_padding) {
  if (output_padding.h < options.stride.h && output_padding.w < options.stride.w) {
    return conv2d_input(x, w, size, options);
  }
  // With more rows at the end a convolution of the image has more rows than x, so `conv2d_input` refuses it. Its rows
  // are those of the image without padding, from row number `padding` on; past the end of that one there are zeros.
  ConvOptions unpadded = options;
  unpadded.padding = 0;
  const Pair whole = conv_transpose2d_size({x.size(2), x.size(3)}, {w.size(2), w.size(3)}, unpadded, 0);
  const Pair first = options.padding;
  X y = conv2d_input(x, w, whole, unpadded);
  y = slice(slice(y, 2, {first.h, first.h + size.h}), 3, {first.w, first.w + size.w});
  return pad(y, {0, 0, 0, 0}, {0, 0, size.h - y.size(2), size.w - y.size(3)});
}

}  // namespace cadena::detail

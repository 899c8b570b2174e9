#include "tensor/conv.h"

#include <algorithm>

#include "cuda/kernels/conv.h"
#include "tensor/base/error.h"
#include "tensor/conv_plan.h"
#include "tensor/copy.h"
#include "tensor/cpu/conv.h"
#include "tensor/optional_view.h"
#include "tensor/views.h"
#include "tensor/window_options.h"

namespace cadena {
namespace {

Pair image_of(const Tensor& x) { return {x.size(-2), x.size(-1)}; }

using detail::check_option;

void check_options(const char* op, const ConvOptions& o) {
  check_option(op, "stride", o.stride, 1);
  check_option(op, "padding", o.padding, 0);
  check_option(op, "dilation", o.dilation, 1);
  check_option(op, "groups", o.groups, 1);
}

/// Throws DeviceError or ShapeError unless both have four axes.
void check_operands(const char* op, const Tensor& a, const Tensor& b) {
  if (a.device() != b.device()) fail<DeviceError>(op, ": devices differ: ", a.device(), " and ", b.device());
  if (a.rank() != 4 || b.rank() != 4) {
    fail<ShapeError>(op, ": expected two operands of rank 4: ", a.shape(), " * ", b.shape());
  }
}

/// Throws ShapeError unless dy is what a convolution of an image of extents `in` gives.
void check_output(const char* op, const Tensor& dy, Pair in, Pair kernel, const ConvOptions& o) {
  const Pair expected = detail::conv_size(op, in, kernel, o);
  if (image_of(dy) != expected) {
    fail<ShapeError>(op, ": image ", in, " and kernel ", kernel, " give ", expected, ", got shape ", dy.shape());
  }
}

void check_groups(const char* op, i64 channels, i64 groups) {
  if (channels % groups != 0) fail<ShapeError>(op, ": ", channels, " channels do not divide into ", groups, " groups");
}

/// The dtype of a product: the promoted one, f32 for integers.
Dtype product_dtype(const Tensor& a, const Tensor& b) { return floating_dtype(promote(a.dtype(), b.dtype())); }

/// Throws ShapeError or DeviceError unless b is undefined, or has one element for each channel of w's convolution.
void check_bias(const char* op, const Tensor& b, const Tensor& w, i64 channels) {
  if (!b.defined()) return;
  if (b.shape() != Shape{channels}) {
    fail<ShapeError>(op, ": expected a bias of shape ", Shape{channels}, ", got ", b.shape());
  }
  if (b.device() != w.device()) fail<DeviceError>(op, ": devices differ: ", w.device(), " and ", b.device());
}

}  // namespace

Pair detail::conv_size(const char* op, Pair in, Pair kernel, const ConvOptions& o) {
  check_option(op, "image", in, 0);
  check_option(op, "kernel", kernel, 1);
  const Pair room{in.h + 2 * o.padding.h - o.dilation.h * (kernel.h - 1) - 1,
                  in.w + 2 * o.padding.w - o.dilation.w * (kernel.w - 1) - 1};
  if (room.h < 0 || room.w < 0) {
    fail<ShapeError>(op, ": kernel ", kernel, " with dilation ", o.dilation, " is larger than image ", in,
                     " with padding ", o.padding);
  }
  return {room.h / o.stride.h + 1, room.w / o.stride.w + 1};
}

Pair detail::conv_size(const char* op, const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options) {
  check_options(op, options);
  check_operands(op, x, w);
  if (x.size(1) != w.size(1) * options.groups) {
    fail<ShapeError>(op, ": input has ", x.size(1), " channels, weight expects ", w.size(1) * options.groups, ": ",
                     x.shape(), " * ", w.shape());
  }
  check_groups(op, w.size(0), options.groups);
  check_bias(op, b, w, w.size(0));
  return conv_size(op, image_of(x), image_of(w), options);
}

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options) {
  const Pair out = detail::conv_size("conv2d", x, w, b, options);
  const Dtype dtype = product_dtype(x, w);
  Tensor y = empty({x.size(0), w.size(0), out.h, out.w}, dtype, x.device());
  const Tensor bias = b.defined() ? cast(b, dtype) : b;
  on(x.device(), cpu::conv2d, cuda::conv2d)(y, cast(x, dtype), cast(w, dtype), view_or_none(bias), options);
  return y;
}

Tensor conv2d(const Tensor& x, const Tensor& w, const ConvOptions& options) { return conv2d(x, w, Tensor(), options); }

Tensor conv2d_input(const Tensor& dy, const Tensor& w, Pair size, const ConvOptions& options) {
  check_options("conv2d_input", options);
  check_operands("conv2d_input", dy, w);
  if (dy.size(1) != w.size(0)) {
    fail<ShapeError>("conv2d_input: cotangent has ", dy.size(1), " channels, weight expects ", w.size(0), ": ",
                     dy.shape(), " * ", w.shape());
  }
  check_groups("conv2d_input", w.size(0), options.groups);
  check_output("conv2d_input", dy, size, image_of(w), options);
  const Dtype dtype = product_dtype(dy, w);
  Tensor dx = empty({dy.size(0), w.size(1) * options.groups, size.h, size.w}, dtype, dy.device());
  on(dy.device(), cpu::conv2d_input, cuda::conv2d_input)(dx, cast(dy, dtype), cast(w, dtype), options);
  return dx;
}

Tensor conv2d_weight(const Tensor& dy, const Tensor& x, Pair kernel, const ConvOptions& options) {
  check_options("conv2d_weight", options);
  check_operands("conv2d_weight", dy, x);
  if (dy.size(0) != x.size(0)) {
    fail<ShapeError>("conv2d_weight: batches differ: ", dy.shape(), " * ", x.shape());
  }
  check_groups("conv2d_weight", dy.size(1), options.groups);
  check_groups("conv2d_weight", x.size(1), options.groups);
  check_output("conv2d_weight", dy, image_of(x), kernel, options);
  const Dtype dtype = product_dtype(dy, x);
  Tensor dw = empty({dy.size(1), x.size(1) / options.groups, kernel.h, kernel.w}, dtype, dy.device());
  on(dy.device(), cpu::conv2d_weight, cuda::conv2d_weight)(dw, cast(dy, dtype), cast(x, dtype), options);
  return dw;
}

Pair conv_transpose2d_size(Pair in, Pair kernel, const ConvOptions& options, Pair output_padding) {
  check_options("conv_transpose2d", options);
  check_option("conv_transpose2d", "image", in, 1);
  check_option("conv_transpose2d", "kernel", kernel, 1);
  check_option("conv_transpose2d", "output_padding", output_padding, 0);
  if (output_padding.h >= std::max(options.stride.h, options.dilation.h) ||
      output_padding.w >= std::max(options.stride.w, options.dilation.w)) {
    fail<ValueError>("conv_transpose2d: output_padding is ", output_padding, ", expected less than the stride ",
                     options.stride, " or the dilation ", options.dilation);
  }
  const auto extent = [](i64 n, i64 k, i64 stride, i64 padding, i64 dilation, i64 extra) {
    return (n - 1) * stride - 2 * padding + dilation * (k - 1) + 1 + extra;
  };
  const Pair size{extent(in.h, kernel.h, options.stride.h, options.padding.h, options.dilation.h, output_padding.h),
                  extent(in.w, kernel.w, options.stride.w, options.padding.w, options.dilation.w, output_padding.w)};
  if (size.h < 0 || size.w < 0) {
    fail<ShapeError>("conv_transpose2d: image ", in, " and kernel ", kernel, " with padding ", options.padding,
                     " give ", size);
  }
  return size;
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvOptions& options,
                        Pair output_padding) {
  check_operands("conv_transpose2d", x, w);
  const Pair size = conv_transpose2d_size(image_of(x), image_of(w), options, output_padding);
  if (x.size(1) != w.size(0)) {
    fail<ShapeError>("conv_transpose2d: input has ", x.size(1), " channels, weight expects ", w.size(0), ": ",
                     x.shape(), " * ", w.shape());
  }
  check_groups("conv_transpose2d", x.size(1), options.groups);
  check_bias("conv_transpose2d", b, w, w.size(1) * options.groups);
  Tensor y = detail::transposed_conv2d(x, w, size, options, output_padding);
  if (b.defined()) add_into(y, broadcast_to(reshape(cast(b, y.dtype()), {b.size(0), 1, 1}), y.shape()));
  return y;
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const ConvOptions& options, Pair output_padding) {
  return conv_transpose2d(x, w, Tensor(), options, output_padding);
}

Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b, const Conv1dOptions& options) {
  if (x.rank() != 3 || w.rank() != 3) {
    fail<ShapeError>("conv1d: expected two operands of rank 3: ", x.shape(), " * ", w.shape());
  }
  const Tensor image = unsqueeze(x, 2), kernel = unsqueeze(w, 2);
  detail::conv_size("conv1d", image, kernel, b, options.flat());  // so that errors name conv1d
  return squeeze(conv2d(image, kernel, b, options.flat()), 2);
}

Tensor conv1d(const Tensor& x, const Tensor& w, const Conv1dOptions& options) {
  return conv1d(x, w, Tensor(), options);
}

}  // namespace cadena

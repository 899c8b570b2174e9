#include "tensor/pooling.h"

#include <algorithm>

#include "cuda/kernels/pooling.h"
#include "tensor/base/error.h"
#include "tensor/cpu/pooling.h"
#include "tensor/views.h"
#include "tensor/window_options.h"

namespace cadena {
namespace {

using detail::check_option;

/// How a window moves along one axis of extent n.
struct Along {
  i64 n, kernel, stride, padding, dilation;
  bool ceil_mode, count_padding;
};

/// The windows along one axis.
std::vector<Window> windows_along(const char* op, const Along& along) {
  const auto [n, kernel, given_stride, padding, dilation, ceil_mode, count_padding] = along;
  const i64 stride = given_stride == 0 ? kernel : given_stride;
  check_option(op, "kernel", kernel, 1);
  check_option(op, "stride", stride, 1);
  check_option(op, "dilation", dilation, 1);
  if (padding < 0 || padding > kernel / 2) {
    fail<ValueError>(op, ": padding is ", padding, ", expected at most half the kernel ", kernel);
  }
  const i64 room = n + 2 * padding - dilation * (kernel - 1) - 1 + (ceil_mode ? stride - 1 : 0);
  if (n < 1 || room < 0) {
    fail<ShapeError>(op, ": a window of ", kernel, " with dilation ", dilation, " is larger than an axis of ", n,
                     " with padding ", padding);
  }
  std::vector<Window> windows;
  const i64 last = std::min(room - padding, n - 1);  // a window that starts in the padding behind the axis is left out
  for (i64 start = -padding; start <= last; start += stride) {
    const i64 stop = start + dilation * (kernel - 1) + 1;
    const i64 skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const i64 begin = start + skipped * dilation, end = std::min(stop, n);
    if (begin >= end) {
      fail<ShapeError>(op, ": a window of ", kernel, " with dilation ", dilation, " at ", start,
                       " sees nothing but padding on an axis of ", n);
    }
    windows.push_back({begin, end, dilation, count_padding ? std::min(stop, n + padding) - start : end - begin});
  }
  return windows;
}

std::vector<Window> adaptive_along(const char* op, i64 n, i64 out) {
  check_option(op, "output extent", out, 0);
  if (n < 1) fail<ShapeError>(op, ": expected an axis of at least one element, got one of ", n);
  std::vector<Window> windows;
  for (i64 i = 0; i < out; ++i) {
    const i64 begin = i * n / out, end = ((i + 1) * n + out - 1) / out;
    windows.push_back({begin, end, 1, end - begin});
  }
  return windows;
}

Pair image_of(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype())) fail_dtype(op, x.dtype(), "f32, f64, f16 or bf16");
  if (x.rank() < 2) fail<ShapeError>(op, ": expected images (…, h, w), got shape ", x.shape());
  return {x.size(-2), x.size(-1)};
}

/// (…, l) -> (…, 1, l)
Tensor with_height(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype())) fail_dtype(op, x.dtype(), "f32, f64, f16 or bf16");
  if (x.rank() < 1) fail<ShapeError>(op, ": expected (…, l), got shape ", x.shape());
  return unsqueeze(x, -2);
}

/// The window over the one row of such an image.
constexpr Window kOneRow{0, 1, 1, 1};

/// The shape of x with other extents of its last two axes.
Shape with_image(Shape shape, i64 h, i64 w) {
  shape[shape.rank() - 2] = h;
  shape[shape.rank() - 1] = w;
  return shape;
}

/// Throws ShapeError unless every window picks elements of an axis of this extent.
void check_windows(const char* op, const std::vector<Window>& windows, i64 extent) {
  for (const Window& w : windows) {
    if (w.begin >= 0 && w.begin < w.end && w.end <= extent && w.step >= 1) continue;
    fail<ShapeError>(op, ": a window of positions ", w.begin, " … ", w.end - 1, " in steps of ", w.step,
                     " on an axis of ", extent);
  }
}

void check_windows(const char* op, const Windows& windows, Pair image) {
  check_windows(op, windows.rows, image.h);
  check_windows(op, windows.columns, image.w);
}

Shape pooled_shape(const Tensor& x, const Windows& windows) {
  return with_image(x.shape(), static_cast<i64>(windows.rows.size()), static_cast<i64>(windows.columns.size()));
}

}  // namespace

Windows max_pool2d_windows(Pair in, Pair kernel, const MaxPoolOptions& o) {
  constexpr auto op = "max_pool2d";
  return {windows_along(op, {in.h, kernel.h, o.stride.h, o.padding.h, o.dilation.h, o.ceil_mode, false}),
          windows_along(op, {in.w, kernel.w, o.stride.w, o.padding.w, o.dilation.w, o.ceil_mode, false})};
}

std::array<Tensor, 2> max_pool2d(const Tensor& x, const Windows& windows) {
  check_windows("max_pool2d", windows, image_of("max_pool2d", x));
  Tensor y = empty(pooled_shape(x, windows), x.dtype(), x.device());
  Tensor positions = empty(y.shape(), Dtype::i64, x.device());
  on(x.device(), cpu::max_pool2d, cuda::max_pool2d)(y, positions, x, windows.rows, windows.columns);
  return {y, positions};
}

std::array<Tensor, 2> max_pool2d(const Tensor& x, Pair kernel, const MaxPoolOptions& options) {
  return max_pool2d(x, max_pool2d_windows(image_of("max_pool2d", x), kernel, options));
}

Windows max_pool1d_windows(i64 in, i64 kernel, i64 stride, i64 padding, i64 dilation, bool ceil_mode) {
  return {{kOneRow}, windows_along("max_pool1d", {in, kernel, stride, padding, dilation, ceil_mode, false})};
}

std::array<Tensor, 2> max_pool1d(const Tensor& x, i64 kernel, i64 stride, i64 padding, i64 dilation, bool ceil_mode) {
  const Tensor image = with_height("max_pool1d", x);
  const auto [y, positions] =
      max_pool2d(image, max_pool1d_windows(image.size(-1), kernel, stride, padding, dilation, ceil_mode));
  return {squeeze(y, -2), squeeze(positions, -2)};
}

std::array<Tensor, 2> adaptive_max_pool2d(const Tensor& x, Pair out) {
  return max_pool2d(x, adaptive_windows("adaptive_max_pool2d", image_of("adaptive_max_pool2d", x), out));
}

Windows avg_pool2d_windows(Pair in, Pair kernel, const AvgPoolOptions& o) {
  constexpr auto op = "avg_pool2d";
  return {windows_along(op, {in.h, kernel.h, o.stride.h, o.padding.h, 1, o.ceil_mode, o.count_include_pad}),
          windows_along(op, {in.w, kernel.w, o.stride.w, o.padding.w, 1, o.ceil_mode, o.count_include_pad})};
}

Windows adaptive_windows(const char* op, Pair in, Pair out) {
  return {adaptive_along(op, in.h, out.h), adaptive_along(op, in.w, out.w)};
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPoolOptions& options) {
  return avg_pool2d(x, avg_pool2d_windows(image_of("avg_pool2d", x), kernel, options));
}

Windows avg_pool1d_windows(i64 in, i64 kernel, i64 stride, i64 padding, bool count_include_pad, bool ceil_mode) {
  return {{kOneRow}, windows_along("avg_pool1d", {in, kernel, stride, padding, 1, ceil_mode, count_include_pad})};
}

Tensor avg_pool1d(const Tensor& x, i64 kernel, i64 stride, i64 padding, bool count_include_pad, bool ceil_mode) {
  const Tensor image = with_height("avg_pool1d", x);
  const Windows windows = avg_pool1d_windows(image.size(-1), kernel, stride, padding, count_include_pad, ceil_mode);
  return squeeze(avg_pool2d(image, windows), -2);
}

Tensor adaptive_avg_pool2d(const Tensor& x, Pair out) {
  return avg_pool2d(x, adaptive_windows("adaptive_avg_pool2d", image_of("adaptive_avg_pool2d", x), out));
}

Tensor adaptive_avg_pool1d(const Tensor& x, i64 out) {
  const Tensor image = with_height("adaptive_avg_pool1d", x);
  return squeeze(avg_pool2d(image, adaptive_windows("adaptive_avg_pool1d", {1, image.size(-1)}, {1, out})), -2);
}

Tensor avg_pool2d(const Tensor& x, const Windows& windows) {
  check_windows("avg_pool2d", windows, image_of("avg_pool2d", x));
  Tensor y = empty(pooled_shape(x, windows), x.dtype(), x.device());
  on(x.device(), cpu::avg_pool2d, cuda::avg_pool2d)(y, x, windows.rows, windows.columns);
  return y;
}

Tensor avg_pool2d_input(const Tensor& dy, Pair in, const Windows& windows) {
  image_of("avg_pool2d_input", dy);
  check_windows("avg_pool2d_input", windows, in);
  if (pooled_shape(dy, windows) != dy.shape()) {
    fail<ShapeError>("avg_pool2d_input: expected a cotangent of shape ", pooled_shape(dy, windows), ", got ",
                     dy.shape());
  }
  Tensor dx = empty(with_image(dy.shape(), in.h, in.w), dy.dtype(), dy.device());
  on(dy.device(), cpu::avg_pool2d_input, cuda::avg_pool2d_input)(dx, dy, windows.rows, windows.columns);
  return dx;
}

}  // namespace cadena

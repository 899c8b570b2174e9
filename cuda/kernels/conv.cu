#include "cuda/kernels/conv.h"

#include "cuda/kernels/gemm.cuh"
#include "cuda/kernels/patches.cuh"

namespace cadena::cuda {
namespace {

/// Which product of the batch reads what: group g of a, b, y and bias begins at g times these.
struct GroupSteps {
  i64 a, b, y, bias;
};

/// One product for each group.
ProductBatch batch_of(i64 groups, const GroupSteps& steps) {
  const i64 shape[1] = {groups};
  const auto view = [&](const i64& step) { return View{nullptr, Dtype::f32, 1, shape, &step}; };
  const Merged<4> merged({view(steps.a), view(steps.b), view(steps.y), view(steps.bias)});
  return ProductBatch(merged, merged.shape.rank(), groups);
}

/// Images of a batch that one launch takes, so that positions are counted in 31 bits. Throws ShapeError where one
/// image, or a coordinate in its padding, needs more.
i64 images_at_once(const char* op, const View& x, const View& y, const View& w, const ConvOptions& o) {
  const auto reach = [](i64 extent, i64 padding, i64 dilation, i64 kernel) {
    return extent + 2 * padding + dilation * (kernel - 1);
  };
  const i64 positions = std::max({x.shape[2] * x.shape[3], y.shape[2] * y.shape[3], i64{1}});
  const i64 farthest = std::max(reach(x.shape[2], o.padding.h, o.dilation.h, w.shape[2]),
                                reach(x.shape[3], o.padding.w, o.dilation.w, w.shape[3]));
  if (std::max(positions, farthest) > kMaxElements) {
    fail<ShapeError>(op, ": an image of ", positions, " positions, ", farthest,
                     " with its padding, is too large for cuda");
  }
  return kMaxElements / positions;
}

View with_images(const View& x, i64 begin, i64* shape, i64 count) {
  std::copy_n(x.shape, 4, shape);
  shape[0] = count;
  const i64 bytes = begin * x.strides[0] * static_cast<i64>(size_of(x.dtype));
  return {static_cast<char*>(x.data) + bytes, x.dtype, 4, shape, x.strides};
}

/// Calls `f(x, y)` with the same few images of two batches.
template <class F>
void for_each_run(const View& x, const View& y, i64 run, F f) {
  for (i64 begin = 0; begin < x.shape[0]; begin += run) {
    const i64 count = std::min(run, x.shape[0] - begin);
    i64 shape_x[4], shape_y[4];
    f(with_images(x, begin, shape_x, count), with_images(y, begin, shape_y, count));
  }
}

/// y (n, channels, positions): rows of a product are channels, columns the positions of all images.
Target planes(const View& y, const View& bias) {
  const i64 positions = y.shape[2] * y.shape[3];
  Target target(y.data, y.dtype, positions, bias);
  target.outer = y.shape[1] * positions;
  target.bias_of_rows = true;
  return target;
}

}  // namespace

void conv2d(const View& y, const View& x, const View& w, const View& b, const ConvOptions& options) {
  if (y.numel() == 0) return;
  const i64 groups = options.groups, o = w.shape[0] / groups, c = w.shape[1], positions = y.shape[2] * y.shape[3];
  const i64 taps = c * w.shape[2] * w.shape[3];
  const i64 run = images_at_once("conv2d", x, y, w, options);
  const ProductBatch batch =
      batch_of(groups, {o * w.strides[0], c * x.strides[1], o * positions, b.data == nullptr ? 0 : o * b.strides[0]});
  by_real_compute("conv2d", y.dtype, [&]<class C>() {
    for_each_run(y, x, run, [&](const View& out, const View& in) {
      const Folded weights = Folded::of_taps(w, 0, 1);
      const Patches patches = Patches::seen(in, w.shape, out.shape, options, false);
      enqueue_product<C, 64>(o, out.shape[0] * positions, taps, batch, weights, patches, planes(out, b));
    });
  });
}

void conv2d_input(const View& dx, const View& dy, const View& w, const ConvOptions& options) {
  if (dx.numel() == 0) return;
  const i64 groups = options.groups, o = w.shape[0] / groups, c = w.shape[1], pixels = dx.shape[2] * dx.shape[3];
  const i64 taps = o * w.shape[2] * w.shape[3];
  const i64 run = images_at_once("conv2d_input", dx, dy, w, options);
  const ProductBatch batch = batch_of(groups, {o * w.strides[0], o * dy.strides[1], c * pixels, 0});
  by_real_compute("conv2d_input", dx.dtype, [&]<class C>() {
    for_each_run(dx, dy, run, [&](const View& out, const View& in) {
      const Folded weights = Folded::of_taps(w, 1, 0);
      const Patches patches = Patches::reached(in, w.shape, out.shape, options);
      enqueue_product<C, 64>(c, out.shape[0] * pixels, taps, batch, weights, patches, planes(out, View{}));
    });
  });
}

void conv2d_weight(const View& dw, const View& dy, const View& x, const ConvOptions& options) {
  if (dw.numel() == 0) return;
  const i64 groups = options.groups, o = dw.shape[0] / groups, c = dw.shape[1], taps = c * dw.shape[2] * dw.shape[3];
  const i64 positions = dy.shape[2] * dy.shape[3];
  if (dy.shape[0] > images_at_once("conv2d_weight", x, dy, dw, options)) {
    fail<ShapeError>("conv2d_weight: ", dy.shape[0], " images of ", positions, " positions are too many for cuda");
  }
  const ProductBatch batch = batch_of(groups, {o * dy.strides[1], c * x.strides[1], o * taps, 0});
  by_real_compute("conv2d_weight", dw.dtype, [&]<class C>() {
    const Folded planes_of_dy = Folded::of_positions(dy);
    const Patches patches = Patches::seen(x, dw.shape, dy.shape, options, true);
    const Target target(dw.data, dw.dtype, taps, View{});
    enqueue_product<C, 64>(o, taps, dy.shape[0] * positions, batch, planes_of_dy, patches, target);
  });
}

}  // namespace cadena::cuda

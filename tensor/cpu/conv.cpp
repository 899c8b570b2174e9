#include "tensor/cpu/conv.h"

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "tensor/cpu/copy_run.h"
#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Extents of a convolution: image x (n, c, h, w), kernel (o, c / groups, kh, kw), result (n, o, oh, ow).
struct Extents {
  i64 n, h, w, kh, kw, oh, ow, groups, c, o;  // c and o count the channels of one group
  ConvOptions options;

  Extents(const View& x, const View& kernel, const View& y, const ConvOptions& how)
      : n(x.shape[0]),
        h(x.shape[2]),
        w(x.shape[3]),
        kh(kernel.shape[2]),
        kw(kernel.shape[3]),
        oh(y.shape[2]),
        ow(y.shape[3]),
        groups(how.groups),
        c(kernel.shape[1]),
        o(kernel.shape[0] / how.groups),
        options(how) {}

  i64 taps() const { return kh * kw; }
  i64 positions() const { return oh * ow; }
};

/// Output positions that one matrix product covers: a patch matrix of at most about 64 K elements.
i64 block_of(const Extents& e, i64 channels) { return std::clamp<i64>(65536 / (channels * e.taps() + 1), 32, 4096); }

constexpr i64 kChannels = 16;  // input channels whose gradients one task works out

/// Calls `f(row, i, oj_begin, oj_end, j_begin, column)` for each run of output positions [p0, p1) whose tap (k, l)
/// falls inside the image: output columns [oj_begin, oj_end) of one output row look at image row i, columns j_begin,
/// j_begin + stride, …, and belong to column `column` onwards of the patch matrix, row `row`.
template <class F>
void for_each_tap(const Extents& e, i64 channels, i64 p0, i64 p1, F f) {
  const ConvOptions& how = e.options;
  for (i64 row = 0; row < channels * e.taps(); ++row) {
    const i64 k = row % e.taps() / e.kw, l = row % e.kw;
    const i64 shift = l * how.dilation.w - how.padding.w;  // image column of output column 0
    const i64 first = shift >= 0 ? 0 : (-shift + how.stride.w - 1) / how.stride.w;
    const i64 last = shift >= e.w ? 0 : (e.w - 1 - shift) / how.stride.w + 1;
    for (i64 p = p0; p < p1;) {
      const i64 oi = p / e.ow, begin = p % e.ow;
      const i64 end = std::min(e.ow, begin + p1 - p);
      const i64 i = oi * how.stride.h - how.padding.h + k * how.dilation.h;
      const i64 from = std::clamp(first, begin, end), to = std::clamp(last, from, end);
      if (i >= 0 && i < e.h && from < to) f(row, i, from, to, shift + from * how.stride.w, p - p0 + from - begin);
      p += end - begin;
    }
  }
}

/// The patch matrix (channels * taps, p1 - p0) of image n from `channel` on: column p holds what output position p
/// sees.
template <class C, class T>
void im2col(RowMajor<C>& patches, const View& x, const Extents& e, i64 n, i64 channel, i64 channels, i64 p0, i64 p1) {
  patches.setZero(channels * e.taps(), p1 - p0);
  const T* image = x.as<T>() + n * x.strides[0] + channel * x.strides[1];
  const i64 step = e.options.stride.w * x.strides[3];
  for_each_tap(e, channels, p0, p1, [&](i64 row, i64 i, i64 from, i64 to, i64 j, i64 column) {
    const T* source = image + row / e.taps() * x.strides[1] + i * x.strides[2] + j * x.strides[3];
    C* target = &patches(row, column);
    copy_run(target, source, to - from, step);
  });
}

/// The adjoint of im2col: every patch added to the image, row-major planes (channels, h, w).
template <class C>
void col2im(C* image, const RowMajor<C>& patches, const Extents& e, i64 channels, i64 p0, i64 p1) {
  const i64 step = e.options.stride.w;
  for_each_tap(e, channels, p0, p1, [&](i64 row, i64 i, i64 from, i64 to, i64 j, i64 column) {
    C* target = image + (row / e.taps() * e.h + i) * e.w + j;
    const C* source = &patches(row, column);
    for (i64 q = 0; q < to - from; ++q) target[q * step] += source[q];
  });
}

/// Output positions [p0, p1) of `channels` planes of dy as a matrix.
template <class C, class T>
void load_planes(RowMajor<C>& planes, const View& dy, i64 n, i64 channel, i64 channels, i64 p0, i64 p1) {
  planes.resize(channels, p1 - p0);
  const i64 ow = dy.shape[3];
  for (i64 o = 0; o < channels; ++o) {
    const T* plane = dy.as<T>() + n * dy.strides[0] + (channel + o) * dy.strides[1];
    for (i64 p = p0; p < p1;) {
      const i64 j = p % ow, run = std::min(p1 - p, ow - j);
      const T* source = plane + p / ow * dy.strides[2] + j * dy.strides[3];
      copy_run(&planes(o, p - p0), source, run, dy.strides[3]);
      p += run;
    }
  }
}

/// The weights as a matrix (o, c * taps), groups one below the other.
template <class C, class T>
RowMajor<C> load_weights(const View& w, const Extents& e) {
  RowMajor<C> matrix(w.shape[0], e.c * e.taps());
  for (i64 o = 0; o < w.shape[0]; ++o) {
    for (i64 q = 0; q < matrix.cols(); ++q) {
      const i64 c = q / e.taps(), k = q % e.taps() / e.kw, l = q % e.kw;
      matrix(o, q) =
          static_cast<C>(w.as<T>()[o * w.strides[0] + c * w.strides[1] + k * w.strides[2] + l * w.strides[3]]);
    }
  }
  return matrix;
}

i64 grain(i64 flops) { return std::max<i64>(1, 4 * kGrain / (flops + 1)); }

}  // namespace

void conv2d(const View& y, const View& x, const View& w, const View& b, const ConvOptions& options) {
  if (y.numel() == 0) return;
  const Extents e(x, w, y, options);
  const i64 block = block_of(e, e.c), blocks = (e.positions() + block - 1) / block;
  by_float("conv2d", y.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const RowMajor<C> weights = load_weights<C, T>(w, e);
    // A task is one block of output positions of one group of one image.
    parallel_for(e.n * e.groups * blocks, grain(e.o * e.c * e.taps() * block), [&](i64 begin, i64 end) {
      RowMajor<C> patches, product;
      for (i64 task = begin; task < end; ++task) {
        const i64 n = task / blocks / e.groups, group = task / blocks % e.groups;
        const i64 p0 = task % blocks * block, p1 = std::min(p0 + block, e.positions());
        im2col<C, T>(patches, x, e, n, group * e.c, e.c, p0, p1);
        product.noalias() = weights.middleRows(group * e.o, e.o) * patches;
        for (i64 o = 0; o < e.o; ++o) {
          const i64 channel = group * e.o + o;
          const C bias = b.data == nullptr ? C{0} : static_cast<C>(b.as<T>()[channel * b.strides[0]]);
          T* out = y.as<T>() + (n * y.shape[1] + channel) * e.positions() + p0;
          for (i64 q = 0; q < p1 - p0; ++q) out[q] = static_cast<T>(product(o, q) + bias);
        }
      }
    });
  });
}

void conv2d_input(const View& dx, const View& dy, const View& w, const ConvOptions& options) {
  if (dx.numel() == 0) return;
  const Extents e(dx, w, dy, options);
  const i64 slices = (e.c + kChannels - 1) / kChannels;
  const i64 block = block_of(e, std::min(e.c, kChannels));
  by_float("conv2d_input", dx.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const RowMajor<C> weights = load_weights<C, T>(w, e);
    // A task is a slice of the channels of one group of one image.
    const i64 flops = e.o * kChannels * e.taps() * e.positions();
    parallel_for(e.n * e.groups * slices, grain(flops), [&](i64 begin, i64 end) {
      RowMajor<C> planes, patches;
      std::vector<C> image;
      for (i64 task = begin; task < end; ++task) {
        const i64 n = task / slices / e.groups, group = task / slices % e.groups;
        const i64 c0 = task % slices * kChannels, channels = std::min(kChannels, e.c - c0);
        const auto part = weights.block(group * e.o, c0 * e.taps(), e.o, channels * e.taps());
        image.assign(static_cast<std::size_t>(channels * e.h * e.w), C{0});
        for (i64 p0 = 0; p0 < e.positions(); p0 += block) {
          const i64 p1 = std::min(p0 + block, e.positions());
          load_planes<C, T>(planes, dy, n, group * e.o, e.o, p0, p1);
          patches.noalias() = part.transpose() * planes;
          col2im(image.data(), patches, e, channels, p0, p1);
        }
        T* out = dx.as<T>() + (n * dx.shape[1] + group * e.c + c0) * e.h * e.w;
        std::transform(image.begin(), image.end(), out, [](C v) { return static_cast<T>(v); });
      }
    });
  });
}

void conv2d_weight(const View& dw, const View& dy, const View& x, const ConvOptions& options) {
  if (dw.numel() == 0) return;
  const Extents e(x, dw, dy, options);
  const i64 slices = (e.c + kChannels - 1) / kChannels;
  const i64 block = block_of(e, std::min(e.c, kChannels));
  constexpr i64 kParts = 4;  // the batch is summed in this many parts, whatever the number of threads
  by_float("conv2d_weight", dw.dtype, [&]<class T>() {
    using C = compute_t<T>;
    std::vector<RowMajor<C>> sums(static_cast<std::size_t>(e.groups * slices * kParts));
    // A task is one part of the batch for a slice of the input channels of one group.
    const i64 flops = e.o * kChannels * e.taps() * e.positions() * (e.n + kParts - 1) / kParts;
    parallel_for(e.groups * slices * kParts, grain(flops), [&](i64 begin, i64 end) {
      RowMajor<C> planes, patches;
      for (i64 task = begin; task < end; ++task) {
        const i64 part = task % kParts, group = task / kParts / slices;
        const i64 c0 = task / kParts % slices * kChannels, channels = std::min(kChannels, e.c - c0);
        RowMajor<C>& sum = sums[static_cast<std::size_t>(task)];
        sum.setZero(e.o, channels * e.taps());
        for (i64 n = e.n * part / kParts; n < e.n * (part + 1) / kParts; ++n) {
          for (i64 p0 = 0; p0 < e.positions(); p0 += block) {
            const i64 p1 = std::min(p0 + block, e.positions());
            im2col<C, T>(patches, x, e, n, group * e.c + c0, channels, p0, p1);
            load_planes<C, T>(planes, dy, n, group * e.o, e.o, p0, p1);
            sum.noalias() += planes * patches.transpose();
          }
        }
      }
    });
    for (i64 slice = 0; slice < e.groups * slices; ++slice) {
      RowMajor<C>* part = &sums[static_cast<std::size_t>(slice * kParts)];
      const RowMajor<C> total = (part[0] + part[1]) + (part[2] + part[3]);
      const i64 group = slice / slices, c0 = slice % slices * kChannels;
      for (i64 o = 0; o < e.o; ++o) {
        T* out = dw.as<T>() + ((group * e.o + o) * e.c + c0) * e.taps();
        for (i64 q = 0; q < total.cols(); ++q) out[q] = static_cast<T>(total(o, q));
      }
    }
  });
}

}  // namespace cadena::cpu

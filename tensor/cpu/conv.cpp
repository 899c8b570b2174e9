#include "tensor/cpu/conv.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "tensor/cpu/copy_run.h"
#include "tensor/cpu/loops.h"
#include "tensor/cpu/tile.h"

namespace cadena::cpu {
namespace {

template <class C>
using RowMajor = Eigen::Matrix<C, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class C>
using Matrix = Eigen::Map<RowMajor<C>, Eigen::Unaligned, Eigen::OuterStride<>>;
template <class C>
using ConstMatrix = Eigen::Map<const RowMajor<C>, Eigen::Unaligned, Eigen::OuterStride<>>;

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
  i64 positions() const { return oh * ow; }  // of one image
};

constexpr i64 kChannels = 32;  // input channels whose gradients one task works out

/// Output positions that are worked out at a time, a multiple of `columns`: a patch matrix of about 64 K elements.
i64 block_of(i64 rows, i64 columns = 1) {
  const i64 block = std::clamp<i64>(65536 / (rows + 1), 32, 4096);
  return (block + columns - 1) / columns * columns;
}

/// Positions [begin, end) of row i of the result for image n; they are columns `column` onwards of a block.
struct Run {
  i64 n, i, begin, end, column;
};

/// Positions [p0, p1) of all images, one after the other, cut where a row of a result ends.
std::vector<Run> runs_of(const Extents& e, i64 p0, i64 p1) {
  std::vector<Run> runs;
  for (i64 p = p0; p < p1;) {
    const i64 row = p / e.ow, begin = p % e.ow, end = std::min(e.ow, begin + p1 - p);
    runs.push_back({row / e.oh, row % e.oh, begin, end, p - p0});
    p += end - begin;
  }
  return runs;
}

/// Calls `f(position, column, count)` for the parts of positions [p0, p1) of all images that lie in one image n: they
/// begin at `position` of channel 0 of the row-major result, where each image has `channels`.
template <class F>
void for_each_image(const Extents& e, i64 channels, i64 p0, i64 p1, F f) {
  for (i64 p = p0; p < p1;) {
    const i64 n = p / e.positions(), count = std::min(p1, (n + 1) * e.positions()) - p;
    f(n * channels * e.positions() + p % e.positions(), p - p0, count);
    p += count;
  }
}

/// What a tap of the kernel sees: position (i, j) of the result looks at (i stride + down, j stride + right) of the
/// image, which has such columns for the positions j in [first, last).
struct Tap {
  Pair stride;
  i64 h, down, right, first, last;

  Tap(const Extents& e, i64 tap)
      : stride(e.options.stride),
        h(e.h),
        down(tap / e.kw * e.options.dilation.h - e.options.padding.h),
        right(tap % e.kw * e.options.dilation.w - e.options.padding.w),
        first(right >= 0 ? 0 : (-right + stride.w - 1) / stride.w),
        last(right >= e.w ? 0 : (e.w - 1 - right) / stride.w + 1) {}

  /// Of a run, the positions [from, to) look at columns j, j + stride, … of row i; the others look at the padding.
  struct Sight {
    i64 i, j, from, to;
  };
  Sight of(const Run& run) const {
    const i64 i = run.i * stride.h + down;
    const i64 from = i >= 0 && i < h ? std::clamp(first, run.begin, run.end) : run.end;
    return {i, from * stride.w + right, from, std::clamp(last, from, run.end)};
  }
};

/// A matrix whose columns are positions, at most `block` of them.
template <class C>
class Patches {
 public:
  Patches(i64 rows, i64 block)
      : pitch_(block + 16), values_(static_cast<std::size_t>(std::max<i64>(rows, 1) * pitch_)) {}

  C* row(i64 q) { return values_.data() + q * pitch_; }
  i64 pitch() const { return pitch_; }
  Matrix<C> matrix(i64 rows, i64 columns) { return {row(0), rows, columns, Eigen::OuterStride<>(pitch_)}; }

  /// im2col: column p holds what position p sees of channels [channel, channel + channels) of x.
  template <class T>
  void load(const View& x, const Extents& e, const std::vector<Run>& runs, i64 channel, i64 channels) {
    const i64 step = e.options.stride.w * x.strides[3];
    for (i64 q = 0; q < channels * e.taps(); ++q) {
      const Tap tap(e, q % e.taps());
      const T* plane = x.as<T>() + (channel + q / e.taps()) * x.strides[1];
      for (const Run& run : runs) {
        const Tap::Sight sight = tap.of(run);
        C* target = row(q) + run.column - run.begin;
        std::fill(target + run.begin, target + sight.from, C{0});
        if (sight.from < sight.to) {
          const T* source = plane + run.n * x.strides[0] + sight.i * x.strides[2] + sight.j * x.strides[3];
          copy_run(target + sight.from, source, sight.to - sight.from, step);
        }
        std::fill(target + sight.to, target + run.end, C{0});
      }
    }
  }

  /// Its adjoint, col2im: every element added to the one of `image`, row-major planes, that it would be a copy of.
  void add_to(C* image, const Extents& e, const std::vector<Run>& runs, i64 channels) {
    const i64 step = e.options.stride.w;
    for (i64 q = 0; q < channels * e.taps(); ++q) {
      const Tap tap(e, q % e.taps());
      for (const Run& run : runs) {
        const Tap::Sight sight = tap.of(run);
        if (sight.from == sight.to) continue;
        C* target = image + (q / e.taps() * e.h + sight.i) * e.w + sight.j;
        const C* source = row(q) + run.column + sight.from - run.begin;
        for (i64 p = 0; p < sight.to - sight.from; ++p) target[p * step] += source[p];
      }
    }
  }

  /// The elements of `channels` channels of dy at these positions, a row for each channel.
  template <class T>
  void load_planes(const View& dy, const std::vector<Run>& runs, i64 channel, i64 channels) {
    for (i64 o = 0; o < channels; ++o) {
      const T* plane = dy.as<T>() + (channel + o) * dy.strides[1];
      for (const Run& run : runs) {
        const T* source = plane + run.n * dy.strides[0] + run.i * dy.strides[2] + run.begin * dy.strides[3];
        copy_run(row(o) + run.column, source, run.end - run.begin, dy.strides[3]);
      }
    }
  }

 private:
  i64 pitch_;  // a little more than the block: rows of 2^k elements would compete for one place in the cache
  std::vector<C> values_;
};

/// The weights as a row-major matrix (o, c * taps), groups one below the other.
template <class T>
std::vector<compute_t<T>> load_weights(const View& w) {
  std::vector<compute_t<T>> matrix;
  matrix.reserve(static_cast<std::size_t>(w.numel()));
  const auto append = [&](i64 n, const auto& at, const auto& step) {
    for (i64 i = 0; i < n; ++i) matrix.push_back(static_cast<compute_t<T>>(w.as<T>()[at[0] + i * step[0]]));
  };
  StridedLoop<1>(std::array{w}).run_range(0, w.numel(), append);
  return matrix;
}

/// The filters of a group, (o, c * taps), as the left factor of products: where they fill a tile by tiles, else
/// Eigen's.
template <class C>
class Filters {
 public:
  using Tile = WideTile<C>;

  Filters(const C* weights, i64 rows, i64 depth)
      : weights_(weights, rows, depth, Eigen::OuterStride<>(depth)),
        panels_(Tile::kRows, rows < Tile::kRows ? 0 : rows, depth, [&](i64 o, i64 q) { return weights_(o, q); }) {}

  /// product = filters * patches, for the first `columns` of these. The product has kRows more rows than there are
  /// filters, for the tiles that stick out.
  void multiply(Patches<C>& product, Patches<C>& patches, i64 columns) const {
    const i64 rows = weights_.rows(), depth = weights_.cols();
    if (rows < Tile::kRows) {
      product.matrix(rows, columns).noalias() = weights_ * patches.matrix(depth, columns);
      return;
    }
    for (i64 column = 0; column < columns; column += Tile::kColumns) {
      for (i64 o = 0; o < rows; o += Tile::kRows) {
        for (i64 r = 0; r < Tile::kRows; ++r) std::fill_n(product.row(o + r) + column, Tile::kColumns, C{0});
        Tile::add(
            product.row(o) + column, product.pitch(), depth,
            [panel = panels_.from(o)](i64 q, i64 r) { return panel[q * Tile::kRows + r]; },
            [right = patches.row(0) + column, pitch = patches.pitch()](i64 q) { return right + q * pitch; });
      }
    }
  }

 private:
  ConstMatrix<C> weights_;
  Panels<C> panels_;
};

/// Tasks below which a second thread is not worth it, each of so many products.
i64 grain(i64 products) { return std::max<i64>(1, 4 * kGrain / (products + 1)); }

/// True if the adjoint of the convolution is one itself, and one with channels enough for it to be the faster way.
bool adjoint_is_convolution(const Extents& e) {
  const ConvOptions& how = e.options;
  const bool fits = how.padding.h <= how.dilation.h * (e.kh - 1) && how.padding.w <= how.dilation.w * (e.kw - 1);
  return how.stride == Pair(1) && e.groups == 1 && fits && e.c >= WideTile<float>::kRows;
}

/// That convolution: its kernels are upside down and back to front, input and output channels exchanged.
void conv2d_by_flipped(const View& dx, const View& dy, const View& w, const ConvOptions& options) {
  const i64 kh = w.shape[2], kw = w.shape[3];
  const i64 shape[] = {w.shape[1], w.shape[0], kh, kw};
  const i64 strides[] = {w.strides[1], w.strides[0], -w.strides[2], -w.strides[3]};
  View flipped{w.data, w.dtype, 4, shape, strides};
  flipped.data = static_cast<std::byte*>(w.data) +
                 ((kh - 1) * w.strides[2] + (kw - 1) * w.strides[3]) * static_cast<i64>(size_of(w.dtype));
  ConvOptions adjoint = options;
  adjoint.padding = {options.dilation.h * (kh - 1) - options.padding.h,
                     options.dilation.w * (kw - 1) - options.padding.w};
  conv2d(dx, dy, flipped, View{}, adjoint);
}

}  // namespace

void conv2d(const View& y, const View& x, const View& w, const View& b, const ConvOptions& options) {
  if (y.numel() == 0) return;
  const Extents e(x, w, y, options);
  by_float("conv2d", y.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const i64 depth = e.c * e.taps(), total = e.n * e.positions();
    const i64 block = block_of(depth, WideTile<C>::kColumns), blocks = (total + block - 1) / block;
    const std::vector<C> weights = load_weights<T>(w);
    std::vector<Filters<C>> filters;  // of each group
    for (i64 group = 0; group < e.groups; ++group) {
      filters.emplace_back(weights.data() + group * e.o * depth, e.o, depth);
    }
    // A task is one block of output positions for one group.
    parallel_for(e.groups * blocks, grain(e.o * depth * block), [&](i64 begin, i64 end) {
      Patches<C> patches(depth, block), product(e.o + WideTile<C>::kRows, block);
      for (i64 task = begin; task < end; ++task) {
        const i64 group = task / blocks, p0 = task % blocks * block, p1 = std::min(p0 + block, total);
        patches.template load<T>(x, e, runs_of(e, p0, p1), group * e.c, e.c);
        filters[static_cast<std::size_t>(group)].multiply(product, patches, p1 - p0);
        for (i64 o = 0; o < e.o; ++o) {
          const i64 channel = group * e.o + o;
          const C bias = b.data == nullptr ? C{0} : static_cast<C>(b.as<T>()[channel * b.strides[0]]);
          for_each_image(e, y.shape[1], p0, p1, [&](i64 position, i64 column, i64 count) {
            const C* sum = product.row(o) + column;
            T* out = y.as<T>() + channel * e.positions() + position;
            for (i64 q = 0; q < count; ++q) out[q] = static_cast<T>(sum[q] + bias);
          });
        }
      }
    });
  });
}

void conv2d_input(const View& dx, const View& dy, const View& w, const ConvOptions& options) {
  if (dx.numel() == 0) return;
  const Extents e(dx, w, dy, options);
  if (adjoint_is_convolution(e)) return conv2d_by_flipped(dx, dy, w, options);
  const i64 slices = (e.c + kChannels - 1) / kChannels;
  const i64 most = std::min(e.c, kChannels) * e.taps();  // rows of the patch matrix
  const i64 block = block_of(std::max(most, e.o));
  by_float("conv2d_input", dx.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const std::vector<C> weights = load_weights<T>(w);
    // A task is a slice of the channels of one group of one image.
    parallel_for(e.n * e.groups * slices, grain(e.o * most * e.positions()), [&](i64 begin, i64 end) {
      Patches<C> planes(e.o, block), patches(most, block);
      std::vector<C> image;
      for (i64 task = begin; task < end; ++task) {
        const i64 n = task / slices / e.groups, group = task / slices % e.groups;
        const i64 c0 = task % slices * kChannels, channels = std::min(kChannels, e.c - c0), row = e.c * e.taps();
        const ConstMatrix<C> part(weights.data() + group * e.o * row + c0 * e.taps(), e.o, channels * e.taps(),
                                  Eigen::OuterStride<>(row));
        image.assign(static_cast<std::size_t>(channels * e.h * e.w), C{0});
        const i64 last = (n + 1) * e.positions();
        for (i64 p0 = n * e.positions(); p0 < last; p0 += block) {
          const i64 count = std::min(block, last - p0);
          const std::vector<Run> runs = runs_of(e, p0, p0 + count);
          planes.template load_planes<T>(dy, runs, group * e.o, e.o);
          patches.matrix(part.cols(), count).noalias() = part.transpose() * planes.matrix(e.o, count);
          patches.add_to(image.data(), e, runs, channels);
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
  const i64 slices = (e.c + kChannels - 1) / kChannels, total = e.n * e.positions();
  const i64 most = std::min(e.c, kChannels) * e.taps(), block = block_of(std::max(most, e.o));
  constexpr i64 kParts = 4;  // the positions are summed in this many parts, whatever the number of threads
  by_float("conv2d_weight", dw.dtype, [&]<class T>() {
    using C = compute_t<T>;
    std::vector<RowMajor<C>> sums(static_cast<std::size_t>(e.groups * slices * kParts));
    // A task is one part of the positions for a slice of the input channels of one group.
    parallel_for(e.groups * slices * kParts, grain(e.o * most * (total / kParts + 1)), [&](i64 begin, i64 end) {
      Patches<C> planes(e.o, block), patches(most, block);
      for (i64 task = begin; task < end; ++task) {
        const i64 part = task % kParts, group = task / kParts / slices;
        const i64 c0 = task / kParts % slices * kChannels, channels = std::min(kChannels, e.c - c0);
        RowMajor<C>& sum = sums[static_cast<std::size_t>(task)];
        sum.setZero(e.o, channels * e.taps());
        const i64 last = total * (part + 1) / kParts;
        for (i64 p0 = total * part / kParts; p0 < last; p0 += block) {
          const i64 count = std::min(block, last - p0);
          const std::vector<Run> runs = runs_of(e, p0, p0 + count);
          patches.template load<T>(x, e, runs, group * e.c + c0, channels);
          planes.template load_planes<T>(dy, runs, group * e.o, e.o);
          sum.noalias() += planes.matrix(e.o, count) * patches.matrix(sum.cols(), count).transpose();
        }
      }
    });
    for (i64 slice = 0; slice < e.groups * slices; ++slice) {
      RowMajor<C>* part = &sums[static_cast<std::size_t>(slice * kParts)];
      const RowMajor<C> sum = (part[0] + part[1]) + (part[2] + part[3]);
      const i64 group = slice / slices, c0 = slice % slices * kChannels;
      for (i64 o = 0; o < e.o; ++o) {
        T* out = dw.as<T>() + ((group * e.o + o) * e.c + c0) * e.taps();
        for (i64 q = 0; q < sum.cols(); ++q) out[q] = static_cast<T>(sum(o, q));
      }
    }
  });
}

}  // namespace cadena::cpu

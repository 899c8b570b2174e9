#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "tensor/base/scalar.h"
#include "tensor/cpu/lanes.h"
#include "tensor/cpu/loops.h"

/// Reductions in one fixed order. n elements are cut into leaves of 256; a leaf deals its elements to 16 lanes in turn
/// and halves the lanes until one is left; leaves, and then chunks of 64 leaves, are combined halves first. The order
/// is a function of n alone: the result does not depend on the number of threads, nor on the layout, and the rounding
/// error of a sum grows with 16 + log n.
///
/// A fold is a struct with `using Acc`, `Acc identity()`, `Acc step(Acc, x, position, output)` and
/// `Acc combine(Acc earlier, Acc later)`; `position` is the index among the reduced elements, `output` that of the
/// result.
namespace cadena::cpu {

inline constexpr i64 kChunk = 64 * kLeaf;
inline constexpr i64 kColumns = 128;  ///< results that are folded side by side where memory runs across them

/// Axes [first, last) of x as one row-major list of positions; axes that step evenly are merged.
class Walk {
 public:
  Walk(const View& x, int first, int last) {
    for (int axis = last - 1; axis >= first; --axis) {
      const i64 extent = x.shape[axis], stride = x.strides[axis];
      numel_ *= extent;
      if (extent == 1) continue;
      const int outermost = shape_.rank() - 1;
      if (outermost >= 0 && stride == strides_[outermost] * shape_[outermost]) {
        shape_[outermost] *= extent;
      } else {
        shape_ = shape_.with_inserted(shape_.rank(), extent);
        strides_ = strides_.with_inserted(strides_.rank(), stride);
      }
    }
  }

  i64 numel() const { return numel_; }

  i64 offset(i64 position) const {
    i64 at = 0;
    for (int axis = 0; axis < shape_.rank(); ++axis) {  // innermost first
      at += position % shape_[axis] * strides_[axis];
      position /= shape_[axis];
    }
    return at;
  }

  /// Extent and stride of the innermost axis; 1 and 0 where there is none.
  i64 run() const { return shape_.rank() == 0 ? 1 : shape_[0]; }
  i64 step() const { return shape_.rank() == 0 ? 0 : strides_[0]; }

  /// Calls `f(position, offset)` for positions [begin, end).
  template <class F>
  void visit(i64 begin, i64 end, F f) const {
    while (begin < end) {
      i64 at = offset(begin);
      const i64 stop = std::min(end, begin - begin % run() + run());
      for (; begin < stop; ++begin, at += step()) f(begin, at);
    }
  }

 private:
  i64 numel_ = 1;
  Dims shape_;
  Dims strides_;
};

/// Folds `width` neighbouring results over any range of positions; `data` is the first element of the first of them.
template <class T, class Fold>
class Folder {
 public:
  using Acc = typename Fold::Acc;
  using C = compute_t<T>;

  Folder(const Fold& fold, const Walk& walk, const T* data, i64 step, i64 output, i64 width)
      : fold_(fold), walk_(walk), data_(data), step_(step), output_(output), width_(width) {}

  /// out[c] = the fold of positions [begin, end) of result c, halves of leaves first.
  void fold(i64 begin, i64 end, Acc* out) const {
    if (end - begin <= kLeaf) return width_ == 1 ? row(begin, end, out) : columns(begin, end, out);
    const i64 leaves = (end - begin + kLeaf - 1) / kLeaf;
    const i64 middle = begin + leaves / 2 * kLeaf;
    Acc right[kColumns];
    fold(begin, middle, out);
    fold(middle, end, right);
    for (i64 c = 0; c < width_; ++c) out[c] = fold_.combine(out[c], right[c]);
  }

 private:
  /// One result: its elements as they lie where they are contiguous, gathered first otherwise.
  void row(i64 begin, i64 end, Acc* out) const {
    if (walk_.step() == 1 && begin % walk_.run() + end - begin <= walk_.run()) {
      return lanes(data_ + walk_.offset(begin), begin, end, out);
    }
    C gathered[kLeaf];
    walk_.visit(begin, end, [&](i64 i, i64 at) { gathered[i - begin] = static_cast<C>(data_[at]); });
    lanes(gathered, begin, end, out);
  }

  template <class X>
  void lanes(const X* x, i64 begin, i64 end, Acc* out) const {
    const i64 n = end - begin, used = std::min(n, kLanes);
    Acc lane[kLanes];
    for (i64 k = 0; k < used; ++k) lane[k] = fold_.step(fold_.identity(), static_cast<C>(x[k]), begin + k, output_);
    i64 i = kLanes;
    for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 1  // left as a loop, the lanes become one vector operation; unrolled, a maximum does not
      for (i64 k = 0; k < kLanes; ++k) lane[k] = fold_.step(lane[k], static_cast<C>(x[i + k]), begin + i + k, output_);
    }
    for (; i < n; ++i) lane[i % kLanes] = fold_.step(lane[i % kLanes], static_cast<C>(x[i]), begin + i, output_);
    for (i64 half = kLanes / 2; half > 0; half /= 2) {
      for (i64 k = 0; k < half && k + half < used; ++k) lane[k] = fold_.combine(lane[k], lane[k + half]);
    }
    out[0] = lane[0];
  }

  /// Several results whose elements lie side by side: the same order, with a row of results in place of each lane.
  void columns(i64 begin, i64 end, Acc* out) const {
    Acc lane[kLanes][kColumns];
    const i64 used = std::min(end - begin, kLanes);
    for (i64 k = 0; k < used; ++k) std::fill_n(lane[k], width_, fold_.identity());
    walk_.visit(begin, end, [&](i64 i, i64 at) {
      Acc* acc = lane[(i - begin) % kLanes];
      const T* x = data_ + at;
      if (step_ == 1) {
        for (i64 c = 0; c < width_; ++c) acc[c] = fold_.step(acc[c], static_cast<C>(x[c]), i, output_ + c);
      } else {
        for (i64 c = 0; c < width_; ++c) acc[c] = fold_.step(acc[c], static_cast<C>(x[c * step_]), i, output_ + c);
      }
    });
    for (i64 half = kLanes / 2; half > 0; half /= 2) {
      for (i64 k = 0; k < half && k + half < used; ++k) {
        for (i64 c = 0; c < width_; ++c) lane[k][c] = fold_.combine(lane[k][c], lane[k + half][c]);
      }
    }
    std::copy_n(lane[0], width_, out);
  }

  const Fold& fold_;
  const Walk& walk_;
  const T* data_;
  i64 step_;
  i64 output_;
  i64 width_;
};

/// `count` values, combined halves first.
template <class Fold>
typename Fold::Acc combine_halves(const Fold& fold, const typename Fold::Acc* values, i64 count) {
  if (count == 1) return values[0];
  const i64 half = count / 2;
  return fold.combine(combine_halves(fold, values, half), combine_halves(fold, values + half, count - half));
}

/// Calls `store(i, acc)` once for each result i (row-major over the kept axes) with the fold over the last `reduced`
/// axes of x; the identity where these hold no elements.
template <class T, class Fold, class Store>
void reduce(const View& x, int reduced, const Fold& fold, const Store& store) {
  using Acc = typename Fold::Acc;
  const Walk kept(x, 0, x.rank - reduced);
  const Walk inner(x, x.rank - reduced, x.rank);
  const i64 outputs = kept.numel(), n = inner.numel();
  if (outputs == 0) return;
  if (n == 0) {
    for (i64 i = 0; i < outputs; ++i) store(i, fold.identity());
    return;
  }
  const bool is_short = n <= kLanes;  // a row on its own would be all overhead
  const bool across = kept.run() > 1 && (is_short || std::abs(kept.step()) < std::abs(inner.step()));
  const i64 width = across ? std::min(kColumns, kept.run()) : 1;
  const i64 tiles_per_run = (kept.run() + width - 1) / width;
  const i64 tiles = outputs / kept.run() * tiles_per_run;
  const i64 chunks = (n + kChunk - 1) / kChunk;
  const auto partial =
      std::make_unique_for_overwrite<Acc[]>(static_cast<std::size_t>(chunks == 1 ? 0 : outputs * chunks));
  parallel_for(tiles * chunks, kGrain / (width * std::min(n, kChunk)) + 1, [&](i64 first, i64 last) {
    for (i64 task = first; task < last; ++task) {
      const i64 tile = task / chunks, chunk = task % chunks;
      const i64 column = tile % tiles_per_run * width;
      const i64 output = tile / tiles_per_run * kept.run() + column;
      const i64 w = std::min(width, kept.run() - column);
      Acc out[kColumns];
      const Folder<T, Fold> folder(fold, inner, x.as<T>() + kept.offset(output), kept.step(), output, w);
      folder.fold(chunk * kChunk, std::min(n, (chunk + 1) * kChunk), out);
      for (i64 c = 0; c < w; ++c) {
        if (chunks == 1) store(output + c, out[c]);
        else partial[static_cast<std::size_t>((output + c) * chunks + chunk)] = out[c];
      }
    }
  });
  if (chunks == 1) return;
  for (i64 i = 0; i < outputs; ++i) store(i, combine_halves(fold, partial.get() + i * chunks, chunks));
}

/// The fold of sums, of integers modulo 2^64; a sum of something else derives from it and has its own `step`.
template <class C>
struct Sum {
  using Acc = C;
  C identity() const { return 0; }
  C step(C total, C x, i64, i64) const { return combine(total, x); }
  C combine(C a, C b) const { return scalar::Add{}(a, b); }
};

}  // namespace cadena::cpu

#pragma once

#include <algorithm>

#include "cuda/runtime/launch.h"
#include "tensor/base/merged.h"

namespace cadena::cuda {

/// Axes that a kernel can walk after merging; views with more are walked slice by slice.
inline constexpr int kMaxAxes = 6;

/// Elements that one launch can walk: their indices fit 31 bits, and a division of such is much cheaper than of 64.
inline constexpr i64 kMaxElements = (i64{1} << 31) - 1;

/// The merged axes of N views of one shape, as a kernel takes them: by value.
template <std::size_t N>
struct Layout {
  unsigned numel = 1;
  int rank = 0;
  unsigned shape[kMaxAxes] = {};  // innermost axis first
  i64 strides[N][kMaxAxes] = {};

  /// The first `count` axes of `merged`, the outermost of them cut to `outermost`.
  Layout(const Merged<N>& merged, int count, i64 outermost) : rank(count) {
    for (int axis = 0; axis < rank; ++axis) {
      shape[axis] = static_cast<unsigned>(axis + 1 < rank ? merged.shape[axis] : outermost);
      numel *= shape[axis];
      for (std::size_t k = 0; k < N; ++k) strides[k][axis] = merged.strides[k][axis];
    }
  }

  /// at[k] = where element `i` of the row-major order lies in view k.
  __device__ __forceinline__ void offsets(unsigned i, i64 (&at)[N]) const {
    for (std::size_t k = 0; k < N; ++k) at[k] = 0;
    for (int axis = 0; axis < rank; ++axis) {
      const unsigned index = axis + 1 < rank ? i % shape[axis] : i;
      i /= shape[axis];
      for (std::size_t k = 0; k < N; ++k) at[k] += index * strides[k][axis];
    }
  }

  /// True if the elements of every view follow each other.
  bool is_contiguous() const {
    bool contiguous = rank <= 1;
    for (std::size_t k = 0; k < N; ++k) contiguous = contiguous && (rank == 0 || strides[k][0] == 1);
    return contiguous;
  }
};

/// Calls `f(layout, offsets)` for pieces of the first `rank` axes of `merged`, each small enough for one launch;
/// offsets[k] is where the piece begins in view k. The outermost axis has the extent `outermost`.
template <std::size_t N, class F>
void for_each_piece(const Merged<N>& merged, int rank, i64 outermost, const std::array<i64, N>& offsets, F& f) {
  i64 inner = 1;
  for (int axis = 0; axis + 1 < rank; ++axis) inner *= merged.shape[axis];
  if (rank <= kMaxAxes && inner * outermost <= kMaxElements) return f(Layout<N>(merged, rank, outermost), offsets);
  const bool in_runs = rank <= kMaxAxes && inner <= kMaxElements;  // runs of the outermost axis, or single slices
  const i64 run = in_runs ? kMaxElements / inner : 1;
  for (i64 begin = 0; begin < outermost; begin += run) {
    std::array<i64, N> at = offsets;
    for (std::size_t k = 0; k < N; ++k) at[k] += begin * merged.strides[k][rank - 1];
    if (in_runs) for_each_piece(merged, rank, std::min(run, outermost - begin), at, f);
    else for_each_piece(merged, rank - 1, rank > 1 ? merged.shape[rank - 2] : 1, at, f);
  }
}

/// The same for all of N views of one shape; nothing for views without elements.
template <std::size_t N, class F>
void for_each_piece(const std::array<View, N>& views, F f) {
  const Merged<N> merged(views);
  const int rank = merged.shape.rank();
  if (merged.numel > 0) for_each_piece(merged, rank, rank > 0 ? merged.shape[rank - 1] : 1, {}, f);
}

}  // namespace cadena::cuda

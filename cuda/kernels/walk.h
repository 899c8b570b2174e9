#pragma once

#include <cstdlib>

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/scratch.h"

namespace cadena::cuda {

/// Axes [first, last) of a view as one row-major list of positions, as a kernel takes them: by value. Axes that step
/// evenly are merged.
struct Walk {
  i64 numel = 1;
  int rank = 0;              ///< after merging; more than kMaxAxes cannot be walked, see Walkable
  i64 shape[kMaxAxes] = {};  ///< innermost axis first
  i64 strides[kMaxAxes] = {};

  Walk(const View& x, int first, int last) {
    for (int axis = last - 1; axis >= first; --axis) {
      const i64 extent = x.shape[axis], stride = x.strides[axis];
      numel *= extent;
      if (extent == 1) continue;
      const int outermost = rank - 1;
      if (rank > 0 && rank <= kMaxAxes && stride == strides[outermost] * shape[outermost]) {
        shape[outermost] *= extent;
      } else if (++rank <= kMaxAxes) {
        shape[rank - 1] = extent;
        strides[rank - 1] = stride;
      }
    }
  }

  /// Where `position` lies.
  __device__ __forceinline__ i64 offset(i64 position) const {
    if (rank <= 1) return position * strides[0];
    return numel <= kMaxElements ? divided(static_cast<unsigned>(position)) : divided(position);
  }

  /// Extent and stride of the innermost axis; 1 and 0 where there is none.
  i64 run() const { return rank == 0 ? 1 : shape[0]; }
  i64 step() const { return rank == 0 ? 0 : strides[0]; }

  /// True if every stride but that of the innermost axis is a multiple of `n`.
  bool is_multiple(i64 n) const {
    bool multiple = true;
    for (int axis = 0; axis < rank; ++axis) multiple = multiple && strides[axis] % n == 0;
    return multiple;
  }

 private:
  template <class I>
  __device__ __forceinline__ i64 divided(I position) const {
    i64 at = 0;
    for (int axis = 0; axis + 1 < rank; ++axis) {
      const I extent = static_cast<I>(shape[axis]);
      at += static_cast<i64>(position % extent) * strides[axis];
      position /= extent;
    }
    return at + static_cast<i64>(position) * strides[rank - 1];
  }
};

/// x as kernels can walk it: itself, or a row-major copy where the axes before or after `cut` do not merge into few
/// enough.
class Walkable {
 public:
  Walkable(const View& x, int cut) : view_(x) {
    if (Walk(x, 0, cut).rank <= kMaxAxes && Walk(x, cut, x.rank).rank <= kMaxAxes) return;
    strides_ = Dims::filled(x.rank, 1);
    for (int axis = x.rank - 2; axis >= 0; --axis) strides_[axis] = strides_[axis + 1] * x.shape[axis + 1];
    copy_ = Scratch<std::byte>(x.numel() * static_cast<i64>(size_of(x.dtype)));
    view_.data = copy_.data();
    view_.strides = strides_.begin();
    convert(view_, x);
  }
  Walkable(const Walkable&) = delete;
  Walkable& operator=(const Walkable&) = delete;

  const View& view() const { return view_; }

 private:
  View view_;
  Dims strides_;
  Scratch<std::byte> copy_;
};

}  // namespace cadena::cuda

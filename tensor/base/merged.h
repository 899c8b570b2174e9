#pragma once

#include <array>
#include <utility>

#include "tensor/base/view.h"

namespace cadena {

/// N views of one shape, with the axes that all of them step through evenly merged into one: contiguous views become a
/// single long axis. Axes of extent 1 are left out. The innermost axis comes first.
template <std::size_t N>
struct Merged {
  i64 numel = 0;                ///< elements of each view
  Dims shape;                   ///< extents after merging, the innermost first
  std::array<Dims, N> strides;  ///< of each view along these axes, in elements

  /// Merges from the last axis outwards.
  explicit Merged(const std::array<View, N>& views) : numel(views[0].numel()) {
    const View& first = views[0];
    for (int axis = first.rank - 1; axis >= 0; --axis) {  // from the last axis outwards
      const i64 extent = first.shape[axis];
      if (extent == 1) continue;
      const int outermost = shape.rank() - 1;
      bool fits = outermost >= 0;
      for (std::size_t k = 0; fits && k < N; ++k) {
        fits = views[k].strides[axis] == strides[k][outermost] * shape[outermost];
      }
      if (fits) {
        shape[outermost] *= extent;
      } else {
        shape = shape.with_inserted(outermost + 1, extent);
        for (std::size_t k = 0; k < N; ++k) {
          strides[k] = strides[k].with_inserted(outermost + 1, views[k].strides[axis]);
        }
      }
    }
  }
};

}  // namespace cadena

#pragma once

#include "cuda/kernels/enqueue.h"
#include "tensor/base/view.h"

namespace cadena::cuda {

/// A view (outer, n, inner) as a kernel takes it.
struct Block3 {
  i64 shape[3];
  i64 strides[3];

  explicit Block3(const View& x)
      : shape{x.shape[0], x.shape[1], x.shape[2]}, strides{x.strides[0], x.strides[1], x.strides[2]} {}

  __device__ __forceinline__ i64 at(i64 o, i64 k, i64 i) const {
    return o * strides[0] + k * strides[1] + i * strides[2];
  }
  i64 numel() const { return shape[0] * shape[1] * shape[2]; }
};

/// n / d and n % d; in 32 bits where that will do, because a division of 64 bits is a long loop.
__device__ __forceinline__ i64 quotient(i64 n, i64 d) {
  if (((n | d) >> 32) == 0) return static_cast<unsigned>(n) / static_cast<unsigned>(d);
  return n / d;
}

/// The place that an index of an axis of `extent` names; 0 for one that is outside.
__device__ __forceinline__ i64 wrapped(i64 index, i64 extent) {
  const i64 place = index < 0 ? index + extent : index;
  return place >= 0 && place < extent ? place : 0;
}

inline constexpr unsigned kIndexThreads = 256;

/// Blocks of 256 threads for rows of `inner` elements: `across` threads along a row and the others on further rows.
struct RowGrid {
  dim3 grid, block;

  RowGrid(i64 rows, i64 inner) {
    unsigned across = 1;
    while (across < kIndexThreads && across < inner) across *= 2;
    block = dim3(across, kIndexThreads / across);
    grid = dim3(blocks_for(rows, block.y));
  }
};

}  // namespace cadena::cuda

// The product of two strided matrices, tile by tile: all that A1 needs, six times.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

inline constexpr int kProductTile = 64, kProductChunk = 16, kProductThreads = 256;

/// A matrix whose element (i, j) is data[i row_stride + j column_stride]; one of the strides is 1.
struct StridedMatrix {
  const float* data;
  int rows, columns;
  int row_stride, column_stride;

  __device__ __forceinline__ StridedMatrix transposed() const {
    return {data, columns, rows, column_stride, row_stride};
  }
  /// The element, or 0 beyond the edge.
  __device__ __forceinline__ float operator()(int i, int j) const {
    if (i >= rows || j >= columns) return 0;
    return data[static_cast<std::size_t>(i) * static_cast<std::size_t>(row_stride) +
                static_cast<std::size_t>(j) * static_cast<std::size_t>(column_stride)];
  }
};

/// A row-major matrix without gaps.
__device__ __forceinline__ StridedMatrix row_major(const float* data, int rows, int columns) {
  return {data, rows, columns, columns, 1};
}

/// Shared memory of a product: a chunk of the sum for each factor. The odd pitch keeps lanes in different banks.
struct ProductTiles {
  float left[kProductChunk][kProductTile + 1];
  float right[kProductChunk][kProductTile + 1];
};

/// tile[l][i] = x(i0 + i, l0 + l); neighbouring threads fetch neighbours in memory.
__device__ __forceinline__ void load_tile(float (&tile)[kProductChunk][kProductTile + 1], const StridedMatrix& x,
                                          int i0, int l0) {
  const bool along = x.column_stride == 1;
#pragma unroll
  for (int e = threadIdx.x; e < kProductTile * kProductChunk; e += kProductThreads) {
    const int i = along ? e / kProductChunk : e % kProductTile, l = along ? e % kProductChunk : e / kProductTile;
    tile[l][i] = x(i0 + i, l0 + l);
  }
}

/// sum = A B for the 64 x 64 tile at (i0, j0). Thread t of 256 owns rows 4 (t / 16) + i and columns t % 16 + 16 j.
__device__ __forceinline__ void multiply(float (&sum)[4][4], ProductTiles& shared, const StridedMatrix& A, int i0,
                                         const StridedMatrix& B, int j0) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
  for (int l0 = 0; l0 < A.columns; l0 += kProductChunk) {
    load_tile(shared.left, A, i0, l0);
    load_tile(shared.right, B.transposed(), j0, l0);
    __syncthreads();
#pragma unroll
    for (int l = 0; l < kProductChunk; ++l) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] += shared.left[l][y * 4 + i] * shared.right[l][x + j * 16];
      }
    }
    __syncthreads();
  }
}

/// Calls `store(row, column, sum)` for each element that this thread owns of the tile of a rows x columns result at
/// (i0, j0).
template <class Store>
__device__ __forceinline__ void for_each_owned(const float (&sum)[4][4], int i0, int j0, int rows, int columns,
                                               Store store) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int row = i0 + y * 4 + i, column = j0 + x + j * 16;
      if (row < rows && column < columns) store(row, column, sum[i][j]);
    }
  }
}

/// The tile of a block: the grid holds every tile of a rows x columns result, of every member.
struct ProductTask {
  int member, row, column;
  __device__ __forceinline__ ProductTask(int rows, int columns) {
    const int across = tiles(columns, kProductTile), down = tiles(rows, kProductTile);
    column = static_cast<int>(blockIdx.x) % across * kProductTile;
    row = static_cast<int>(blockIdx.x) / across % down * kProductTile;
    member = static_cast<int>(blockIdx.x) / across / down;
  }
  static unsigned count(int members, int rows, int columns) {
    return static_cast<unsigned>(members) * static_cast<unsigned>(tiles(rows, kProductTile)) *
           static_cast<unsigned>(tiles(columns, kProductTile));
  }
};

}  // namespace cadena::cuda::ladder

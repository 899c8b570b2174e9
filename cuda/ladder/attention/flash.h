// What the fused kernels in f32 share: tiles of 64 rows in shared memory, owned by 16 x 16 threads.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "cuda/ladder/attention/task.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {

inline constexpr int kFlashTile = 64, kFlashThreads = 256;

/// Rows of a tile in shared memory, up to `depth` columns; the odd pitch keeps lanes in different banks.
template <int depth>
using FlashRows = float[kFlashTile][depth + 1];

/// tile = rows of a member from `first` on, zeros where rows or columns end.
template <int depth>
__device__ __forceinline__ void load_rows(FlashRows<depth>& tile, const float* matrix, int first, int rows,
                                          int columns) {
#pragma unroll 4
  for (int e = threadIdx.x; e < kFlashTile * depth; e += kFlashThreads) {
    const int i = e / depth, c = e % depth;
    tile[i][c] = first + i < rows && c < columns ? matrix[at(first + i, c, columns)] : 0.0f;
  }
}

/// s = left right^T for the tile. Thread t owns rows 4 (t / 16) + i and columns t % 16 + 16 j.
template <int depth>
__device__ __forceinline__ void multiply_rows(float (&s)[4][4], const FlashRows<depth>& left,
                                              const FlashRows<depth>& right) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) s[i][j] = 0;
  }
#pragma unroll 8
  for (int c = 0; c < depth; ++c) {
    float a[4], b[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) a[i] = left[y * 4 + i][c];
#pragma unroll
    for (int j = 0; j < 4; ++j) b[j] = right[x + j * 16][c];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) s[i][j] += a[i] * b[j];
    }
  }
}

/// Puts the weights of this thread where the other owners of its rows see them: all in the same half of a warp.
__device__ __forceinline__ void share_weights(FlashRows<kFlashTile>& shared, const float (&s)[4][4]) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
  __syncwarp();  // nobody reads the weights before
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) shared[y * 4 + i][x + j * 16] = s[i][j];
  }
  __syncwarp();
}

/// sum += weights rows. Thread t owns rows 4 (t / 16) + i and columns t % 16 + 16 c of the sum.
template <int depth>
__device__ __forceinline__ void add_weighted(float (&sum)[4][depth / 16], const FlashRows<kFlashTile>& weights,
                                             const FlashRows<depth>& rows) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
#pragma unroll 4
  for (int j = 0; j < kFlashTile; ++j) {
    float weight[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) weight[i] = weights[y * 4 + i][j];
#pragma unroll
    for (int c = 0; c < depth / 16; ++c) {
      const float value = rows[j][x + c * 16];
#pragma unroll
      for (int i = 0; i < 4; ++i) sum[i][c] += weight[i] * value;
    }
  }
}

/// Folds over the 16 neighbouring lanes that own a row.
template <class Fold>
__device__ __forceinline__ float row_fold(float value, Fold fold) {
#pragma unroll
  for (int distance = 8; distance > 0; distance /= 2) {
    value = fold(value, __shfl_xor_sync(kFullWarp, value, distance));
  }
  return value;
}

/// Calls `store(row, column, value)` for what this thread owns of rows from `first` on.
template <int depth, class Store>
__device__ __forceinline__ void for_each_sum(const float (&sum)[4][depth / 16], int first, int rows, int columns,
                                             Store store) {
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int c = 0; c < depth / 16; ++c) {
      const int row = first + y * 4 + i, column = x + c * 16;
      if (row < rows && column < columns) store(row, column, sum[i][c]);
    }
  }
}

/// Calls `run` with 32, 64 or 128 as a type's ::value, the least that holds `depth`; throws CudaError beyond.
template <class Run>
void with_flash_depth(const char* step, int depth, Run run) {
  if (depth < 1 || depth > 128) {
    throw CudaError(cudaErrorInvalidValue,
                    std::string(step) + " takes a depth of 1 to 128, not " + std::to_string(depth), Location::here());
  }
  if (depth <= 32) return run(std::integral_constant<int, 32>());
  if (depth <= 64) return run(std::integral_constant<int, 64>());
  run(std::integral_constant<int, 128>());
}

}  // namespace cadena::cuda::ladder

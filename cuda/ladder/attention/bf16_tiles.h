// What the kernels of A4 share: tiles of bf16 in shared memory, and fragments of them for mma.sync.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <string>

#include "cuda/ladder/attention/problem.h"
#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/matrix.h"
#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {

inline constexpr float kLog2E = 1.44269504088896340736f;

/// Where column `column` of row `row` lies in its row: chunks of 16 bytes change places by an exclusive or with the
/// number of the row, so that the eight rows ldmatrix reads at once fall into different banks (as in T3).
__device__ __forceinline__ int swizzled(int row, int column) { return column ^ (row % 8 * 8); }

/// Starts to copy rows of a member from `first` on into a tile; zeros where rows end. Thread t of `threads` copies
/// every threads-th chunk of 16 bytes.
template <int threads, int tile_rows, int depth>
__device__ __forceinline__ void copy_rows(__nv_bfloat16 (&tile)[tile_rows][depth], const __nv_bfloat16* matrix,
                                          int first, int rows) {
#pragma unroll
  for (int e = threadIdx.x * 8; e < tile_rows * depth; e += threads * 8) {
    const int i = e / depth, c = e % depth;
    const bool inside = first + i < rows;
    async_copy_or_zero<16>(&tile[i][swizzled(i, c)], inside ? &matrix[at(first + i, c, depth)] : matrix, inside);
  }
}

/// What a lane's column is changed by: it reads row lane % 8 of a group of eight, in the left or the right chunk of a
/// fragment. Fragments begin at multiples of 16 columns, so that one exclusive or is the whole address.
__device__ __forceinline__ int swizzle_of_lane(int right) { return right * 8 ^ static_cast<int>(threadIdx.x) % 8 * 8; }

/// A fragment of A: rows `row` to row + 15, columns `column` to column + 15 of the tile.
template <int tile_rows, int depth>
__device__ __forceinline__ void load_a(std::uint32_t (&a)[4], const __nv_bfloat16 (&tile)[tile_rows][depth], int row,
                                       int column) {
  const int lane = threadIdx.x % 32;
  ldmatrix_x4(a, &tile[row + lane % 16][column ^ swizzle_of_lane(lane / 16)]);
}

/// Two fragments of B whose columns are rows `row` to row + 15 of the tile; the sum runs along 16 columns of the tile.
template <int tile_rows, int depth>
__device__ __forceinline__ void load_b(std::uint32_t (&b)[2][2], const __nv_bfloat16 (&tile)[tile_rows][depth], int row,
                                       int column) {
  const int lane = threadIdx.x % 32;
  std::uint32_t pair[4];
  ldmatrix_x4(pair, &tile[row + lane % 8 + lane / 16 * 8][column ^ swizzle_of_lane(lane / 8 % 2)]);
  b[0][0] = pair[0];
  b[0][1] = pair[1];
  b[1][0] = pair[2];
  b[1][1] = pair[3];
}

/// Two fragments of B whose columns are columns of the tile; the sum runs along rows `row` to row + 15.
template <int tile_rows, int depth>
__device__ __forceinline__ void load_b_trans(std::uint32_t (&b)[2][2], const __nv_bfloat16 (&tile)[tile_rows][depth],
                                             int row, int column) {
  const int lane = threadIdx.x % 32;
  std::uint32_t pair[4];
  ldmatrix_x4_trans(pair, &tile[row + lane % 16][column ^ swizzle_of_lane(lane / 16)]);
  b[0][0] = pair[0];
  b[0][1] = pair[1];
  b[1][0] = pair[2];
  b[1][1] = pair[3];
}

/// Two numbers rounded to bf16 in one register, `low` in the lower half.
__device__ __forceinline__ std::uint32_t pack(float low, float high) {
  const std::uint32_t bits = __bfloat16_as_ushort(__float2bfloat16(high));
  return bits << 16 | __bfloat16_as_ushort(__float2bfloat16(low));
}

//! [to_a]
/// Results as a fragment of A of the next product: numbers 0 to 3 of two neighbouring 16 x 8 blocks lie where A wants
/// its columns 0 to 7 and 8 to 15.
__device__ __forceinline__ void to_a(std::uint32_t (&a)[4], const float (&left)[4], const float (&right)[4]) {
  a[0] = pack(left[0], left[1]);
  a[1] = pack(left[2], left[3]);
  a[2] = pack(right[0], right[1]);
  a[3] = pack(right[2], right[3]);
}
//! [to_a]

/// Stores two neighbours of a row.
__device__ __forceinline__ void store2(__nv_bfloat16* to, float low, float high) {
  Vector<__nv_bfloat16, 2> pair;
  pair[0] = __float2bfloat16(low);
  pair[1] = __float2bfloat16(high);
  store_vector(to, pair);
}

/// Calls `run` with 64 or 128 as a type's ::value; throws CudaError for another depth, or where a matrix does not begin
/// at a multiple of 16 bytes.
template <class Run>
void with_bf16_depth(const char* step, int depth, std::initializer_list<const __nv_bfloat16*> matrices, Run run) {
  if (depth != 64 && depth != 128) {
    throw CudaError(cudaErrorInvalidValue,
                    std::string(step) + " takes a depth of 64 or 128, not " + std::to_string(depth), Location::here());
  }
  for (const __nv_bfloat16* matrix : matrices) {
    if (!is_aligned<8>(matrix)) {
      throw CudaError(cudaErrorMisalignedAddress,
                      std::string(step) + " takes matrices that begin at multiples of 16 bytes", Location::here());
    }
  }
  if (depth == 64) return run(std::integral_constant<int, 64>());
  run(std::integral_constant<int, 128>());
}

}  // namespace cadena::cuda::ladder

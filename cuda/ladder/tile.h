// Tiles of row-major matrices whose sizes need not be multiples of anything.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "cuda/runtime/vector_load.h"

namespace cadena::cuda::ladder {

/// Where element (row, column) of a row-major matrix of `columns` columns is stored; 64 bits, for 2^31 elements are
/// few.
__host__ __device__ __forceinline__ std::size_t at(int row, int column, int columns) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
}

/// How many tiles of `tile` cover `size`.
__host__ __device__ constexpr int tiles(int size, int tile) { return size / tile + (size % tile != 0); }

/// True if `count` values of T starting at `pointer`, and at each multiple of `pitch` values behind it, are aligned
/// for one load of all of them.
template <int count, class T>
bool loads_aligned(const T* pointer, int pitch) {
  return reinterpret_cast<std::uintptr_t>(pointer) % (count * sizeof(T)) == 0 && pitch % count == 0;
}

/// Four neighbours of a row from (row, column) on, zeros where the matrix ends. If `wide`, rows start at multiples of
/// 16 bytes, so that the four lie inside or outside together and are one load.
template <bool wide>
__device__ __forceinline__ float4 load4(const float* matrix, int row, int column, int rows, int columns) {
  if constexpr (wide) {
    if (row >= rows || column >= columns) return make_float4(0, 0, 0, 0);
    return load_float4(&matrix[at(row, column, columns)]);
  } else {
    const auto element = [&](int c) { return row < rows && c < columns ? matrix[at(row, c, columns)] : 0.0f; };
    return make_float4(element(column), element(column + 1), element(column + 2), element(column + 3));
  }
}

}  // namespace cadena::cuda::ladder

// What wgmma multiplies: tiles in shared memory, and the descriptors that name them.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

#include "cuda/runtime/hopper/mbarrier.h"

/// \file
/// Both operands lie in shared memory as TMA leaves them with a swizzle of 128 bytes: rows of 64 bf16, that is 128
/// bytes, in which chunk c of 16 bytes of row r stands in place c ^ (r % 8). A descriptor says where a tile starts
/// (1,024-byte aligned patterns) and how to go on. (PTX ISA 9.7.15.5.1, "Shared Memory Matrix Layout" and "Matrix
/// Descriptor Format")
namespace cadena::cuda {

/// How the rows of a factor in shared memory run: along the sum (K-major) or across it (MN-major).
enum class Rows { along = 0, across = 1 };

/// Bytes of a row of a tile in shared memory.
inline constexpr int kSwizzleBytes = 128;

/// Descriptor of a tile with a swizzle of 128 bytes: `leading` and `stride` in bytes.
__device__ __forceinline__ std::uint64_t wgmma_descriptor(const void* tile, int leading, int stride) {
  const auto field = [](std::uint64_t bytes) { return (bytes & 0x3ffff) >> 4; };
  constexpr std::uint64_t kSwizzle128 = std::uint64_t{1} << 62;
  return kSwizzle128 | field(stride) << 32 | field(leading) << 16 | field(shared_address(tile));
}

/// Descriptor of rows that run along the sum: eight rows take 1,024 bytes; `leading` has no meaning.
__device__ __forceinline__ std::uint64_t k_major_descriptor(const __nv_bfloat16* tile) {
  return wgmma_descriptor(tile, 16, 8 * kSwizzleBytes);
}

/// Descriptor of rows that run across the sum: the tile is cut into slabs of 64 columns, `slab` bytes apart; eight
/// steps of the sum take 1,024 bytes.
__device__ __forceinline__ std::uint64_t mn_major_descriptor(const __nv_bfloat16* tile, int slab) {
  return wgmma_descriptor(tile, slab, 8 * kSwizzleBytes);
}

}  // namespace cadena::cuda

// TMA: one thread orders a whole tile, and a barrier in shared memory counts its bytes in. Compute capability 9.0 and
// later.
#pragma once

#include <cuda.h>

#include <cstdint>

#include "cuda/runtime/hopper/mbarrier.h"

/// \file
/// Tiles are those of a map (cuda/runtime/tensor_map.h): rows of 64 bf16, swizzled. A tile begins in dynamic shared
/// memory at a multiple of 1,024 bytes (aligned_shared).
namespace cadena::cuda {

/// Orders the tile that begins at (row, column) into shared memory; its bytes count towards `barrier`.
__device__ __forceinline__ void tma_load(void* tile, const CUtensorMap& map, int row, int column, Barrier* barrier) {
#ifdef CADENA_EMULATED
  emulated::load_box(tile, map, {column, row, 0}, barrier, 0);
#else
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::
          "r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row)
      : "memory");
#endif
}

/// The same of matrix number `member` of a map of several.
__device__ __forceinline__ void tma_load(void* tile, const CUtensorMap& map, int member, int row, int column,
                                         Barrier* barrier) {
#ifdef CADENA_EMULATED
  emulated::load_box(tile, map, {column, row, member}, barrier, 0);
#else
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], "
      "[%2];" ::"r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row), "r"(member)
      : "memory");
#endif
}

/// The same into the same place of every block of the cluster whose bit is set, counting at the barrier of each.
__device__ __forceinline__ void tma_load_multicast(void* tile, const CUtensorMap& map, int row, int column,
                                                   Barrier* barrier, std::uint16_t blocks) {
#ifdef CADENA_EMULATED
  emulated::load_box(tile, map, {column, row, 0}, barrier, blocks);
#else
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster "
      "[%0], [%1, {%3, %4}], [%2], %5;" ::"r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row), "h"(blocks)
      : "memory");
#endif
}

/// Orders `bytes` that follow each other; all three are multiples of 16.
__device__ __forceinline__ void tma_load_bytes(void* shared, const void* global, int bytes, Barrier* barrier) {
#ifdef CADENA_EMULATED
  emulated::load_bytes(shared, global, bytes, barrier);
#else
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(shared)),
               "l"(global), "r"(bytes), "r"(shared_address(barrier))
               : "memory");
#endif
}

/// Orders a tile from shared memory to (row, column) of the matrix.
__device__ __forceinline__ void tma_store(const CUtensorMap& map, const void* tile, int row, int column) {
#ifdef CADENA_EMULATED
  emulated::store_box(map, tile, {column, row, 0});
#else
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];" ::"l"(&map),
               "r"(shared_address(tile)), "r"(column), "r"(row)
               : "memory");
#endif
}

/// The same to matrix number `member` of a map of several.
__device__ __forceinline__ void tma_store(const CUtensorMap& map, const void* tile, int member, int row, int column) {
#ifdef CADENA_EMULATED
  emulated::store_box(map, tile, {column, row, member});
#else
  asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.bulk_group [%0, {%2, %3, %4}], [%1];" ::"l"(&map),
               "r"(shared_address(tile)), "r"(column), "r"(row), "r"(member)
               : "memory");
#endif
}

/// Orders that numbers in shared memory be added to those in device memory, each addition atomic, in any order; `bytes`
/// and both addresses are multiples of 16.
__device__ __forceinline__ void tma_add(float* global, const float* shared, int bytes) {
#ifdef CADENA_EMULATED
  emulated::add_floats(global, shared, bytes);
#else
  asm volatile("cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%0], [%1], %2;" ::"l"(global),
               "r"(shared_address(shared)), "r"(bytes)
               : "memory");
#endif
}

/// Closes the stores and additions of this thread since the last commit into a group.
__device__ __forceinline__ void tma_store_commit() {
#ifdef CADENA_EMULATED
  emulated::close_transfers();
#else
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
#endif
}

/// Waits until at most `pending` groups of this thread still read shared memory.
template <int pending>
__device__ __forceinline__ void tma_store_wait_read() {
#ifdef CADENA_EMULATED
  emulated::wait_transfers(pending);
#else
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(pending) : "memory");
#endif
}

/// Shows what this thread wrote to shared memory to TMA and wgmma; a barrier among the writers follows.
__device__ __forceinline__ void shared_to_async() {
#ifndef CADENA_EMULATED
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

}  // namespace cadena::cuda

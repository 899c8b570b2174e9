// TMA: one thread orders a whole tile, and a barrier in shared memory counts its bytes in. Compute capability 9.0 and
// later.
#pragma once

#include <cuda.h>
#include <cuda_bf16.h>

#include <cstdint>

#include "cuda/ladder/hopper/wgmma.h"
#include "cuda/runtime/dynamic_shared.h"

namespace cadena::cuda::ladder {

/// A map of the row-major rows x columns matrix, for tiles of `tile_rows` rows of 64 columns with a swizzle of 128
/// bytes. Beyond the edge, loads give zeros and stores write nothing. `matrix` is 16-byte aligned, `columns` a multiple
/// of 8. Throws CudaError where the driver knows no TMA or refuses the sizes.
CUtensorMap tile_map(const __nv_bfloat16* matrix, int rows, int columns, int tile_rows);

/// The same of `members` matrices that follow each other; the edge is that of each matrix, so that no tile reaches into
/// the next one.
CUtensorMap tile_map(const __nv_bfloat16* matrices, int members, int rows, int columns, int tile_rows);

/// Dynamic shared memory from its first multiple of 1,024 bytes on, where the pattern of the swizzle starts.
template <class T>
__device__ __forceinline__ T* aligned_shared() {
  unsigned char* start = dynamic_shared<unsigned char>();
  return reinterpret_cast<T*>(start + (1024 - shared_address(start) % 1024) % 1024);
}

/// A barrier in shared memory (mbarrier): a phase ends when all arrivals and all bytes announced have come in. Phases
/// have parity 0, 1, 0, …
using Barrier = std::uint64_t;

/// Prepares a barrier for `arrivals` arrivals a phase; one thread does, then barriers_ready and a __syncthreads follow.
__device__ __forceinline__ void barrier_init(Barrier* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}

/// Shows initialized barriers to TMA and to the other blocks of the cluster.
__device__ __forceinline__ void barriers_ready() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

/// Arrives.
__device__ __forceinline__ void barrier_arrive(Barrier* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}

/// Arrives at the barrier at the same place in block `rank` of the cluster.
__device__ __forceinline__ void barrier_arrive_at(Barrier* barrier, unsigned rank) {
  asm volatile(
      "{\n.reg .b32 remote;\nmapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n}\n" ::"r"(shared_address(barrier)),
      "r"(rank)
      : "memory");
}

/// Arrives and announces `bytes` that TMA will deliver in this phase.
__device__ __forceinline__ void barrier_expect(Barrier* barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
               : "memory");
}

/// Waits for the end of the phase of that parity. The barrier before the first phase counts as one of parity 1.
__device__ __forceinline__ void barrier_wait(Barrier* barrier, int parity) {
  std::uint32_t done = 0;
  while (!done) {
    asm volatile(
        "{\n.reg .pred done;\n"
        "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, [%1], %2;\n"
        "selp.u32 %0, 1, 0, done;\n}\n"
        : "=r"(done)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
  }
}

/// Orders the tile that begins at (row, column) into shared memory; its bytes count towards `barrier`.
__device__ __forceinline__ void tma_load(void* tile, const CUtensorMap& map, int row, int column, Barrier* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::
          "r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row)
      : "memory");
}

/// The same of matrix number `member` of a map of several.
__device__ __forceinline__ void tma_load(void* tile, const CUtensorMap& map, int member, int row, int column,
                                         Barrier* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], "
      "[%2];" ::"r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row), "r"(member)
      : "memory");
}

/// The same into the same place of every block of the cluster whose bit is set, counting at the barrier of each.
__device__ __forceinline__ void tma_load_multicast(void* tile, const CUtensorMap& map, int row, int column,
                                                   Barrier* barrier, std::uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster "
      "[%0], [%1, {%3, %4}], [%2], %5;" ::"r"(shared_address(tile)),
      "l"(&map), "r"(shared_address(barrier)), "r"(column), "r"(row), "h"(blocks)
      : "memory");
}

/// Orders a tile from shared memory to (row, column) of the matrix.
__device__ __forceinline__ void tma_store(const CUtensorMap& map, const void* tile, int row, int column) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];" ::"l"(&map),
               "r"(shared_address(tile)), "r"(column), "r"(row)
               : "memory");
}

/// The same to matrix number `member` of a map of several.
__device__ __forceinline__ void tma_store(const CUtensorMap& map, const void* tile, int member, int row, int column) {
  asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.bulk_group [%0, {%2, %3, %4}], [%1];" ::"l"(&map),
               "r"(shared_address(tile)), "r"(column), "r"(row), "r"(member)
               : "memory");
}

/// Closes the stores of this thread since the last commit into a group.
__device__ __forceinline__ void tma_store_commit() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }

/// Waits until at most `pending` groups of this thread still read shared memory.
template <int pending>
__device__ __forceinline__ void tma_store_wait_read() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(pending) : "memory");
}

/// Shows what this thread wrote to shared memory to TMA; a barrier among the writers follows.
__device__ __forceinline__ void shared_to_async() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/// Waits for the 128 threads of a warpgroup; `name` from 1 to 15.
__device__ __forceinline__ void warpgroup_sync(int name) { asm volatile("bar.sync %0, 128;" ::"r"(name) : "memory"); }

/// Waits at barrier `name` until the 128 threads of another warpgroup have arrived there: how warpgroups take
/// turns.
__device__ __forceinline__ void turn_wait(int name) { asm volatile("bar.sync %0, 256;" ::"r"(name) : "memory"); }

/// Arrives at barrier `name`, where another warpgroup waits.
__device__ __forceinline__ void turn_pass(int name) { asm volatile("bar.arrive %0, 256;" ::"r"(name) : "memory"); }

/// The number of this block in its cluster.
__device__ __forceinline__ unsigned cluster_rank() {
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

/// Waits for all threads of all blocks of the cluster.
__device__ __forceinline__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" ::: "memory");
}

}  // namespace cadena::cuda::ladder

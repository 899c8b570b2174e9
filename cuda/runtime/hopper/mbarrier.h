// Barriers of Hopper: in shared memory, where they count arrivals and bytes; by name, for warpgroups; of a cluster.
// Compute capability 9.0 and later.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/runtime/dynamic_shared.h"

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/hopper.h"
#endif

namespace cadena::cuda {

/// The address of shared memory as instructions take it.
__device__ __forceinline__ std::uint32_t shared_address(const void* pointer) {
#ifdef CADENA_EMULATED
  return emulated::shared_address(pointer);
#else
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
#endif
}

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
#ifdef CADENA_EMULATED
  emulated::barrier_init(barrier, arrivals);
#else
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
#endif
}

/// Shows initialized barriers to TMA and to the other blocks of the cluster.
__device__ __forceinline__ void barriers_ready() {
#ifndef CADENA_EMULATED
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#endif
}

/// Arrives.
__device__ __forceinline__ void barrier_arrive(Barrier* barrier) {
#ifdef CADENA_EMULATED
  emulated::barrier_arrive(barrier, 0);
#else
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
#endif
}

/// Arrives at the barrier at the same place in block `rank` of the cluster.
__device__ __forceinline__ void barrier_arrive_at(Barrier* barrier, unsigned rank) {
#ifdef CADENA_EMULATED
  emulated::barrier_arrive_at(barrier, rank);
#else
  asm volatile(
      "{\n.reg .b32 remote;\nmapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n}\n" ::"r"(shared_address(barrier)),
      "r"(rank)
      : "memory");
#endif
}

/// Arrives and announces `bytes` that TMA will deliver in this phase.
__device__ __forceinline__ void barrier_expect(Barrier* barrier, int bytes) {
#ifdef CADENA_EMULATED
  emulated::barrier_arrive(barrier, bytes);
#else
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
               : "memory");
#endif
}

/// Waits for the end of the phase of that parity. The barrier before the first phase counts as one of parity 1.
__device__ __forceinline__ void barrier_wait(Barrier* barrier, int parity) {
#ifdef CADENA_EMULATED
  emulated::barrier_wait(barrier, parity);
#else
  std::uint32_t done = 0;
  while (!done) {
    asm volatile(
        "{\n.reg .pred done;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%1], %2;\n"
        "selp.u32 %0, 1, 0, done;\n}\n"
        : "=r"(done)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
  }
#endif
}

/// The same where threads of other blocks of the cluster arrive. Each try empties the L1 cache, so this is for the
/// threads that need it.
__device__ __forceinline__ void barrier_wait_cluster(Barrier* barrier, int parity) {
#ifdef CADENA_EMULATED
  emulated::barrier_wait(barrier, parity);
#else
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
#endif
}

/// Waits at barrier `name`, from 1 to 15, until `threads` threads have come there, those that pass among them; whole
/// warps come.
__device__ __forceinline__ void named_wait(int name, int threads) {
#ifdef CADENA_EMULATED
  emulated::named_barrier(name, threads, true);
#else
  asm volatile("bar.sync %0, %1;" ::"r"(name), "r"(threads) : "memory");
#endif
}

/// Comes to barrier `name`, where others wait, and goes on.
__device__ __forceinline__ void named_pass(int name, int threads) {
#ifdef CADENA_EMULATED
  emulated::named_barrier(name, threads, false);
#else
  asm volatile("bar.arrive %0, %1;" ::"r"(name), "r"(threads) : "memory");
#endif
}

/// Waits for the 128 threads of a warpgroup; `name` from 1 to 15.
__device__ __forceinline__ void warpgroup_sync(int name) { named_wait(name, 128); }

/// Waits at barrier `name` until the 128 threads of another warpgroup have arrived there: how warpgroups take
/// turns.
__device__ __forceinline__ void turn_wait(int name) { named_wait(name, 256); }

/// Arrives at barrier `name`, where another warpgroup waits.
__device__ __forceinline__ void turn_pass(int name) { named_pass(name, 256); }

/// The number of this block in its cluster.
__device__ __forceinline__ unsigned cluster_rank() {
#ifdef CADENA_EMULATED
  return emulated::cluster_rank();
#else
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
#endif
}

/// Waits for all threads of all blocks of the cluster.
__device__ __forceinline__ void cluster_sync() {
#ifdef CADENA_EMULATED
  emulated::cluster_sync();
#else
  asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" ::: "memory");
#endif
}

/// Registers of a thread at the launch of a kernel of `threads` threads a block, one block a multiprocessor, that gives
/// and takes: 65,536 divided in steps of 8. A block never has more: who takes what nobody gave waits for ever.
constexpr int registers_at_launch(int threads) { return 65536 / threads / 8 * 8; }

/// Gives registers back, so that this warpgroup keeps `count` a thread.
template <int count>
__device__ __forceinline__ void give_registers() {
  static_assert(count % 8 == 0 && 24 <= count && count <= 256, "a multiple of 8 from 24 to 256");
#ifndef CADENA_EMULATED
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(count));
#endif
}

/// Takes registers that others gave back, up to `count` a thread.
template <int count>
__device__ __forceinline__ void take_registers() {
  static_assert(count % 8 == 0 && 24 <= count && count <= 256, "a multiple of 8 from 24 to 256");
#ifndef CADENA_EMULATED
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(count));
#endif
}

}  // namespace cadena::cuda

#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/async_copy.h"
#endif

/// Copies from global to shared memory that go on while the thread computes (cp.async, PTX ISA 9.7.9.25). A thread
/// starts copies, closes them into a group with async_copy_commit, and waits for its oldest groups; a barrier then
/// shows the data to the block. Before compute capability 8.0 the copies are done at once.
namespace cadena::cuda {

/// Starts copying `Bytes` (4, 8 or 16) bytes where `valid`; otherwise starts writing zeros, and `global` is not read.
/// Both addresses are aligned to `Bytes`.
template <int Bytes>
__device__ __forceinline__ void async_copy_or_zero(void* shared, const void* global, bool valid) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "cp.async copies 4, 8 or 16 bytes");
#ifdef CADENA_EMULATED
  emulated::async_copy(shared, global, Bytes, valid);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  for (int i = 0; i < Bytes / 4; ++i) {
    static_cast<uint32_t*>(shared)[i] = valid ? static_cast<const uint32_t*>(global)[i] : 0u;
  }
#elif defined(__CUDA_ARCH__)
  const unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  const int bytes = valid ? Bytes : 0;
  if constexpr (Bytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(bytes) : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(Bytes), "r"(bytes)
                 : "memory");
  }
#endif
}

/// Starts copying `Bytes` (4, 8 or 16) bytes. Both addresses are aligned to `Bytes`.
template <int Bytes>
__device__ __forceinline__ void async_copy(void* shared, const void* global) {
  async_copy_or_zero<Bytes>(shared, global, true);
}

/// Closes the copies started since the last commit into one group, possibly an empty one.
__device__ __forceinline__ void async_copy_commit() {
#ifdef CADENA_EMULATED
  emulated::async_copy_commit();
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until at most the `Pending` newest groups of this thread are unfinished.
template <int Pending = 0>
__device__ __forceinline__ void async_copy_wait() {
  static_assert(Pending >= 0, "a count of groups");
#ifdef CADENA_EMULATED
  emulated::async_copy_wait(Pending);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
#endif
}

}  // namespace cadena::cuda

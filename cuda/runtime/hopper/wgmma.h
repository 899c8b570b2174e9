// wgmma: a warpgroup of 128 threads multiplies tiles straight from shared memory. Compute capability 9.0 only (sm_90a).
#pragma once

#include <cstdint>

#include "cuda/runtime/hopper/wgmma_operands.h"

#ifndef CADENA_EMULATED
#include "cuda/runtime/hopper/wgmma_forms.h"
#endif

/// \file
/// wgmma<rows of A, rows of B>(d, a, b, accumulate) is D = A B, or D += A B where `accumulate` (as if unset), in f32: A
/// is 64 x 16 and B 16 x N in bf16, each named by a descriptor. wgmma<rows of B> takes A from registers: four words of
/// two numbers a thread, in the order of mma_m16n8k16 (cuda/runtime/matrix.h), 16 rows a warp. Of D, 64 x N, a thread
/// holds N / 2 numbers, so that `d` tells the width: thread t of the warpgroup holds, as number 4 j + 0 and 1, row
/// 16 (t / 32) + t % 32 / 4, columns 8 j + 2 (t % 4) and the next, and as number 4 j + 2 and 3 the same columns eight
/// rows below. (PTX ISA 9.7.15.5.1, "Register Fragments for wgmma.mma_async.m64nNk16")
///
/// The product goes on while the threads do: what it reads and writes is left alone until wgmma_wait.
namespace cadena::cuda {

#ifdef CADENA_EMULATED
template <Rows rows_of_a, Rows rows_of_b, int count>
__device__ __forceinline__ void wgmma(float (&d)[count], std::uint64_t a, std::uint64_t b, int accumulate = 1) {
  emulated::wgmma(d, nullptr, a, b, 2 * count, accumulate != 0, rows_of_a == Rows::across, rows_of_b == Rows::across);
}
template <Rows rows_of_b, int count>
__device__ __forceinline__ void wgmma(float (&d)[count], const std::uint32_t (&a)[4], std::uint64_t b,
                                      int accumulate = 1) {
  emulated::wgmma(d, a, 0, b, 2 * count, accumulate != 0, false, rows_of_b == Rows::across);
}
#endif

/// Orders what the warpgroup wrote to registers before the wgmma that follow.
__device__ __forceinline__ void wgmma_fence() {
#ifdef CADENA_EMULATED
  emulated::wgmma_fence();
#else
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
}

/// Closes the wgmma since the last commit into a group.
__device__ __forceinline__ void wgmma_commit() {
#ifdef CADENA_EMULATED
  emulated::wgmma_commit();
#else
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
}

/// Waits until at most `pending` groups are unfinished; the sums `d` are not looked at before.
template <int pending, int count>
__device__ __forceinline__ void wgmma_wait(float (&d)[count]) {
#ifdef CADENA_EMULATED
  emulated::wgmma_wait(pending);
  (void)d;
#else
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
#pragma unroll
  for (int i = 0; i < count; ++i) asm volatile("" : "+f"(d[i])::"memory");
#endif
}

/// Keeps the compiler from moving uses of registers that a wgmma reads across this line.
template <int steps>
__device__ __forceinline__ void wgmma_hold(std::uint32_t (&a)[steps][4]) {
#ifdef CADENA_EMULATED
  (void)a;
#else
#pragma unroll
  for (int l = 0; l < steps; ++l) {
#pragma unroll
    for (int i = 0; i < 4; ++i) asm volatile("" : "+r"(a[l][i])::"memory");
  }
#endif
}

}  // namespace cadena::cuda

#pragma once

/// What CUDA's qualifiers mean to a plain C++ compiler. Host and device code are the same code here, so most of them
/// mean nothing.
#define CADENA_EMULATED 1
#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __forceinline__ inline __attribute__((always_inline))

/// One block runs on one OS thread at a time, so what the threads of a block share is what an OS thread owns. At block
/// scope `thread_local` implies `static`, as `__shared__` does.
#define __shared__ thread_local

/// For the emulator's own functions in headers: the microscope instruments the loads and stores of kernels, not theirs.
#define CADENA_NOT_COUNTED __attribute__((no_sanitize("thread")))

/// Where they compute as well, on behalf of hardware that counts its operations itself: nor their arithmetic.
#if __has_attribute(no_sanitize_coverage)
#define CADENA_NOT_COUNTED_AT_ALL __attribute__((no_sanitize("thread"), no_sanitize_coverage, noinline))
#else
#define CADENA_NOT_COUNTED_AT_ALL CADENA_NOT_COUNTED
#endif

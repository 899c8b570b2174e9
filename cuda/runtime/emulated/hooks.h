#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/runtime/emulated/api_types.h"

namespace cadena::cuda::emulated {

/// A launch that was refused, or a kernel that was stopped.
struct FailedLaunch {
  const void* kernel;
  const char* what;
  const char* file;  ///< with `line`, or null
  int line;
  const void* place;  ///< an address in the code, where no file is known; or null
  uint3 thread, block;
};

/// What the emulator tells an observer: the microscope. Where hooks are set, all blocks run on one OS thread, one after
/// another, in order.
struct Hooks {
  void (*kernel_begin)(const void* kernel, const cudaLaunchConfig_t& config);
  void (*kernel_end)();
  /// A launch has failed, before its kernel began or while it ran.
  void (*fail)(const FailedLaunch& launch);
  /// A block begins: its rank in the grid, its threads, its dynamic shared memory, and where its threads' stacks lie.
  void (*block_begin)(uint64_t block, int threads, void* dynamic_shared, size_t shared_bytes, char* stacks,
                      size_t stack_bytes);
  void (*block_end)();
  /// From now on thread `thread` of the block runs.
  void (*set_thread)(int thread);
  /// The running warp is left for another one.
  void (*leave_warp)();
  /// The lanes of `mask` of warp `warp` have met.
  void (*warp_sync)(int warp, uint32_t mask);
  /// All threads of the block have met.
  void (*block_sync)();
  /// The running thread executes a memory fence.
  void (*fence)();
  /// An atomic operation is about to be done; `place` is the return address in the kernel.
  void (*atomic)(void* address, int bytes, const void* place);
  /// Emulated hardware (cp.async, ldmatrix) reads or writes on behalf of the running thread.
  void (*access)(const void* address, int bytes, bool write, const void* place);
  /// A warp executes mma.sync: how many multiplications and additions, and whether of tf32 (otherwise of 2-byte
  /// numbers).
  void (*tensor_core)(int operations, bool tf32, const void* place);
  /// Device memory was allocated, inside the arena given.
  void (*allocate)(void* memory, size_t bytes, void* arena, size_t arena_bytes);
  void (*release)(void* memory);
  /// The host has written device memory.
  void (*host_write)(void* memory, size_t bytes);
};

/// The observer, or null. Set it before the first launch.
extern const Hooks* hooks;

/// Fails the running kernel from a hook: what is wrong, and where. `place` is a return address in the kernel.
[[noreturn]] void fail_at(cudaError_t code, const char* what, const void* place);

}  // namespace cadena::cuda::emulated

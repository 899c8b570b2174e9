#pragma once

#include <algorithm>

#include "cuda/kernels/kernel_log.h"
#include "cuda/kernels/stream.h"
#include "cuda/runtime/launch.h"
#include "tensor/base/dtype.h"
#include "tensor/base/error.h"

namespace cadena::cuda {

/// Launches a kernel on the current stream. Throws cadena::CudaError naming the kernel and what the device refused.
template <class... Parameters, class... Arguments>
void enqueue(void (*kernel)(Parameters...), Launch shape, Arguments&&... arguments) {
  shape.stream = current_stream();
  KernelLog::record(reinterpret_cast<const void*>(kernel));
  try {
    launch(kernel, shape, static_cast<Parameters>(arguments)...);
  } catch (const std::runtime_error& error) {
    throw cadena::CudaError(error.what());
  }
}

/// The same for `grid` blocks of `block` threads.
template <class... Parameters, class... Arguments>
void enqueue(void (*kernel)(Parameters...), unsigned grid, unsigned block, Arguments&&... arguments) {
  enqueue(kernel, Launch{.grid = grid, .block = block}, static_cast<Parameters>(arguments)...);
}

/// Blocks of `threads` that cover n elements; at most so many that a device is full, the kernel loops over the rest.
inline unsigned blocks_for(i64 n, unsigned threads) {
  constexpr i64 kMost = 8192;
  return static_cast<unsigned>(std::clamp<i64>((n + threads - 1) / threads, 1, kMost));
}

}  // namespace cadena::cuda

#pragma once

#include <cuda_runtime.h>

#include <utility>

#include "cuda/runtime/emulated/dynamic_shared.h"

namespace cadena::cuda::emulated {

/// A launch whose arguments are still to come: what `kernel<<<grid, block, bytes, stream>>>` stands for.
template <class... Parameters>
struct Chevrons {
  void (*kernel)(Parameters...);
  cudaLaunchConfig_t config;

  /// Launches. As with nvcc, cudaGetLastError tells whether it failed.
  template <class... Arguments>
  void operator()(Arguments&&... arguments) const {
    cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
  }
};

/// tools/launch_syntax.py writes this in place of the chevrons, which a C++ compiler cannot parse.
template <class... Parameters>
Chevrons<Parameters...> launch_with_chevrons(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t bytes = 0,
                                             cudaStream_t stream = nullptr) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = bytes;
  config.stream = stream;
  return {kernel, config};
}

/// What tools/launch_syntax.py makes of `extern __shared__ T name[];` outside of functions: it stands for a pointer to
/// the dynamic shared memory of the running block, and can be cast to one of another type.
template <class T>
struct DynamicShared {
  __forceinline__ operator T*() const { return static_cast<T*>(dynamic_shared_memory); }
  template <class Other>
  explicit __forceinline__ operator Other*() const {
    return static_cast<Other*>(dynamic_shared_memory);
  }
};

}  // namespace cadena::cuda::emulated

#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// How a kernel is launched: `Launch{.grid = blocks, .block = threads, .shared_bytes = dynamic, .stream = stream}`.
struct Launch {
  dim3 grid = 1;                      ///< blocks
  dim3 block = 1;                     ///< threads a block
  unsigned cluster = 1;               ///< blocks, neighbours in x, that run together (compute capability 9.0)
  size_t shared_bytes = 0;            ///< dynamic shared memory a block, see dynamic_shared()
  cudaStream_t stream = nullptr;      ///< null: the default stream
  Location where = Location::here();  ///< for error messages
};

/// The attribute of a launch that says how many blocks make a cluster.
inline cudaLaunchAttribute cluster_of(unsigned blocks) {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = blocks;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  return attribute;
}

namespace detail {
/// Throws CudaError naming the first limit of the device that `how` exceeds.
void check_limits(const Launch& how, const void* kernel);
/// Asks for so much dynamic shared memory for `kernel`, once: static and dynamic memory of more than 48 KiB together
/// must be asked for. Throws CudaError where they exceed the device's limit.
void allow_shared(const void* kernel, size_t bytes, Location where);
/// Throws CudaError for a launch that failed.
void check_launch(cudaError_t code, const Launch& how, const void* kernel);
}  // namespace detail

/// Launches `kernel` with `arguments`, on a GPU or under the emulator. Throws CudaError naming the limit where grid,
/// block or shared memory exceed the device's, or where the launch fails.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), const Launch& how, Arguments&&... arguments) {
  const void* address = reinterpret_cast<const void*>(kernel);
  detail::check_limits(how, address);
  if (how.shared_bytes > 0) detail::allow_shared(address, how.shared_bytes, how.where);
  cudaLaunchConfig_t config{};
  config.gridDim = how.grid;
  config.blockDim = how.block;
  config.dynamicSmemBytes = how.shared_bytes;
  config.stream = how.stream;
  cudaLaunchAttribute cluster = cluster_of(how.cluster);
  if (how.cluster != 1) {
    config.attrs = &cluster;
    config.numAttrs = 1;
  }
  detail::check_launch(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), how, address);
}

/// Blocks of `size` that cover `count` items: ceil(count / size).
template <class T>
__host__ __device__ constexpr T ceil_divide(T count, T size) {
  return (count + size - 1) / size;
}

}  // namespace cadena::cuda

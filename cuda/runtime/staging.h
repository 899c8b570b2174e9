#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// Copies ordinary host memory to the device in the order of `stream`, by way of page-locked buffers that are used
/// again and again: the host may change `host` at once, and waits for the device only where more than 32 MiB are under
/// way. Throws CudaError.
void copy_staged(void* device, const void* host, size_t bytes, cudaStream_t stream, Location where = Location::here());

namespace detail {
/// Frees the buffers, for a reset of the device.
void free_staging();
}  // namespace detail

}  // namespace cadena::cuda

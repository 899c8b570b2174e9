#pragma once

#include <cuda_runtime.h>

#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {

/// How many multiprocessors the current device has.
inline int multiprocessors() {
  int device = 0, count = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device), "multiprocessors");
  return count;
}

}  // namespace cadena::cuda::ladder

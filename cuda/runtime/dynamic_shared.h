#pragma once

#include <cuda_runtime.h>

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/dynamic_shared.h"
#endif

namespace cadena::cuda {

/// The block's dynamic shared memory: the `shared_bytes` of its Launch, 16-byte aligned at least.
template <class T>
__device__ __forceinline__ T* dynamic_shared() {
#ifdef CADENA_EMULATED
  return static_cast<T*>(emulated::dynamic_shared_memory);
#else
  extern __shared__ __align__(128) unsigned char cadena_dynamic_shared[];
  return reinterpret_cast<T*>(cadena_dynamic_shared);
#endif
}

}  // namespace cadena::cuda

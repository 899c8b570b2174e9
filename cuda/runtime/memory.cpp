#include "cuda/runtime/memory.h"

#include <cstdint>
#include <mutex>

namespace cadena::cuda {
namespace {

/// Tells the driver's pool to keep what is released instead of giving it back at the next synchronization.
void keep_released_memory() {
  static std::once_flag once;
  std::call_once(once, [] {
    int device = 0;
    cudaMemPool_t pool = nullptr;
    if (cudaGetDevice(&device) != cudaSuccess || cudaDeviceGetDefaultMemPool(&pool, device) != cudaSuccess) return;
    uint64_t everything = UINT64_MAX;
    cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &everything);
  });
}

}  // namespace

void* allocate(size_t bytes, cudaStream_t stream, Location where) {
  if (bytes == 0) return nullptr;
  keep_released_memory();
  void* memory = nullptr;
  const cudaError_t error = cudaMallocAsync(&memory, bytes, stream);
  if (error == cudaErrorMemoryAllocation) {
    const std::string reason = explain(error);
    cudaGetLastError();
    size_t rest = 0, total = 0;
    cudaMemGetInfo(&rest, &total);
    throw CudaError(error,
                    "allocate: " + std::to_string(bytes) + " bytes, of " + std::to_string(total) + " the device has " +
                        std::to_string(rest) + " left: " + reason,
                    where);
  }
  check(error, "allocate", where);
  return memory;
}

void release(void* memory, cudaStream_t stream) noexcept {
  if (memory != nullptr) cudaFreeAsync(memory, stream);
}

}  // namespace cadena::cuda

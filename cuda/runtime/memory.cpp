#include "cuda/runtime/memory.h"

#include <cstdint>
#include <mutex>

#include "cuda/runtime/device.h"

namespace cadena::cuda {
namespace {

/// The driver's pool of the current device, which keeps what is released instead of giving it back at the next
/// synchronization. Null where the driver has none.
cudaMemPool_t keeping_pool() {
  thread_local cudaMemPool_t pool = nullptr;
  thread_local int known = -1;
  thread_local unsigned long resets = 0;
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return nullptr;
  if (device == known && resets == reset_count()) return pool;
  known = device;
  resets = reset_count();
  if (cudaDeviceGetDefaultMemPool(&pool, device) != cudaSuccess) return pool = nullptr;
  uint64_t everything = UINT64_MAX;
  cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &everything);
  return pool;
}

bool is_capturing(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  return cudaStreamIsCapturing(stream, &status) != cudaSuccess || status != cudaStreamCaptureStatusNone;
}

/// Waits until what was released is free, and gives what the pool keeps back to the device. False in a capture, which
/// must not wait.
bool empty_cache(cudaStream_t stream) {
  if (is_capturing(stream) || cudaDeviceSynchronize() != cudaSuccess) {
    cudaGetLastError();
    return false;
  }
  if (cudaMemPool_t pool = keeping_pool(); pool != nullptr) cudaMemPoolTrimTo(pool, 0);
  return true;
}

/// Lets this thread make calls that may wait for the device while it captures a stream: they are no part of the graph.
class RelaxedCapture {
 public:
  RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

std::string in_mebibytes(size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

[[noreturn]] void fail_full(size_t bytes, const std::string& reason, Location where) {
  int device = 0;
  size_t rest = 0, total = 0;
  cudaGetDevice(&device);
  cudaMemGetInfo(&rest, &total);
  throw CudaError(cudaErrorMemoryAllocation,
                  "out of memory: " + std::to_string(bytes) + " bytes asked for, " + device_name(device) + " has " +
                      in_mebibytes(rest) + " of " + in_mebibytes(total) +
                      " left; use smaller batches or f16, checkpoint, or let go of tensors: " + reason,
                  where);
}

/// The memory that `take` gets; where the device is full, what it gets once the cache is empty.
template <class Take>
void* allocate_by(const Take& take, size_t bytes, cudaStream_t stream, Location where) {
  void* memory = nullptr;
  cudaError_t error = take(&memory);
  if (error == cudaErrorMemoryAllocation) {
    std::string reason = explain(error);
    cudaGetLastError();  // a full memory is no failure of the device: what follows may succeed
    if (empty_cache(stream)) error = take(&memory);
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      fail_full(bytes, reason, where);
    }
  }
  check(error, "allocate", where);
  return memory;
}

}  // namespace

void* allocate(size_t bytes, cudaStream_t stream, Location where) {
  if (bytes == 0) return nullptr;
  keeping_pool();
  return allocate_by([&](void** memory) { return cudaMallocAsync(memory, bytes, stream); }, bytes, stream, where);
}

void* allocate_lasting(size_t bytes, cudaStream_t stream, Location where) {
  if (bytes == 0) return nullptr;
  const RelaxedCapture relaxed;
  return allocate_by([&](void** memory) { return cudaMalloc(memory, bytes); }, bytes, stream, where);
}

void release_lasting(void* memory) noexcept {
  const RelaxedCapture relaxed;
  if (memory != nullptr) cudaFree(memory);
}

void release(void* memory, cudaStream_t stream) noexcept {
  if (memory != nullptr) cudaFreeAsync(memory, stream);
}

}  // namespace cadena::cuda

#include "cuda/kernels/memory.h"

#include <cuda_runtime.h>

#include "cuda/kernels/stream.h"
#include "cuda/runtime/error.h"
#include "tensor/base/error.h"

namespace cadena::cuda {
namespace {

/// Throws what a caller of the library expects for a failure of the runtime.
void expect(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  if (code == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // a full memory is no failure of the device: what follows may succeed
    fail<DeviceError>(what, ": ", explain(code));
  }
  fail<cadena::CudaError>(what, ": ", explain(code));
}

void select(int index) {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) count = 0;
  if (index < 0 || index >= count) fail<DeviceError>("there is no device cuda:", index, ", only ", count);
  expect(cudaSetDevice(index), "cudaSetDevice");
}

void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  expect(cudaStreamSynchronize(current_stream()), "waiting for kernels before a copy");
  expect(cudaMemcpy(to, from, bytes, kind), "copy");
}

}  // namespace

void* allocate_on(int index, std::size_t bytes) {
  select(index);
  void* data = nullptr;
  expect(cudaMalloc(&data, bytes > 0 ? bytes : 1), "allocating device memory");
  return data;
}

void release_on(int, void* data, std::size_t) noexcept { cudaFree(data); }

void copy_to_host(void* host, const void* device, std::size_t bytes) {
  copy(host, device, bytes, cudaMemcpyDeviceToHost);
}

void copy_to_device(void* device, const void* host, std::size_t bytes) {
  copy(device, host, bytes, cudaMemcpyHostToDevice);
}

void copy_on_device(void* to, const void* from, std::size_t bytes) { copy(to, from, bytes, cudaMemcpyDeviceToDevice); }

}  // namespace cadena::cuda

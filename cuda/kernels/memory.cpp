#include "cuda/kernels/memory.h"

#include <cuda_runtime.h>

#include "cuda/kernels/private_pool.h"
#include "cuda/kernels/range_check.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/select_device.h"
#include "cuda/kernels/stream.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/memory.h"
#include "cuda/runtime/staging.h"
#include "tensor/base/error.h"

namespace cadena::cuda {
namespace {

/// Throws what a caller of the library expects for a failure of the runtime.
void expect(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  fail<cadena::CudaError>(what, ": ", explain(code));
}

}  // namespace

void* allocate_on(int index, std::size_t bytes) {
  return on_device(index, [&] {
    if (bytes == 0) bytes = 1;
    void* memory = Recording::take(index, bytes);
    return memory != nullptr ? memory : allocate(bytes, current_stream());
  });
}

void release_on(int, void* data, std::size_t) noexcept {
  if (!PrivatePool::give_back(data) && !Recording::keep(data)) release(data, current_stream());
}

void copy_to_host(void* host, const void* device, std::size_t bytes) {
  Recording::refuse("a copy to the host");
  expect(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, current_stream()), "copy to the host");
  expect(cudaStreamSynchronize(current_stream()), "waiting for a copy to the host");
  throw_findings();
}

void copy_to_device(void* device, const void* host, std::size_t bytes) {
  Recording::refuse("a copy from the host", Recording::kCopies);
  try {
    copy_staged(device, host, bytes, current_stream());
  } catch (const CudaError& error) {
    throw cadena::CudaError(error.what());
  }
}

void copy_on_device(void* to, const void* from, std::size_t bytes) {
  expect(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, current_stream()), "copy on the device");
}

}  // namespace cadena::cuda

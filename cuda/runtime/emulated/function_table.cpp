#include "cuda/runtime/emulated/function_table.h"

#include <map>
#include <mutex>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::emulated {
namespace {

constexpr size_t kUsualLimit = 48 * 1024;
std::mutex mutex;
std::map<const void*, size_t> limits;

}  // namespace

size_t dynamic_shared_limit(const void* kernel) {
  const std::lock_guard lock(mutex);
  if (limits.empty()) return kUsualLimit;
  const auto found = limits.find(kernel);
  return found != limits.end() && found->second > kUsualLimit ? found->second : kUsualLimit;
}

size_t static_shared_bytes(const void* kernel) {
  size_t bytes = 0;
  for (const LocalVariable& variable : thread_locals_of(kernel)) bytes += variable.bytes;
  return bytes;
}

void reset_function_table() {
  const std::lock_guard lock(mutex);
  limits.clear();
}

cudaError_t set_function_attribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return report(cudaSuccess);
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) {
    return refuse(cudaErrorInvalidValue, "an attribute of kernels that is not known");
  }
  if (value < 0 || size_t(value) > kMaxSharedBytes) {
    return refuse(cudaErrorInvalidValue,
                  std::to_string(value) + " bytes of dynamic shared memory exceed the device's limit of " +
                      std::to_string(kMaxSharedBytes) + " a block [kernel " + short_name(kernel) + "]");
  }
  const std::lock_guard lock(mutex);
  limits[kernel] = size_t(value);
  return report(cudaSuccess);
}

cudaError_t get_function_attributes(cudaFuncAttributes* attributes, const void* kernel) {
  if (attributes == nullptr || kernel == nullptr) return report(cudaErrorInvalidValue);
  *attributes = cudaFuncAttributes{};
  attributes->sharedSizeBytes = static_shared_bytes(kernel);
  attributes->maxThreadsPerBlock = kMaxThreads;
  attributes->numRegs = 0;  // a compiler for GPUs alone knows it
  attributes->binaryVersion = attributes->ptxVersion = 90;
  attributes->maxDynamicSharedSizeBytes = int(dynamic_shared_limit(kernel));
  return report(cudaSuccess);
}

}  // namespace cadena::cuda::emulated

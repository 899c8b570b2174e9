#include "cuda/runtime/emulated/function_table.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::emulated {
namespace {

std::mutex mutex;
std::map<const void*, size_t> limits, static_bytes;

}  // namespace

size_t dynamic_shared_limit(const void* kernel) {
  const size_t fixed = static_shared_bytes(kernel), usual = kUsualSharedBytes - std::min(fixed, kUsualSharedBytes);
  const std::lock_guard lock(mutex);
  const auto found = limits.find(kernel);
  return found != limits.end() ? std::max(found->second, usual) : usual;
}

size_t static_shared_bytes(const void* kernel) {
  {
    const std::lock_guard lock(mutex);
    if (const auto found = static_bytes.find(kernel); found != static_bytes.end()) return found->second;
  }
  size_t bytes = 0;
  for (const LocalVariable& variable : thread_locals_of(kernel)) bytes += variable.bytes;
  const std::lock_guard lock(mutex);
  return static_bytes[kernel] = bytes;
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
  const size_t fixed = static_shared_bytes(kernel);
  if (value < 0 || size_t(value) + fixed > kMaxSharedBytes) {
    return refuse(cudaErrorInvalidValue, std::to_string(value) + " bytes of dynamic and " + std::to_string(fixed) +
                                             " of static shared memory exceed the device's limit of " +
                                             std::to_string(kMaxSharedBytes) + " a block [kernel " +
                                             short_name(kernel) + "]");
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

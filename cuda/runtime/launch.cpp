#include "cuda/runtime/launch.h"

#include <cstdint>
#include <mutex>
#include <string>

#include "cuda/runtime/device.h"
#include "cuda/runtime/shared_allowance.h"

namespace cadena::cuda::detail {
namespace {

int current_device(Location where) {
  int device = 0;
  check(cudaGetDevice(&device), "launch: cudaGetDevice", where);
  return device;
}

/// The limits of a launch.
struct Limits {
  uint64_t threads, block[3], grid[3], shared;
};

/// Those of this thread's device, asked for when it changes.
const Limits& limits(Location where) {
  thread_local int known = -1;
  thread_local Limits all;
  const int device = current_device(where);
  if (device == known) return all;
  const auto ask = [&](cudaDeviceAttr which) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, which, device), "launch: cudaDeviceGetAttribute", where);
    return static_cast<uint64_t>(value);
  };
  all = {ask(cudaDevAttrMaxThreadsPerBlock),
         {ask(cudaDevAttrMaxBlockDimX), ask(cudaDevAttrMaxBlockDimY), ask(cudaDevAttrMaxBlockDimZ)},
         {ask(cudaDevAttrMaxGridDimX), ask(cudaDevAttrMaxGridDimY), ask(cudaDevAttrMaxGridDimZ)},
         ask(cudaDevAttrMaxSharedMemoryPerBlockOptin)};
  known = device;
  return all;
}

void check_extent(const char* what, const dim3& extent, const uint64_t (&limit)[3], Location where) {
  const uint64_t given[3] = {extent.x, extent.y, extent.z};
  for (int i = 0; i < 3; ++i) {
    if (given[i] >= 1 && given[i] <= limit[i]) continue;
    throw CudaError(cudaErrorInvalidConfiguration,
                    std::string("launch: ") + what + "." + "xyz"[i] + " is " + std::to_string(given[i]) +
                        ", allowed are 1 to " + std::to_string(limit[i]),
                    where);
  }
}

}  // namespace

void check_limits(const Launch& how, const void* kernel) {
  if (kernel == nullptr) throw CudaError(cudaErrorInvalidDeviceFunction, "launch: no kernel", how.where);
  const Limits& most = limits(how.where);
  check_extent("block", how.block, most.block, how.where);
  check_extent("grid", how.grid, most.grid, how.where);
  const uint64_t threads = uint64_t{how.block.x} * how.block.y * how.block.z;
  if (threads > most.threads) {
    throw CudaError(cudaErrorInvalidConfiguration,
                    "launch: " + std::to_string(threads) + " threads a block, the device's limit is " +
                        std::to_string(most.threads),
                    how.where);
  }
  if (how.shared_bytes > most.shared) {
    throw CudaError(cudaErrorInvalidValue,
                    "launch: " + std::to_string(how.shared_bytes) +
                        " bytes of dynamic shared memory a block, the device's limit is " + std::to_string(most.shared),
                    how.where);
  }
}

void allow_shared(const void* kernel, size_t bytes, Location where) {
  static std::mutex mutex;
  static SharedAllowance allowed;
  static unsigned long resets = 0;
  const int device = current_device(where);
  const std::lock_guard lock(mutex);
  if (resets != reset_count()) {
    allowed.clear();
    resets = reset_count();
  }
  if (allowed.covers(device, kernel, bytes)) return;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
        "launch: dynamic shared memory", where);
  allowed.set(device, kernel, bytes);
}

void check_launch(cudaError_t code, const Launch& how, const void*) {
  if (code == cudaSuccess) return;
  const std::string grid = std::to_string(how.grid.x) + " x " + std::to_string(how.grid.y) + " x " +
                           std::to_string(how.grid.z) + " blocks of ";
  const std::string block = std::to_string(how.block.x) + " x " + std::to_string(how.block.y) + " x " +
                            std::to_string(how.block.z) + " threads";
  check(code, ("launch of " + grid + block).c_str(), how.where);
}

}  // namespace cadena::cuda::detail

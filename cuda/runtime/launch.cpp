#include "cuda/runtime/launch.h"

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cuda/runtime/device.h"

namespace cadena::cuda::detail {
namespace {

int attribute(cudaDeviceAttr which, Location where) {
  int device = 0, value = 0;
  check(cudaGetDevice(&device), "launch: cudaGetDevice", where);
  check(cudaDeviceGetAttribute(&value, which, device), "launch: cudaDeviceGetAttribute", where);
  return value;
}

/// The limits of a launch; asked for once, as all devices of one machine that Cadena uses are alike.
struct Limits {
  uint64_t threads, block[3], grid[3], shared;
};

const Limits& limits(Location where) {
  static const Limits all = [where] {
    const auto ask = [where](cudaDeviceAttr which) { return static_cast<uint64_t>(attribute(which, where)); };
    return Limits{ask(cudaDevAttrMaxThreadsPerBlock),
                  {ask(cudaDevAttrMaxBlockDimX), ask(cudaDevAttrMaxBlockDimY), ask(cudaDevAttrMaxBlockDimZ)},
                  {ask(cudaDevAttrMaxGridDimX), ask(cudaDevAttrMaxGridDimY), ask(cudaDevAttrMaxGridDimZ)},
                  ask(cudaDevAttrMaxSharedMemoryPerBlockOptin)};
  }();
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
  static std::unordered_map<const void*, size_t> allowed;
  static unsigned long resets = 0;
  const std::lock_guard lock(mutex);
  if (resets != reset_count()) {
    allowed.clear();
    resets = reset_count();
  }
  size_t& most = allowed[kernel];
  if (bytes <= most) return;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
        "launch: dynamic shared memory", where);
  most = bytes;
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

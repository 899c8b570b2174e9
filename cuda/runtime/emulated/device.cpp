#include <algorithm>
#include <cstring>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/function_table.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/stream_queue.h"
#include "cuda/runtime/emulated/symbols.h"

/// The device the emulator claims to be: the limits of compute capability 9.0 (an H100 class device), by a name that
/// nobody takes for one.
namespace cadena::cuda::emulated {
namespace {

constexpr int kMultiprocessors = 132, kThreadsPerMultiprocessor = 2048, kBlocksPerMultiprocessor = 32;
constexpr size_t kSharedPerMultiprocessor = 233472, kSharedReserved = 1024, kL2Bytes = 50 * 1024 * 1024;

bool is_device(int device) { return device == 0; }

cudaError_t no_device(int device) {
  return refuse(cudaErrorInvalidDevice,
                "device " + std::to_string(device) + " does not exist: the emulator has device 0");
}

}  // namespace

/// How many blocks of a kernel fit on one multiprocessor: by threads, by number and by shared memory. Registers, which
/// a GPU's compiler alone knows, are not counted.
cudaError_t occupancy(int* blocks, const void* kernel, int block_size, size_t shared_bytes) {
  if (blocks == nullptr || kernel == nullptr || block_size < 1 || block_size > kMaxThreads) {
    return report(cudaErrorInvalidValue);
  }
  const int rounded = (block_size + kWarpSize - 1) / kWarpSize * kWarpSize;
  const size_t own = shared_bytes + static_shared_bytes(kernel);
  const int by_shared = own > kMaxSharedBytes ? 0 : int(kSharedPerMultiprocessor / (own + kSharedReserved));
  *blocks = std::min({kThreadsPerMultiprocessor / rounded, kBlocksPerMultiprocessor, by_shared});
  return report(cudaSuccess);
}

cudaError_t cluster_occupancy(int* clusters, const void* kernel, const cudaLaunchConfig_t& config) {
  int blocks = 0;
  const dim3& block = config.blockDim;
  const int cluster = blocks_of_cluster(config);
  if (clusters == nullptr || cluster < 1 || cluster > kMaxCluster) return report(cudaErrorInvalidValue);
  const cudaError_t result = occupancy(&blocks, kernel, int(block.x * block.y * block.z), config.dynamicSmemBytes);
  if (result == cudaSuccess) *clusters = blocks * kMultiprocessors / cluster;
  return result;
}

/// Of the block sizes that keep the most threads on a multiprocessor the largest.
cudaError_t best_block_size(int* grid_size, int* block_size, const void* kernel, size_t shared_bytes, int limit) {
  if (grid_size == nullptr || block_size == nullptr || kernel == nullptr || limit < 0) {
    return report(cudaErrorInvalidValue);
  }
  int most = 0, blocks = 0;
  const int largest = limit == 0 ? kMaxThreads : std::min(limit, kMaxThreads);
  for (int size = largest; size > 0; size = (size - 1) / kWarpSize * kWarpSize) {
    if (const cudaError_t error = occupancy(&blocks, kernel, size, shared_bytes); error != cudaSuccess) return error;
    if (blocks * size <= most) continue;
    most = blocks * size;
    *block_size = size;
    *grid_size = blocks * kMultiprocessors;
  }
  if (most > 0) return report(cudaSuccess);
  return refuse(cudaErrorInvalidValue,
                "no block of this kernel fits on a multiprocessor [kernel " + short_name(kernel) + "]");
}

}  // namespace cadena::cuda::emulated

using namespace cadena::cuda::emulated;

cudaError_t cudaGetDeviceCount(int* count) {
  if (count == nullptr) return report(cudaErrorInvalidValue);
  *count = 1;
  return report(cudaSuccess);
}

cudaError_t cudaGetDevice(int* device) {
  if (device == nullptr) return report(cudaErrorInvalidValue);
  *device = 0;
  return report(cudaSuccess);
}

cudaError_t cudaSetDevice(int device) { return is_device(device) ? report(cudaSuccess) : no_device(device); }

cudaError_t cudaDeviceReset() {
  drop_streams();
  arena_reset();
  free_pinned();
  reset_function_table();
  clear_errors();
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (properties == nullptr) return report(cudaErrorInvalidValue);
  if (!is_device(device)) return no_device(device);
  cudaDeviceProp& p = *properties;
  p = cudaDeviceProp{};
  std::strcpy(p.name, "Cadena emulator (limits of compute capability 9.0)");
  p.totalGlobalMem = arena_capacity();
  p.sharedMemPerBlock = 48 * 1024;
  p.regsPerBlock = p.regsPerMultiprocessor = 65536;
  p.warpSize = kWarpSize;
  p.maxThreadsPerBlock = kMaxThreads;
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = 1024;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = 0x7fffffff;
  p.maxGridSize[1] = p.maxGridSize[2] = 65535;
  p.totalConstMem = 65536;
  p.major = 9;
  p.minor = 0;
  p.multiProcessorCount = kMultiprocessors;
  p.managedMemory = p.canMapHostMemory = p.concurrentKernels = p.unifiedAddressing = p.memoryPoolsSupported = 1;
  p.asyncEngineCount = 3;
  p.memoryBusWidth = 5120;
  p.l2CacheSize = int(kL2Bytes);
  p.maxThreadsPerMultiProcessor = kThreadsPerMultiprocessor;
  p.sharedMemPerMultiprocessor = kSharedPerMultiprocessor;
  p.sharedMemPerBlockOptin = kMaxSharedBytes;
  p.reservedSharedMemPerBlock = kSharedReserved;
  p.maxBlocksPerMultiProcessor = kBlocksPerMultiprocessor;
  return report(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (value == nullptr) return report(cudaErrorInvalidValue);
  if (!is_device(device)) return no_device(device);
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY: *value = kMaxThreads; break;
    case cudaDevAttrMaxBlockDimZ: *value = 64; break;
    case cudaDevAttrMaxGridDimX: *value = 0x7fffffff; break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ: *value = 65535; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = 48 * 1024; break;
    case cudaDevAttrTotalConstantMemory: *value = 65536; break;
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor: *value = 65536; break;
    case cudaDevAttrManagedMemory:
    case cudaDevAttrMemoryPoolsSupported: *value = 1; break;
    case cudaDevAttrMaxBlocksPerMultiprocessor: *value = kBlocksPerMultiprocessor; break;
    case cudaDevAttrReservedSharedMemoryPerBlock: *value = int(kSharedReserved); break;
    case cudaDevAttrWarpSize: *value = kWarpSize; break;
    case cudaDevAttrClockRate: *value = 1000000; break;  // clock64 counts nanoseconds
    case cudaDevAttrMultiProcessorCount: *value = kMultiprocessors; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = kThreadsPerMultiprocessor; break;
    case cudaDevAttrL2CacheSize: *value = int(kL2Bytes); break;
    case cudaDevAttrComputeCapabilityMajor: *value = 9; break;
    case cudaDevAttrComputeCapabilityMinor: *value = 0; break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = int(kSharedPerMultiprocessor); break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = int(kMaxSharedBytes); break;
    default: return refuse(cudaErrorInvalidValue, "a device attribute that is not known");
  }
  return report(cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int* version) { return cudaRuntimeGetVersion(version); }

cudaError_t cudaRuntimeGetVersion(int* version) {
  if (version == nullptr) return report(cudaErrorInvalidValue);
  *version = 13000;
  return report(cudaSuccess);
}

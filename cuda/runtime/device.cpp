#include "cuda/runtime/device.h"

#include "cuda/runtime/error.h"

namespace cadena::cuda {

bool is_emulated() {
#ifdef CADENA_EMULATED
  return true;
#else
  return false;
#endif
}

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();  // no driver, or no device
  return 0;
}

bool is_available() { return !is_emulated() && device_count() > 0; }

DeviceProperties device_properties(int index) {
  cudaDeviceProp p{};
  check(cudaGetDeviceProperties(&p, index), ("properties of cuda:" + std::to_string(index)).c_str());
  return {p.name,
          10 * p.major + p.minor,
          p.multiProcessorCount,
          p.maxThreadsPerBlock,
          p.sharedMemPerBlockOptin,
          p.totalGlobalMem,
          static_cast<size_t>(p.l2CacheSize)};
}

std::string device_name(int index) {
  const DeviceProperties properties = device_properties(index);
  return "cuda:" + std::to_string(index) + " (" + (is_emulated() ? "emulated" : properties.name) + ")";
}

void synchronize() { check(cudaDeviceSynchronize(), "synchronize"); }

}  // namespace cadena::cuda

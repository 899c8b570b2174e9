#pragma once

#include <cstddef>
#include <string>

namespace cadena::cuda {

/// Whether there is a real GPU to run kernels: false under the emulator, which nobody shall take for one.
bool is_available();

/// Whether kernels run on the CPU, under the emulator.
bool is_emulated();

/// The devices kernels can run on: 1 under the emulator, 0 where a build for GPUs finds none.
int device_count();

/// How device `index` is called in results: `cuda:0 (emulated)`, or `cuda:0 (NVIDIA H100 80GB HBM3)`. Throws CudaError
/// where there is no such device.
std::string device_name(int index = 0);

/// What kernels are planned by.
struct DeviceProperties {
  std::string name;
  int compute_capability;   ///< 90 for 9.0
  int multiprocessors;      ///< that run blocks side by side
  int threads_per_block;    ///< at most
  size_t shared_per_block;  ///< bytes of shared memory a block may ask for
  size_t memory;            ///< bytes
  size_t l2_cache;          ///< bytes
};

/// The properties of device `index`. Throws CudaError where there is no such device.
DeviceProperties device_properties(int index = 0);

/// How often `reset` was called: what was made on the device before is gone.
unsigned long reset_count();

/// Waits until the device has done everything. Throws CudaError where a kernel has failed.
void synchronize();

}  // namespace cadena::cuda

// What the ladders ask the machine for.
#pragma once

#include <cuda_runtime.h>

#include "cuda/runtime/device.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {

/// An attribute of the current device.
inline int device_attribute(cudaDeviceAttr attribute) {
  int device = 0, value = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&value, attribute, device), "cudaDeviceGetAttribute");
  return value;
}

/// How many multiprocessors the current device has.
inline int multiprocessors() { return device_attribute(cudaDevAttrMultiProcessorCount); }

/// Whether this machine runs a step: the emulator all, a GPU those of its compute capability (ten times major plus
/// minor). What is made for 9.0 runs on no other: wgmma came and went with it.
inline bool runs_here(int compute_capability) {
  const int here =
      10 * device_attribute(cudaDevAttrComputeCapabilityMajor) + device_attribute(cudaDevAttrComputeCapabilityMinor);
  return compute_capability == 90 ? here == 90 : here >= compute_capability;
}

}  // namespace cadena::cuda::ladder

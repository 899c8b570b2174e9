// What kernels that only move bytes are measured against.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/trial.h"
#include "cuda/runtime/device.h"

namespace cadena::cuda::ladder {

/// A copy within the memory of the device that moves `bytes`, read and written ones together. Empty on the emulator.
inline Peer copy_peer(double bytes) {
  Peer peer{.name = "a copy", .run = {}, .work = {}};
  if (is_emulated()) return peer;
  const std::size_t half = std::max<std::size_t>(1, static_cast<std::size_t>(bytes / 2));
  const auto from = std::make_shared<DeviceArray<char>>(std::vector<char>(half, 1));
  const auto to = std::make_shared<DeviceArray<char>>(std::vector<char>(half));
  peer.work.bytes = 2.0 * static_cast<double>(half);
  peer.run = [from, to, half] {
    check(cudaMemcpyAsync(to->data(), from->data(), half, cudaMemcpyDeviceToDevice), "copying");
  };
  return peer;
}

}  // namespace cadena::cuda::ladder

#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/base/counter.h"
#include "tensor/base/device.h"
#include "tensor/base/ref.h"

namespace cadena {

/// A block of memory on one device, shared by all tensors that view it. `version` counts the writes in place, so that
/// whoever saved a value can see that it has changed since.
struct Storage : Counted {
  /// Uninitialised memory. Throws DeviceError if there is no such device or its memory is full, MemoryError
  /// if the host's is.
  Storage(std::size_t size, Device where);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  /// Called by `Ref` when the last tensor goes.
  static void destroy(Storage* storage) noexcept;

  std::size_t bytes;               ///< size of the block
  Device device;                   ///< where it lies
  Counter<std::uint32_t> version;  ///< writes in place so far
  void* data;                      ///< its address on that device

 private:
  static constexpr std::size_t kSmall = 64;
  alignas(16) std::byte small_[kSmall];  // scalars and short vectors need no second block
};

}  // namespace cadena

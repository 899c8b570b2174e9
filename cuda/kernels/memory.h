#pragma once

#include <cstddef>

namespace cadena::cuda {

/// Memory of CUDA device `index`, aligned to 256 bytes, uninitialised, from the runtime's pool: the stream that kernels
/// run on orders its use, and nothing waits for the device. Throws DeviceError if there is no such device or its memory
/// is full.
void* allocate_on(int index, std::size_t bytes);

/// Gives it back; kernels that were launched before may still use it.
void release_on(int index, void* data, std::size_t bytes) noexcept;

/// Copies to the host, after all kernels launched before, for which the host waits. Throws the IndexError of a check
/// that one of them has failed (range_check.h).
void copy_to_host(void* host, const void* device, std::size_t bytes);

/// Copies from the host, in the order of the kernels around it. The host may change its bytes at once and does not
/// wait.
void copy_to_device(void* device, const void* host, std::size_t bytes);

/// Copies within devices, in the order of the kernels around it.
void copy_on_device(void* to, const void* from, std::size_t bytes);

}  // namespace cadena::cuda

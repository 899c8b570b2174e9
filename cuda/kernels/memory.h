#pragma once

#include <cstddef>

namespace cadena::cuda {

/// Memory of CUDA device `index`, aligned to 256 bytes, uninitialised; the stream that kernels run on orders its use.
/// Throws DeviceError if there is no such device or its memory is full.
void* allocate_on(int index, std::size_t bytes);

/// Gives it back; kernels that were launched before may still use it.
void release_on(int index, void* data, std::size_t bytes) noexcept;

/// Copies between a device and the host, after all kernels launched before. The host may use the bytes at once.
void copy_to_host(void* host, const void* device, std::size_t bytes);
void copy_to_device(void* device, const void* host, std::size_t bytes);

/// Copies within devices, in the order of the kernels around it.
void copy_on_device(void* to, const void* from, std::size_t bytes);

}  // namespace cadena::cuda

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cadena::cuda::emulated {

class Runner;

/// Device memory. Buffers lie in one reserved range of addresses, each between inaccessible pages and pushed against
/// the upper one, so that the first byte past the end faults. New memory holds NaN; freed memory is never reachable
/// again.
void* arena_allocate(size_t bytes);
/// False where `memory` is no live allocation. Sets `overrun` where bytes just outside the buffer have been written.
bool arena_release(void* memory, std::string* overrun);
/// What has been written just outside of the live allocation that `address` points into, or empty.
std::string arena_overrun(const void* address);
/// The live allocation that holds all `bytes` from `address`: whether there is one.
bool arena_holds(const void* address, size_t bytes);
/// The same, and that it may be touched now: it is not outside its life in stream order.
bool arena_usable(const void* address, size_t bytes);
bool is_device_memory(const void* address);
/// Makes a live allocation inaccessible until it is shown again, and filled with NaN when it is: for stream order.
void arena_hide(void* memory);
void arena_show(void* memory);
/// Opens a live allocation to the host as well: managed memory; and whether `address` lies in one that is.
void arena_share(void* memory);
bool arena_shared(const void* address);
/// Frees everything.
void arena_reset();
/// Frees all page-locked host memory, as a reset of the device does.
void free_pinned();
size_t arena_used();
/// Bytes that can be in use at once: from CADENA_EMULATOR_MEMORY, until it is set.
size_t arena_capacity();
void arena_set_capacity(size_t bytes);
/// What is wrong with `address` in a kernel: `out of bounds: 4 bytes past the end of a buffer of 256 bytes`.
std::string describe_address(const char* address);
/// Whether `address` lies in the page after the block's dynamic shared memory.
bool is_beyond_shared(const Runner& runner, const char* address);

/// While one of these lives this OS thread may touch device memory; otherwise it faults, where the processor has
/// protection keys.
class DeviceAccess {
 public:
  DeviceAccess();
  ~DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
};

}  // namespace cadena::cuda::emulated

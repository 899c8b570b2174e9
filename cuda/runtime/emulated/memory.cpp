#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/function_table.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/stream_queue.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::emulated {
namespace {

std::mutex mutex;
std::map<const char*, size_t> pinned;  // page-locked host memory by its first byte

bool is_pinned(const void* address) {
  const std::lock_guard lock(mutex);
  const auto* byte = static_cast<const char*>(address);
  auto after = pinned.upper_bound(byte);
  if (after == pinned.begin()) return false;
  --after;
  return byte < after->first + after->second;
}

std::string size_text(size_t bytes) { return std::to_string(bytes) + " bytes"; }

/// Why a copy from or to `address` is refused, or empty: device memory must hold all of it.
std::string bad_range(const char* side, const void* address, size_t bytes) {
  if (address == nullptr) return std::string(side) + " is a null pointer";
  if (!is_device_memory(address) || arena_holds(address, bytes)) return {};
  return size_text(bytes) + " from the " + side +
         " do not lie in one buffer: " + describe_address(static_cast<const char*>(address) + bytes - 1);
}

/// Why a copy goes against the direction given, or empty. Managed memory belongs to both sides, and of a variable of
/// the program nobody knows whether it is the device's.
std::string bad_direction(const void* to, const void* from, cudaMemcpyKind kind) {
  if (kind == cudaMemcpyDefault) return {};
  const auto check = [](const char* side, const void* address, bool on_device) -> std::string {
    if (on_device == is_device_memory(address) || arena_shared(address) || is_program_variable(address)) return {};
    return std::string("the ") + side + " is " + (on_device ? "host" : "device") +
           " memory, against the direction given";
  };
  const std::string reason =
      check("destination", to, kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice);
  return reason.empty() ? check("source", from, kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice)
                        : reason;
}

/// Loses the context where device memory is touched outside its life in stream order.
bool is_gone(const char* what, const void* address, size_t bytes) {
  if (!is_device_memory(address) || arena_usable(address, bytes)) return false;
  lose_context(cudaErrorIllegalAddress, std::string(what) + ": " + describe_address(static_cast<const char*>(address)));
  return true;
}

cudaError_t copy_now(void* to, const void* from, size_t bytes) {
  if (is_gone("copy", to, bytes) || is_gone("copy", from, bytes)) return sticky_error();
  const DeviceAccess access;
  std::memmove(to, from, bytes);
  if (hooks && is_device_memory(to)) hooks->host_write(to, bytes);
  return cudaSuccess;
}

cudaError_t fill_now(void* to, int value, size_t bytes) {
  if (is_gone("fill", to, bytes)) return sticky_error();
  const DeviceAccess access;
  std::memset(to, value, bytes);
  if (hooks) hooks->host_write(to, bytes);
  return cudaSuccess;
}

std::string why_not(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return "a direction that does not exist";
  std::string reason = bad_range("destination", to, bytes);
  if (reason.empty()) reason = bad_range("source", from, bytes);
  if (reason.empty()) reason = bad_direction(to, from, kind);
  const auto first = reinterpret_cast<uintptr_t>(std::min<const void*>(to, from, std::less<>())),
             second = reinterpret_cast<uintptr_t>(std::max<const void*>(to, from, std::less<>()));
  if (reason.empty() && second - first < bytes && is_device_memory(to)) reason = "source and destination overlap";
  return reason;
}

cudaError_t release(void* pointer) {
  std::string overrun;
  if (!arena_release(pointer, &overrun)) {
    return refuse(cudaErrorInvalidValue, "cudaFree of an address that is not allocated: " +
                                             describe_address(static_cast<const char*>(pointer)));
  }
  if (overrun.empty()) return report(cudaSuccess);
  lose_context(cudaErrorIllegalAddress, "out of bounds, found when the buffer is freed: " + overrun);
  return report(cudaErrorIllegalAddress);
}

cudaError_t captured(const char* what) {
  return refuse(cudaErrorStreamCaptureUnsupported,
                std::string(what) + ", which may wait for the device, while a stream is captured");
}

cudaError_t take(void** pointer, size_t bytes) {
  if (pointer == nullptr) return report(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (sticky_error() != cudaSuccess) return report(cudaSuccess);
  if (bytes == 0) return report(cudaSuccess);
  *pointer = arena_allocate(bytes);
  if (*pointer != nullptr) return report(cudaSuccess);
  return refuse(cudaErrorMemoryAllocation, size_text(bytes) + " asked for, " + size_text(arena_used()) + " of " +
                                               size_text(arena_capacity()) +
                                               " in use (CADENA_EMULATOR_MEMORY sets the GiB of the emulated device)");
}

}  // namespace

void free_pinned() {
  const std::lock_guard lock(mutex);
  for (const auto& [first, bytes] : pinned) std::free(const_cast<char*>(first));
  pinned.clear();
}

bool is_foreign_pointer(const void* pointer) {
  return pointer != nullptr && !is_device_memory(pointer) && !is_pinned(pointer) && !is_program_variable(pointer);
}

}  // namespace cadena::cuda::emulated

using namespace cadena::cuda::emulated;

cudaError_t cudaMalloc(void** pointer, size_t bytes) {
  count_wait();
  if (capture_forbids_waiting()) return captured("cudaMalloc");
  return take(pointer, bytes);
}

/// Rows that begin at multiples of 512 bytes.
cudaError_t cudaMallocPitch(void** pointer, size_t* pitch, size_t width, size_t height) {
  if (pitch == nullptr) return report(cudaErrorInvalidValue);
  *pitch = (width + 511) / 512 * 512;
  return cudaMalloc(pointer, *pitch * height);
}

/// Device memory that the host may touch as well.
cudaError_t cudaMallocManaged(void** pointer, size_t bytes, unsigned flags) {
  if (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost) return report(cudaErrorInvalidValue);
  const cudaError_t error = cudaMalloc(pointer, bytes);
  if (error != cudaSuccess || *pointer == nullptr) return error;
  arena_share(*pointer);
  if (hooks) hooks->host_write(*pointer, bytes);  // what the host writes there nobody sees
  return error;
}

cudaError_t cudaFree(void* pointer) {
  count_wait();
  if (pointer == nullptr || sticky_error() != cudaSuccess) return report(cudaSuccess);
  if (capture_forbids_waiting()) return captured("cudaFree");
  finish_all();
  return release(pointer);
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  count_wait();
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  if (const std::string reason = why_not(to, from, bytes, kind); !reason.empty()) {
    return refuse(cudaErrorInvalidValue, "cudaMemcpy: " + reason);
  }
  return report(enqueue(nullptr, [=] { return copy_now(to, from, bytes); }));
}

/// Host memory that is not pinned is read before this returns, and written before it returns, as on a GPU.
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  if (const std::string reason = why_not(to, from, bytes, kind); !reason.empty()) {
    return refuse(cudaErrorInvalidValue, "cudaMemcpyAsync: " + reason);
  }
  if (is_captured(stream) && (is_foreign_pointer(to) || is_foreign_pointer(from))) {
    return report(enqueue(stream, [=] { return copy_now(to, from, bytes); }));
  }
  if (is_foreign_pointer(to) || is_foreign_pointer(from)) count_wait();
  if (is_foreign_pointer(from) && is_device_memory(to)) {
    const auto* begin = static_cast<const char*>(from);
    return report(enqueue(stream, [to, bytes, staged = std::vector<char>(begin, begin + bytes)] {
      return copy_now(to, staged.data(), bytes);
    }));
  }
  const cudaError_t error = enqueue(stream, [=] { return copy_now(to, from, bytes); });
  if (error == cudaSuccess && is_foreign_pointer(to)) return cudaStreamSynchronize(stream);
  return report(error);
}

cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                              size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  if (width > to_pitch || width > from_pitch) {
    return refuse(cudaErrorInvalidValue, "cudaMemcpy2DAsync: rows are wider than their distance");
  }
  for (size_t row = 0; row < height; ++row) {
    const cudaError_t error = cudaMemcpyAsync(static_cast<char*>(to) + row * to_pitch,
                                              static_cast<const char*>(from) + row * from_pitch, width, kind, stream);
    if (error != cudaSuccess) return error;
  }
  return report(cudaSuccess);
}

cudaError_t cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height,
                         cudaMemcpyKind kind) {
  count_wait();
  return cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, width, height, kind, nullptr);
}

cudaError_t cudaMemset(void* to, int value, size_t bytes) { return cudaMemsetAsync(to, value, bytes, nullptr); }

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  std::string reason = bad_range("destination", to, bytes);
  if (reason.empty() && is_foreign_pointer(to)) reason = "the destination is host memory";
  if (!reason.empty()) return refuse(cudaErrorInvalidValue, "cudaMemset: " + reason);
  return report(enqueue(stream, [=] { return fill_now(to, value, bytes); }));
}

/// The address is known at once; the memory can be used by what comes later in the stream, and by nothing else.
cudaError_t cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t stream) {
  const cudaError_t error = take(pointer, bytes);
  if (error != cudaSuccess || *pointer == nullptr) return error;
  void* memory = *pointer;
  arena_hide(memory);
  return report(enqueue(stream, [memory] {
    arena_show(memory);
    return cudaSuccess;
  }));
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  if (pointer == nullptr || sticky_error() != cudaSuccess) return report(cudaSuccess);
  if (!arena_holds(pointer, 0)) return release(pointer);
  const bool captured = is_captured(stream);  // a graph shows the memory again when it runs again
  return report(enqueue(stream, [pointer, captured] {
    if (!captured) return release(pointer);
    arena_hide(pointer);
    return cudaSuccess;
  }));
}

cudaError_t cudaMallocHost(void** pointer, size_t bytes) { return cudaHostAlloc(pointer, bytes, cudaHostAllocDefault); }

cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned) {
  count_wait();
  if (pointer == nullptr) return report(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  if (capture_forbids_waiting()) return captured("cudaMallocHost");
  *pointer = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (*pointer == nullptr) return refuse(cudaErrorMemoryAllocation, size_text(bytes) + " of pinned host memory");
  const std::lock_guard lock(mutex);
  pinned[static_cast<const char*>(*pointer)] = bytes;
  return report(cudaSuccess);
}

cudaError_t cudaFreeHost(void* pointer) {
  count_wait();
  if (pointer == nullptr) return report(cudaSuccess);
  if (capture_forbids_waiting()) return captured("cudaFreeHost");
  finish_all();
  {
    const std::lock_guard lock(mutex);
    if (pinned.erase(static_cast<const char*>(pointer)) == 0) return report(cudaErrorInvalidValue);
  }
  std::free(pointer);
  return report(cudaSuccess);
}

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  if (free_bytes == nullptr || total_bytes == nullptr) return report(cudaErrorInvalidValue);
  *total_bytes = arena_capacity();
  *free_bytes = arena_capacity() - arena_used();
  return report(cudaSuccess);
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  if (attributes == nullptr) return report(cudaErrorInvalidValue);
  *attributes = {cudaMemoryTypeUnregistered, -2, nullptr, nullptr};
  void* memory = const_cast<void*>(pointer);
  if (is_device_memory(pointer) && arena_holds(pointer, 0)) {
    *attributes = {cudaMemoryTypeDevice, 0, memory, nullptr};
  } else if (is_pinned(pointer)) {
    *attributes = {cudaMemoryTypeHost, 0, memory, memory};
  }
  return report(cudaSuccess);
}

// There is one pool, and it gives memory back at once: a buffer that is used again would hide a use after free.
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  if (pool == nullptr || device != 0) return report(cudaErrorInvalidValue);
  *pool = reinterpret_cast<cudaMemPool_t>(1);
  return report(cudaSuccess);
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return report(cudaSuccess); }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  if (value == nullptr) return report(cudaErrorInvalidValue);
  *static_cast<uint64_t*>(value) = arena_used();
  return report(cudaSuccess);
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return report(cudaSuccess); }

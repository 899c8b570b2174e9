#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
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

std::string bad_direction(const void* to, const void* from, cudaMemcpyKind kind) {
  if (kind == cudaMemcpyDefault) return {};
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (to_device != (is_device_memory(to) || is_program_variable(to))) {
    if (!to_device || !is_program_variable(to)) {
      return std::string("the destination is ") + (to_device ? "host" : "device") +
             " memory, against the direction given";
    }
  }
  if (from_device != is_device_memory(from) && !is_program_variable(from)) {
    return std::string("the source is ") + (from_device ? "host" : "device") + " memory, against the direction given";
  }
  return {};
}

cudaError_t copy_now(void* to, const void* from, size_t bytes) {
  const DeviceAccess access;
  std::memmove(to, from, bytes);
  if (hooks && is_device_memory(to)) hooks->host_write(to, bytes);
  return cudaSuccess;
}

std::string why_not(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return "a direction that does not exist";
  std::string reason = bad_range("destination", to, bytes);
  if (reason.empty()) reason = bad_range("source", from, bytes);
  if (reason.empty()) reason = bad_direction(to, from, kind);
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

}  // namespace

bool is_foreign_pointer(const void* pointer) {
  return pointer != nullptr && !is_device_memory(pointer) && !is_pinned(pointer) && !is_program_variable(pointer);
}

}  // namespace cadena::cuda::emulated

using namespace cadena::cuda::emulated;

cudaError_t cudaMalloc(void** pointer, size_t bytes) {
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

cudaError_t cudaFree(void* pointer) {
  if (pointer == nullptr) return report(cudaSuccess);
  finish_all();
  return release(pointer);
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  if (const std::string reason = why_not(to, from, bytes, kind); !reason.empty()) {
    return refuse(cudaErrorInvalidValue, "cudaMemcpy: " + reason);
  }
  return report(enqueue(nullptr, [=] { return copy_now(to, from, bytes); }));
}

cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  if (sticky_error() != cudaSuccess || bytes == 0) return report(cudaSuccess);
  std::string reason = bad_range("destination", to, bytes);
  if (reason.empty() && !is_device_memory(to) && is_foreign_pointer(to)) reason = "the destination is host memory";
  if (!reason.empty()) return refuse(cudaErrorInvalidValue, "cudaMemset: " + reason);
  return report(enqueue(nullptr, [=] {
    const DeviceAccess access;
    std::memset(to, value, bytes);
    if (hooks) hooks->host_write(to, bytes);
    return cudaSuccess;
  }));
}

cudaError_t cudaDeviceSynchronize() { return report(finish_all()); }

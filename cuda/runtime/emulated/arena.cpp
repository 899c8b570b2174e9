#include "cuda/runtime/emulated/arena.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "cuda/runtime/emulated/dynamic_shared.h"
#include "cuda/runtime/emulated/fiber.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/protection_key.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/setting.h"

namespace cadena::cuda::emulated {
namespace {

constexpr size_t kPage = 4096, kGap = 64 * 1024;
#ifdef CADENA_THREAD_SANITIZER
constexpr size_t kReserved = size_t{1} << 38;  // it leaves programs little room
#else
constexpr size_t kReserved = size_t{1} << 42;
#endif
constexpr unsigned char kFill = 0xff;  // NaN in every floating-point type, -1 in every integer

struct Buffer {
  char* pages;  // what is mapped for it
  size_t mapped;
  size_t bytes;
  bool live, hidden;
  bool shared = false;  // with the host
};

std::mutex mutex;
char* arena = nullptr;
size_t reserved = 0, next_offset = 0, used = 0;
// Never destroyed: memory that a static object holds is freed after the end of main.
// By first byte; freed ones stay for a while, to name what a stale pointer pointed to.
auto& buffers = *new std::map<char*, Buffer>;
auto& freed = *new std::deque<char*>;  // those, the oldest first
constexpr size_t kRemembered = 16384;
// What older ones left, by mapped size: to be used again.
auto& idle_pages = *new std::map<size_t, std::vector<char*>>;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// A quarter of the address space that the process may use, where that is limited (ulimit -v).
size_t reserved_bytes() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kReserved;
  return std::min(kReserved, round_up(size_t(limit.rlim_cur) / 4, kPage));
}

void reserve() {
  if (arena != nullptr) return;
  reserved = reserved_bytes();
  void* range = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range != MAP_FAILED) arena = static_cast<char*>(range);
}

bool open_pages(const Buffer& buffer) { return protect_device(buffer.pages, buffer.mapped); }

/// Maps the pages anew, as the arena was mapped: so they merge with their neighbours into one mapping, of which the
/// system allows 65,530.
void close_pages(const Buffer& buffer) {
  (void)mmap(buffer.pages, buffer.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/// Pages for a buffer, with a gap before them that stays closed; null where the arena has no room.
char* take_pages(size_t mapped) {
  std::vector<char*>& idle = idle_pages[mapped];
  if (!idle.empty()) {
    char* pages = idle.back();
    idle.pop_back();
    return pages;
  }
  if (next_offset + kGap + mapped + kGap > reserved) return nullptr;
  char* pages = arena + next_offset + kGap;
  next_offset += round_up(kGap + mapped, kGap);
  return pages;
}

/// Keeps a freed buffer in mind, and gives up the oldest one that was.
void remember(char* memory) {
  freed.push_back(memory);
  while (freed.size() > kRemembered) {
    const auto oldest = buffers.find(freed.front());
    freed.pop_front();
    idle_pages[oldest->second.mapped].push_back(oldest->second.pages);
    buffers.erase(oldest);
  }
}

/// The buffer that begins at or before `address` and nearest to it.
const std::pair<char* const, Buffer>* nearest_before(const char* address) {
  auto after = buffers.upper_bound(const_cast<char*>(address));
  return after == buffers.begin() ? nullptr : &*std::prev(after);
}

/// The live buffer that holds all `bytes` from `address`, or null.
const Buffer* holding(const void* address, size_t bytes) {
  const auto* begin = static_cast<const char*>(address);
  const auto* found = nearest_before(begin);
  if (found == nullptr || !found->second.live) return nullptr;
  const auto offset = size_t(begin - found->first);
  return offset <= found->second.bytes && bytes <= found->second.bytes - offset ? &found->second : nullptr;
}

bool is_filled(const char* begin, const char* end) {
  return begin == end ||
         (static_cast<unsigned char>(*begin) == kFill && std::memcmp(begin, begin + 1, size_t(end - begin) - 1) == 0);
}

/// Bytes of the buffer's pages outside the buffer that no longer hold the fill.
std::string find_overrun(const char* memory, const Buffer& buffer) {
  const char* end = buffer.pages + buffer.mapped;
  if (is_filled(buffer.pages, memory) && is_filled(memory + buffer.bytes, end)) return {};
  for (const char* p = memory - 1; p >= buffer.pages; --p) {
    if (static_cast<unsigned char>(*p) != kFill) {
      return "a write " + std::to_string(memory - p) + " bytes before a buffer of " + std::to_string(buffer.bytes) +
             " bytes";
    }
  }
  for (const char* p = memory + buffer.bytes; p < end; ++p) {
    if (static_cast<unsigned char>(*p) != kFill) {
      return "a write " + std::to_string(p - memory - std::ptrdiff_t(buffer.bytes)) +
             " bytes past the end of a buffer of " + std::to_string(buffer.bytes) + " bytes";
    }
  }
  return {};
}

std::atomic<size_t>& capacity() {
  static std::atomic<size_t> bytes{size_t(setting("CADENA_EMULATOR_MEMORY", 4, 1.0 / 1024, 1024) * 1024 * 1024 * 1024)};
  return bytes;
}

}  // namespace

size_t arena_capacity() { return capacity(); }
void arena_set_capacity(size_t bytes) { capacity() = bytes; }

size_t arena_used() { return used; }

void* arena_allocate(size_t bytes) {
  const std::lock_guard lock(mutex);
  reserve();
  const size_t mapped = round_up(std::max<size_t>(bytes, 1), kPage);
  if (arena == nullptr || bytes > arena_capacity() || used + mapped > arena_capacity()) return nullptr;
  char* pages = take_pages(mapped);
  if (pages == nullptr) return nullptr;
  Buffer buffer{pages, mapped, bytes, true, false};
  if (!open_pages(buffer)) {
    idle_pages[mapped].push_back(pages);
    return nullptr;
  }
  used += mapped;
  const size_t unit = hooks != nullptr ? 256 : 16;  // a GPU aligns to 256; 16 leaves less room between end and guard
  char* memory = buffer.pages + (mapped - bytes) / unit * unit;
  const DeviceAccess access;
  std::memset(buffer.pages, kFill, mapped);
  buffers[memory] = buffer;
  if (hooks) hooks->allocate(memory, bytes, arena, reserved);
  return memory;
}

bool arena_release(void* memory, std::string* overrun) {
  const std::lock_guard lock(mutex);
  const auto found = buffers.find(static_cast<char*>(memory));
  if (found == buffers.end() || !found->second.live) return false;
  Buffer& buffer = found->second;
  if (!buffer.hidden) {
    const DeviceAccess access;
    *overrun = find_overrun(found->first, buffer);
  }
  if (hooks) hooks->release(memory);
  close_pages(buffer);
  buffer.live = false;
  used -= buffer.mapped;
  remember(found->first);
  return true;
}

std::string arena_overrun(const void* address) {
  const std::lock_guard lock(mutex);
  const auto* found = nearest_before(static_cast<const char*>(address));
  if (found == nullptr || !found->second.live || found->second.hidden || holding(address, 0) == nullptr) return {};
  const DeviceAccess access;
  return find_overrun(found->first, found->second);
}

bool arena_holds(const void* address, size_t bytes) {
  const std::lock_guard lock(mutex);
  return holding(address, bytes) != nullptr;
}

bool arena_usable(const void* address, size_t bytes) {
  const std::lock_guard lock(mutex);
  const Buffer* buffer = holding(address, bytes);
  return buffer != nullptr && !buffer->hidden;
}

bool is_device_memory(const void* address) {
  const auto* byte = static_cast<const char*>(address);
  return arena != nullptr && byte >= arena && byte < arena + reserved;
}

void arena_hide(void* memory) {
  const std::lock_guard lock(mutex);
  const auto found = buffers.find(static_cast<char*>(memory));
  if (found == buffers.end() || !found->second.live) return;
  close_pages(found->second);
  found->second.hidden = true;
}

void arena_show(void* memory) {
  const std::lock_guard lock(mutex);
  const auto found = buffers.find(static_cast<char*>(memory));
  if (found == buffers.end() || !found->second.live || !open_pages(found->second)) return;
  found->second.hidden = false;
  const DeviceAccess access;
  std::memset(found->second.pages, kFill, found->second.mapped);
}

void arena_share(void* memory) {
  const std::lock_guard lock(mutex);
  const auto found = buffers.find(static_cast<char*>(memory));
  if (found == buffers.end()) return;
  found->second.shared = true;
  share_device(found->second.pages, found->second.mapped);
}

bool arena_shared(const void* address) {
  const std::lock_guard lock(mutex);
  const Buffer* buffer = is_device_memory(address) ? holding(address, 0) : nullptr;
  return buffer != nullptr && buffer->shared;
}

void arena_reset() {
  const std::lock_guard lock(mutex);
  for (auto& [memory, buffer] : buffers) {
    if (!buffer.live) continue;
    if (hooks) hooks->release(memory);
    close_pages(buffer);
    buffer.live = false;
    freed.push_back(memory);  // the next ones to be freed make room for those above the number that is remembered
  }
  used = 0;
}

std::string describe_address(const char* address) {
  const std::lock_guard lock(mutex);
  char digits[32];
  std::snprintf(digits, sizeof digits, "%p", static_cast<const void*>(address));
  if (!is_device_memory(address)) {
    return reinterpret_cast<uintptr_t>(address) < kPage ? std::string("a null pointer is used in a kernel")
                                                        : std::string("illegal address ") + digits;
  }
  const auto* before = nearest_before(address);
  const auto after = buffers.upper_bound(const_cast<char*>(address));
  if (after != buffers.end() && after->second.live && size_t(after->first - address) < kGap) {
    return "out of bounds: " + std::to_string(after->first - address) + " bytes before a buffer of " +
           std::to_string(after->second.bytes) + " bytes";
  }
  if (before == nullptr) return std::string("illegal address ") + digits;
  const auto offset = size_t(address - before->first);
  const std::string size = std::to_string(before->second.bytes) + " bytes";
  if (offset < before->second.bytes && !before->second.live) {
    return "use after free: byte " + std::to_string(offset) + " of a buffer of " + size + " that has been freed";
  }
  if (offset < before->second.bytes && before->second.hidden) {
    return "byte " + std::to_string(offset) + " of a buffer of " + size +
           " outside its life in stream order (before its cudaMallocAsync or after its cudaFreeAsync is done)";
  }
  if (offset < before->second.bytes) return "byte " + std::to_string(offset) + " of a buffer of " + size;
  return "out of bounds: " + std::to_string(offset - before->second.bytes) + " bytes past the end of a buffer of " +
         size + (before->second.live ? "" : " that has been freed");
}

bool is_beyond_shared(const Runner& runner, const char* address) {
  const auto* end = static_cast<const char*>(dynamic_shared_memory) + round_up(runner.launch().shared_bytes, 16);
  return address >= end && address < end + kPage;
}

}  // namespace cadena::cuda::emulated

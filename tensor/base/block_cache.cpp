#include "tensor/base/block_cache.h"

#include <bit>
#include <cstdlib>

#include "tensor/base/error.h"
#include "tensor/base/free_list.h"
#include "tensor/base/keep_blocks.h"
#include "tensor/base/pool.h"

namespace cadena {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSmallest = std::size_t{1} << 16, kLargest = std::size_t{1} << 26;  // powers of two
constexpr std::size_t kKept = std::size_t{1} << 28;

constexpr bool is_kept(std::size_t bytes) { return kKeepBlocks && bytes >= kSmallest && bytes <= kLargest; }

/// The size of the block for a request: one of four between a power of two and the next, so at most a quarter more.
constexpr std::size_t block_size(std::size_t bytes) {
  const std::size_t step = std::bit_floor(bytes) / 4;
  return (bytes + step - 1) / step * step;
}

/// The number of that size, counted from the smallest.
constexpr std::size_t size_class(std::size_t block) {
  return 4 * static_cast<std::size_t>(std::bit_width(block) - std::bit_width(kSmallest)) +
         block / (std::bit_floor(block) / 4) - 4;
}
constexpr std::size_t kClasses = size_class(kLargest) + 1;

/// False once the thread's lists are gone: blocks freed later in its exit go straight to the system.
thread_local bool lists_alive = true;

/// The thread's kept blocks, a list per size.
struct KeptBlocks {
  FreeList lists[kClasses];
  std::size_t bytes = 0;

  void release() {
    for (FreeList& list : lists) list.release();
    bytes = 0;
  }
  ~KeptBlocks() { lists_alive = false; }
};

thread_local KeptBlocks kept;

/// glibc gets blocks from 128 KiB on from the system and gives them back when they are freed, until it has seen a
/// larger one freed (mallopt(3), M_MMAP_THRESHOLD). It does not see those that are kept here, so it is shown one, which
/// nobody touches: the temporaries of kernels then stay in its heap.
void keep_temporaries_in_heap() {
  static const bool shown = [] {
    void* volatile block = std::malloc(std::size_t{1} << 24);
    std::free(block);
    return true;
  }();
  static_cast<void>(shown);
}

/// A block of `size` bytes from the system for a request of `bytes`. Where it has none, what the thread keeps is given
/// back, and it is asked once more.
void* allocate_from_system(std::size_t size, std::size_t bytes) {
  void* memory = std::aligned_alloc(kAlignment, size);
  if (memory == nullptr && lists_alive) {
    kept.release();
    memory = std::aligned_alloc(kAlignment, size);
  }
  if (memory == nullptr) fail<MemoryError>("out of memory: tried to allocate ", bytes, " bytes");
  return memory;
}

}  // namespace

void* block_allocate(std::size_t bytes) {
  if (bytes < kSmallest) return pool_allocate(bytes);
  if (!is_kept(bytes)) return allocate_from_system((bytes + kAlignment - 1) / kAlignment * kAlignment, bytes);
  const std::size_t size = block_size(bytes);
  if (lists_alive) {
    FreeList& list = kept.lists[size_class(size)];
    if (!list.is_empty()) {
      kept.bytes -= size;
      return list.take();
    }
  }
  keep_temporaries_in_heap();
  return allocate_from_system(size, bytes);
}

void block_free(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr || !is_kept(bytes)) return pool_free(memory, bytes);
  if (!lists_alive) return std::free(memory);
  const std::size_t size = block_size(bytes);
  if (kept.bytes + size > kKept) kept.release();
  kept.lists[size_class(size)].put(memory);
  kept.bytes += size;
}

std::size_t kept_block_bytes() noexcept { return lists_alive ? kept.bytes : 0; }

}  // namespace cadena

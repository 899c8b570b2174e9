#include "tensor/base/pool.h"

#include <cstdlib>

#include "tensor/base/error.h"
#include "tensor/base/free_list.h"
#include "tensor/base/keep_blocks.h"

namespace cadena {
namespace {

constexpr std::size_t kStep = 64;      // sizes are rounded up to a cache line
constexpr std::size_t kClasses = 16;   // so blocks of up to 1 KiB are kept
constexpr int kBlocksPerClass = 4096;  // a thread keeps at most 4 MiB of each size

/// False once the thread's lists are gone: objects destroyed later in its exit go straight to the heap.
thread_local bool lists_alive = true;

/// The thread's kept blocks, a list per size class.
struct KeptBlocks {
  FreeList lists[kClasses];
  int count[kClasses] = {};

  ~KeptBlocks() { lists_alive = false; }
};

thread_local KeptBlocks kept;

std::size_t size_class(std::size_t bytes) { return (bytes + kStep - 1) / kStep - 1; }

}  // namespace

void* pool_allocate(std::size_t bytes) {
  if (bytes == 0) bytes = 1;
  const std::size_t k = size_class(bytes);
  if (kKeepBlocks && k < kClasses && lists_alive && !kept.lists[k].is_empty()) {
    --kept.count[k];
    return kept.lists[k].take();
  }
  void* memory = std::aligned_alloc(kStep, (k + 1) * kStep);
  if (memory == nullptr) fail<MemoryError>("out of memory: tried to allocate ", bytes, " bytes");
  return memory;
}

void pool_free(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr) return;
  const std::size_t k = size_class(bytes == 0 ? 1 : bytes);
  if (kKeepBlocks && k < kClasses && lists_alive && kept.count[k] < kBlocksPerClass) {
    ++kept.count[k];
    return kept.lists[k].put(memory);
  }
  std::free(memory);
}

}  // namespace cadena

#include "cuda/kernels/private_pool.h"

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "cuda/kernels/stream.h"
#include "cuda/runtime/memory.h"

namespace cadena::cuda {
namespace {

struct Block {
  std::shared_ptr<PrivatePool> pool;
  std::size_t bytes;
};

std::mutex mutex;
auto& blocks =
    *new std::unordered_map<const void*, Block>;  // handed out; memory is given back after the end of main, too
std::atomic<std::size_t> count{0};                // of them: nearly always 0, and then nobody waits for the mutex

}  // namespace

PrivatePool::~PrivatePool() {
  for (const auto& [bytes, data] : free_) release_lasting(data);
}

void* PrivatePool::take(std::size_t bytes) {
  const std::lock_guard lock(mutex);
  const auto fits = free_.lower_bound(bytes);
  Block block{shared_from_this(), bytes};
  void* data = nullptr;
  if (fits != free_.end() && fits->first / 2 <= bytes) {
    block.bytes = fits->first;
    data = fits->second;
    free_.erase(fits);
  } else {
    data = allocate_lasting(bytes, current_stream());
  }
  blocks.emplace(data, std::move(block));
  count = blocks.size();
  return data;
}

bool PrivatePool::give_back(void* data) noexcept {
  if (count == 0) return false;
  std::shared_ptr<PrivatePool> pool;  // perhaps the last to hold it; ends after the lock, being declared before it
  const std::lock_guard lock(mutex);
  const auto found = blocks.find(data);
  if (found == blocks.end()) return false;
  pool = std::move(found->second.pool);
  pool->free_.emplace(found->second.bytes, data);
  blocks.erase(found);
  count = blocks.size();
  return true;
}

}  // namespace cadena::cuda

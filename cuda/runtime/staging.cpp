#include "cuda/runtime/staging.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "cuda/runtime/event.h"
#include "cuda/runtime/memory.h"

namespace cadena::cuda {
namespace {

constexpr size_t kSmallest = 64 * 1024, kLargest = 4 * 1024 * 1024, kUnderWay = 32 * 1024 * 1024;

/// A page-locked buffer, and the end of the copy that reads it.
struct Stage {
  PinnedBuffer<std::byte> bytes;
  Event read{false};
};

/// All buffers: those that copies read, the oldest first, and those that are free.
class Staging {
 public:
  Stage take(size_t bytes) {
    while (!busy_.empty() && cudaEventQuery(busy_.front().read.get()) == cudaSuccess) retire();
    while (under_way_ + bytes > kUnderWay && !busy_.empty()) {
      busy_.front().read.synchronize();
      retire();
    }
    const auto fits = std::find_if(idle_.begin(), idle_.end(), [&](const Stage& s) { return s.bytes.size() >= bytes; });
    if (fits == idle_.end()) return {PinnedBuffer<std::byte>(std::bit_ceil(std::max(bytes, kSmallest)))};
    Stage stage = std::move(*fits);
    idle_.erase(fits);
    return stage;
  }

  void give_back(Stage stage) {
    under_way_ += stage.bytes.size();
    busy_.push_back(std::move(stage));
  }

 private:
  void retire() {
    under_way_ -= busy_.front().bytes.size();
    idle_.push_back(std::move(busy_.front()));
    busy_.pop_front();
  }

  std::deque<Stage> busy_;
  std::vector<Stage> idle_;
  size_t under_way_ = 0;
};

std::mutex mutex;
Staging* staging = nullptr;  // never destroyed at exit: the driver may be gone by then

}  // namespace

void copy_staged(void* device, const void* host, size_t bytes, cudaStream_t stream, Location where) {
  const std::lock_guard lock(mutex);
  if (staging == nullptr) staging = new Staging;
  for (size_t begin = 0; begin < bytes; begin += kLargest) {
    const size_t count = std::min(kLargest, bytes - begin);
    Stage stage = staging->take(count);
    std::memcpy(stage.bytes.data(), static_cast<const std::byte*>(host) + begin, count);
    check(cudaMemcpyAsync(static_cast<std::byte*>(device) + begin, stage.bytes.data(), count, cudaMemcpyHostToDevice,
                          stream),
          "copy to the device", where);
    stage.read.record(stream);
    staging->give_back(std::move(stage));
  }
}

void detail::free_staging() {
  const std::lock_guard lock(mutex);
  delete std::exchange(staging, nullptr);
}

}  // namespace cadena::cuda

#include "cuda/runtime/emulated/pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/setting.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/watchdog.h"

namespace cadena::cuda::emulated {
namespace {

/// One grid being run. Blocks are handed out by a counter; a failure hands out no more.
struct Grid {
  const KernelLaunch& launch;
  uint64_t blocks, stride, offset;  // clusters count as blocks here
  std::atomic<uint64_t> next{0};
  std::mutex mutex;
  Failure failure;
  bool failed = false;

  explicit Grid(const KernelLaunch& what) : launch(what), blocks(what.clusters()), stride(1), offset(0) {
    if (launch.order == 0) return;
    Random random(launch.order);  // block i * stride + offset: a permutation where the stride is coprime to the count
    offset = random.next() % blocks;
    do {
      stride = random.next() % blocks | 1;
    } while (std::gcd(stride, blocks) != 1);
  }

  uint64_t block(uint64_t i) const {
    return launch.order == 0 ? i : uint64_t((static_cast<unsigned __int128>(i) * stride + offset) % blocks);
  }

  /// Runs the next block; false where none is left.
  bool run_next(Runner& runner) {
    const uint64_t i = next.fetch_add(1, std::memory_order_relaxed);
    if (i >= blocks) return false;
    if (runner.run_cluster(launch, block(i))) return true;
    next = blocks;
    const std::lock_guard lock(mutex);
    if (!failed) failure = runner.failure();
    failed = true;
    return false;
  }

  void work() {
    const DeviceAccess access;
    Runner& runner = Runner::of_this_thread();
    watch_this_thread(true);
    while (run_next(runner)) {
    }
    watch_this_thread(false);
  }
};

/// OS threads that help with a grid while it lasts.
class Pool {
 public:
  Pool() : size_(int(setting("CADENA_EMULATOR_THREADS", std::max(1u, std::thread::hardware_concurrency()), 1, 1024))) {}

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int size() const { return size_; }

  void run(Grid& grid) {
    {
      const std::lock_guard lock(mutex_);
      while (int(threads_.size()) < size_ - 1) threads_.emplace_back([this] { help(); });
      grid_ = &grid;
      ++generation_;
    }
    wake_.notify_all();
    grid.work();
    std::unique_lock lock(mutex_);
    grid_ = nullptr;  // who has not come by now finds nothing to do
    done_.wait(lock, [this] { return helping_ == 0; });
  }

 private:
  void help() {
    uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || (grid_ != nullptr && generation_ != seen); });
      if (stop_) return;
      seen = generation_;
      Grid& grid = *grid_;
      ++helping_;
      lock.unlock();
      grid.work();
      lock.lock();
      if (--helping_ == 0) done_.notify_all();
    }
  }

  int size_ = 1;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Grid* grid_ = nullptr;
  uint64_t generation_ = 0;
  int helping_ = 0;
  bool stop_ = false;
};

}  // namespace

bool run_grid(const KernelLaunch& launch, Failure& failure) {
  static Pool pool;
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Grid grid(launch);
  const Watchdog watchdog;
  if (grid.blocks == 1 || pool.size() == 1 || hooks != nullptr) {
    grid.work();
  } else {
    pool.run(grid);
  }
  failure = grid.failure;
  return !grid.failed;
}

uint64_t next_order() {
  static std::atomic<uint64_t> launches{0};
  const uint64_t number = launches.fetch_add(1, std::memory_order_relaxed) + 1;
  return seed() == 0 || hooks != nullptr ? 0 : Random(seed() * 0x9e3779b97f4a7c15u + number).next() | 1;
}

}  // namespace cadena::cuda::emulated

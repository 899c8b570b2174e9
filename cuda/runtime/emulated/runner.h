#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda/runtime/emulated/api_types.h"
#include "cuda/runtime/emulated/async_units.h"
#include "cuda/runtime/emulated/barrier.h"
#include "cuda/runtime/emulated/fiber.h"
#include "cuda/runtime/emulated/random.h"

namespace cadena::cuda::emulated {

inline constexpr int kWarpSize = 32;
inline constexpr int kMaxThreads = 1024;
inline constexpr int kMaxCluster = 8;                   // blocks
inline constexpr size_t kMaxSharedBytes = 232448;       // 227 KiB, as on compute capability 9.0
inline constexpr size_t kUsualSharedBytes = 48 * 1024;  // more must be dynamic, and asked for

/// A kernel on its way: what one GPU thread does, and how many there are.
struct KernelLaunch {
  const void* kernel;
  void (*run)(const void* arguments);
  const void* arguments;
  dim3 grid, block;
  size_t shared_bytes;
  uint64_t order;  // 0: ascending; otherwise the seed of the order of blocks, warps and lanes
  int cluster;     // blocks that run together
  size_t argument_bytes;

  uint64_t blocks() const { return uint64_t(grid.x) * grid.y * grid.z; }
  int threads() const { return int(block.x * block.y * block.z); }
  uint64_t clusters() const { return blocks() / unsigned(cluster); }
};

/// The blocks of a cluster of such a launch: 1 where it asks for none, 0 for clusters that go beyond x.
int blocks_of_cluster(const cudaLaunchConfig_t& config);

/// Why a kernel was stopped, and who was to blame.
struct Failure {
  cudaError_t code = cudaSuccess;
  std::string what;
  Site site{nullptr, 0};
  const void* place = nullptr;  // an address in the code, where no site is known
  int thread = 0;
  uint3 block{0, 0, 0}, coordinates{0, 0, 0};
};

/// 32 threads and what each of them waits for. Every set of lanes is a bit mask.
struct Warp {
  uint32_t alive;      // not returned yet
  uint32_t ready;      // may be continued
  uint32_t waiting;    // in a warp instruction
  uint32_t gathering;  // in __activemask
  std::array<uint32_t, 32> mask;
  std::array<void*, 32> payload;
  std::array<Combine, 32> combine;
  std::array<const char*, 32> name;
  std::array<Site, 32> site;
};

/// One block of the cluster that runs; without clusters it is the only one.
struct Block {
  uint3 index;
  void* shared;            // its dynamic shared memory
  int rank, first, alive;  // its number in the cluster; its first thread; its threads that have not returned
  // The barrier: who came first and where, and the votes of those who came.
  int arrived, first_arrived;
  Site barrier;
  int votes, vote_total, vote_count;
};

/// A thread that waits until somebody wakes all who wait for `what`.
struct Parked {
  const void* what;
  const char* name;
  const void* place;
  int thread;
};

/// A copy that cp.async has begun.
struct PendingCopy {
  void* shared;
  const void* global;
  int bytes;
  bool valid;
  const void* place;
  int group;
};
struct CopyQueue {
  std::vector<PendingCopy> copies;
  int groups = 0;  // closed so far
};

/// Runs blocks on one OS thread, one at a time; the blocks of a cluster together.
///
/// A fiber is a loop that takes the next thread which has not begun and runs it to its end. Only where a thread has to
/// wait (at a barrier, in a shuffle) is the fiber left, and another one made to go on with the rest. So a kernel
/// without barriers runs as a plain loop, and one with barriers needs at most a fiber a thread.
class Runner {
 public:
  Runner();
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// The runner of this OS thread, made on first use.
  static Runner& of_this_thread();
  /// The runner whose kernel is running on this OS thread, or null in host code.
  static Runner* running();

  /// Runs cluster `cluster` (without clusters: the block of that number) to its end; false where it failed, see
  /// failure().
  bool run_cluster(const KernelLaunch& launch, uint64_t cluster);
  const Failure& failure() const { return failure_; }

  void block_barrier(Site site);
  int block_vote(int predicate, Vote vote, Site site);
  void warp_collective(uint32_t mask, void* payload, Combine combine, const char* name, Site site);
  uint32_t active_mask(Site site);
  void yield();
  /// Waits until another thread, or what runs beside the threads, calls wake(what). `place` is in the kernel.
  void park(const void* what, const char* name, const void* place);
  void wake(const void* what);

  /// The running thread's number in its cluster; without clusters that in its block.
  int thread() const { return current_; }
  int rank_in_block() const { return current_ - here_->first; }
  const Block& block() const { return *here_; }
  int threads() const { return threads_; }
  /// Whether a thread of a block of the cluster has not returned.
  bool is_alive(int rank) const { return blocks_[size_t(rank)].alive > 0; }
  /// Where the shared address space of a block of the cluster begins.
  char* shared_window(int rank) const { return shared_[size_t(rank)]; }
  AsyncUnits& units() { return units_; }
  /// `work` as if `thread` ran: who is to blame where it fails.
  template <class Work>
  void on_behalf_of(int thread, Work work) {
    const int running = current_;
    current_ = thread;
    work();
    current_ = running;
  }
  int lane() const { return current_ % kWarpSize; }
  uint32_t lanes_alive() const { return warps_[size_t(current_ / kWarpSize)].alive; }
  const KernelLaunch& launch() const { return *launch_; }
  CopyQueue& copies() { return copies_[size_t(current_)]; }
  Random& random() { return random_; }
  bool shuffled() const { return shuffled_; }
  /// A thread that does nothing but atomic operations may be waiting for another one: every thousandth it steps aside.
  void count_atomic() {
    if (++atomics_ % 1024 == 0) yield();
  }
  /// Whether `address` lies in the page below a fiber's stack.
  bool is_stack_guard(const void* address) const;
  /// The kernel's line for faults in what the emulator does on its behalf, or null: see Blame.
  const void* blamed_place() const { return blamed_place_; }
  uintptr_t thread_handle() const { return thread_handle_; }

  /// Ends the block: nobody of it runs again. `thread` is to blame.
  [[noreturn]] void fail(cudaError_t code, std::string what, Site site, const void* place, int thread);

  /// fail, by the warp instruction that lane `lane` of the running warp waits in.
  [[noreturn]] void fail_lane(int lane, std::string what);

 private:
  friend class Blame;
  static void fiber_loop();
  void run_threads(int fiber);
  void begin_thread(int fiber);
  void run_kernel();
  void end_thread();
  void begin_cluster(const KernelLaunch& launch, uint64_t cluster);
  void enter(int thread);
  void check_shared_guard();
  void order_threads();
  void suspend();
  void resume(int thread, int fiber);
  void continue_other(int self);
  int choose_fiber();
  int choose_fiber_or_advance();
  int take_ready(int warp);
  int fresh_fiber();
  void make_ready(int warp, uint32_t lanes);
  void release_block();
  void complete_warp(int warp, uint32_t lanes, int self);
  bool release_first_gathered();
  uint32_t release_gathered(int warp, int self);
  [[noreturn]] void fail_deadlock();
  void forget_fibers();
  void reserve_shared(int blocks);

  const KernelLaunch* launch_ = nullptr;
  bool in_block_ = false, failed_ = false, shuffled_ = false;
  Failure failure_;
  Random random_;

  // Threads of the cluster, block after block; `started_` of them, in the order of `order_`, have begun.
  int threads_ = 0, block_threads_ = 0, started_ = 0, alive_ = 0;
  int current_ = 0, current_fiber_ = 0;
  unsigned atomics_ = 0;
  const void* blamed_place_ = nullptr;
  dim3 extent_{0, 0, 0};
  int known_coordinates_ = 0;
  std::array<uint3, kMaxThreads> coordinates_;
  std::array<int, kMaxThreads> order_;
  std::array<int, kMaxThreads> fiber_of_;
  std::array<Warp, kMaxThreads / kWarpSize> warps_;
  uint32_t ready_warps_ = 0;

  std::array<Block, kMaxCluster> blocks_{};
  Block* here_ = &blocks_[0];  // that of the running thread
  std::array<bool, kMaxThreads> at_barrier_;
  std::vector<Parked> parked_;
  AsyncUnits units_{*this};

  // Fibers: `made_` exist, `idle_` of them wait for a thread to run. The OS thread itself is `main_`.
  Fiber main_;
  std::array<Fiber, kMaxThreads> fibers_;
  std::array<int, kMaxThreads> idle_;
  int made_ = 0, guarded_ = 0, idle_count_ = 0, starting_ = 0;
  char* stacks_ = nullptr;
  std::array<char*, kMaxCluster> shared_{};  // of each block: dynamic shared memory, before an inaccessible page
  std::vector<CopyQueue> copies_;
  uintptr_t thread_handle_ = 0;
};

/// While one lives, a fault of the running thread is reported at `place`, a return address in the kernel. It lives
/// while the emulator touches memory for an atomic operation, cp.async or ldmatrix, and across no wait.
class Blame {
 public:
  Blame(Runner& runner, const void* place) : runner_(runner) { runner_.blamed_place_ = place; }
  ~Blame() { runner_.blamed_place_ = nullptr; }
  Blame(const Blame&) = delete;
  Blame& operator=(const Blame&) = delete;

 private:
  Runner& runner_;
};

}  // namespace cadena::cuda::emulated

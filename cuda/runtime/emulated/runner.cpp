#include "cuda/runtime/emulated/runner.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <numeric>
#include <stdexcept>

#include "cuda/runtime/emulated/builtin_variables.h"
#include "cuda/runtime/emulated/dynamic_shared.h"
#include "cuda/runtime/emulated/fault.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/shared_poison.h"

__thread uint3 threadIdx;
__thread uint3 blockIdx;
__thread dim3 blockDim;
__thread dim3 gridDim;

namespace cadena::cuda::emulated {

__thread void* dynamic_shared_memory = nullptr;
const Hooks* hooks = nullptr;

namespace {

constexpr size_t kPage = 4096;
#if defined(CADENA_ADDRESS_SANITIZER) || defined(CADENA_THREAD_SANITIZER)
constexpr size_t kStack = 256 * 1024;  // instrumented frames are several times as large
#else
constexpr size_t kStack = 64 * 1024;
#endif
constexpr unsigned char kFill = 0xff;
constexpr size_t kSharedGuard = 64;  // bytes before dynamic shared memory that are looked at when a block is done
constexpr size_t kSharedPages = (kMaxSharedBytes + kPage - 1) / kPage * kPage;

__thread Runner* running_here = nullptr;

char* reserve(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

uint3 coordinates_of(uint64_t rank, const dim3& extent) {
  return {unsigned(rank % extent.x), unsigned(rank / extent.x % extent.y), unsigned(rank / extent.x / extent.y)};
}

}  // namespace

Runner::Runner() : stacks_(reserve(kStack * kMaxThreads)) {
  reserve_shared(1);
  copies_.resize(kMaxThreads);
  adopt_thread(main_);
  catch_faults();
  thread_handle_ = uintptr_t(pthread_self());
}

Runner::~Runner() {
  forget_fibers();
  munmap(stacks_, kStack * kMaxThreads);
  for (char* shared : shared_) {
    if (shared != nullptr) munmap(shared, kSharedPages + kPage);
  }
}

void Runner::reserve_shared(int blocks) {
  for (int rank = 0; rank < blocks; ++rank) {
    char*& shared = shared_[size_t(rank)];
    if (shared != nullptr) continue;
    shared = reserve(kSharedPages + kPage);
    mprotect(shared + kSharedPages, kPage, PROT_NONE);
  }
}

Runner& Runner::of_this_thread() {
  static thread_local std::unique_ptr<Runner> runner;
  if (runner == nullptr) runner = std::make_unique<Runner>();
  return *runner;
}

Runner* Runner::running() { return running_here; }

bool Runner::is_stack_guard(const void* address) const {
  const auto* byte = static_cast<const char*>(address);
  return byte >= stacks_ && byte < stacks_ + kStack * kMaxThreads && size_t(byte - stacks_) % kStack < kPage;
}

void Runner::forget_fibers() {
  for (int i = 0; i < made_; ++i) discard_fiber(fibers_[size_t(i)]);
  made_ = idle_count_ = 0;
}

int Runner::fresh_fiber() {
  const auto fiber = size_t(made_++);
  char* stack = stacks_ + fiber * kStack;
  if (guarded_ < made_) mprotect(stack, kPage, PROT_NONE), guarded_ = made_;
  const size_t stagger = fiber % 61 * 64;  // stacks that begin at equal page offsets would share the same cache sets
  make_fiber(fibers_[fiber], stack + kPage, kStack - kPage, stagger, fiber_loop);
  return int(fiber);
}

void Runner::begin_cluster(const KernelLaunch& launch, uint64_t cluster) {
  launch_ = &launch;
  block_threads_ = launch.threads();
  threads_ = alive_ = block_threads_ * launch.cluster;
  started_ = current_ = 0;
  failed_ = false;
  blamed_place_ = nullptr;
  ready_warps_ = 0;
  parked_.clear();
  units_.begin(launch.cluster);
  const bool same_extent = extent_.x == launch.block.x && extent_.y == launch.block.y && extent_.z == launch.block.z;
  if (!same_extent || known_coordinates_ < threads_) {
    extent_ = launch.block;
    known_coordinates_ = threads_;
    for (int i = 0; i < threads_; ++i) coordinates_[size_t(i)] = coordinates_of(uint64_t(i % block_threads_), extent_);
  }
  for (int w = 0; w * kWarpSize < threads_; ++w) {
    Warp& warp = warps_[size_t(w)];
    const int lanes = threads_ - w * kWarpSize;
    warp.alive = lanes >= kWarpSize ? ~0u : (1u << lanes) - 1;
    warp.ready = warp.waiting = warp.gathering = 0;
  }
  std::fill_n(at_barrier_.begin(), threads_, false);
  shuffled_ = launch.order != 0;
  if (shuffled_) {
    random_ = Random(launch.order + cluster * 0x9e3779b97f4a7c15u);
    order_threads();
  }
  blockDim = launch.block;
  gridDim = launch.grid;
  reserve_shared(launch.cluster);
  for (int rank = 0; rank < launch.cluster; ++rank) {
    Block& block = blocks_[size_t(rank)];
    block = Block{};
    block.index = coordinates_of(cluster * unsigned(launch.cluster) + unsigned(rank), launch.grid);
    block.shared = shared_[size_t(rank)] + (kSharedPages - launch.shared_bytes) / 16 * 16;
    block.rank = rank;
    block.first = rank * block_threads_;
    block.alive = block_threads_;
    poison_shared(launch, block.shared);
    std::memset(static_cast<char*>(block.shared) - kSharedGuard, kFill, kSharedGuard);
  }
  here_ = &blocks_[0];
  blockIdx = here_->index;
  dynamic_shared_memory = here_->shared;
}

/// A block that wrote before its dynamic shared memory, where it does not fault, has failed.
void Runner::check_shared_guard() {
  for (int rank = 0; rank < launch_->cluster; ++rank) {
    const Block& block = blocks_[size_t(rank)];
    const auto* end = static_cast<const unsigned char*>(block.shared);
    for (size_t bytes = 1; bytes <= kSharedGuard; ++bytes) {
      if (end[-std::ptrdiff_t(bytes)] == kFill) continue;
      failed_ = true;
      failure_ = {cudaErrorIllegalAddress,
                  "out of bounds, found when the block was done: a write " + std::to_string(bytes) +
                      " bytes before the block's " + std::to_string(launch_->shared_bytes) +
                      " bytes of dynamic shared memory",
                  {nullptr, 0},
                  nullptr,
                  0,
                  block.index,
                  coordinates_[0]};
      return;
    }
  }
}

/// What a kernel sees of the thread that runs from now on.
inline void Runner::enter(int thread) {
  current_ = thread;
  threadIdx = coordinates_[size_t(thread)];
  if (threads_ != block_threads_) {
    here_ = &blocks_[size_t(thread / block_threads_)];
    blockIdx = here_->index;
    dynamic_shared_memory = here_->shared;
  }
  if (hooks) hooks->set_thread(thread);
}

/// The threads in any order; of a cluster, in every second one, all of a block before those of the next.
void Runner::order_threads() {
  std::iota(order_.begin(), order_.begin() + threads_, 0);
  for (int i = threads_ - 1; i > 0; --i) std::swap(order_[size_t(i)], order_[random_.below(uint32_t(i) + 1)]);
  const int blocks = launch_->cluster;
  if (blocks == 1 || !random_.coin()) return;
  const int first = int(random_.below(uint32_t(blocks)));
  const auto turn = [&](int thread) { return (thread / block_threads_ + blocks - first) % blocks; };
  std::stable_sort(order_.begin(), order_.begin() + threads_, [&](int a, int b) { return turn(a) < turn(b); });
}

bool Runner::run_cluster(const KernelLaunch& launch, uint64_t cluster) {
  begin_cluster(launch, cluster);
  if (hooks) {
    hooks->block_begin(cluster, threads_, dynamic_shared_memory, launch.shared_bytes, stacks_, kStack * kMaxThreads);
  }
  starting_ = idle_count_ > 0 ? idle_[size_t(--idle_count_)] : fresh_fiber();
  in_block_ = true;
  running_here = this;
  switch_fiber(main_, fibers_[size_t(starting_)]);
  running_here = nullptr;
  in_block_ = false;
  if (!failed_ && launch.shared_bytes > 0) check_shared_guard();
  if (failed_) forget_fibers();  // their threads stand in the middle of the kernel, for ever
  if (hooks) hooks->block_end();
  return !failed_;
}

void Runner::fiber_loop() {
  fiber_entered();
  running_here->run_threads(running_here->starting_);
}

void Runner::run_threads(int fiber) {
  for (;;) {
    while (started_ < threads_) {
      begin_thread(fiber);
      run_kernel();
      end_thread();
      if (shuffled_ ? ready_warps_ != 0 && random_.coin() : warps_[size_t(current_ / kWarpSize)].ready != 0) break;
    }
    idle_[size_t(idle_count_++)] = fiber;
    continue_other(-1);
  }
}

inline void Runner::begin_thread(int fiber) {
  const int next = shuffled_ ? order_[size_t(started_)] : started_;
  if (hooks && started_ != 0 && next % kWarpSize == 0) hooks->leave_warp();
  ++started_;
  current_fiber_ = fiber;
  fiber_of_[size_t(next)] = fiber;
  enter(next);
}

void Runner::run_kernel() {
  std::string thrown;
  try {
    launch_->run(launch_->arguments);
    return;
  } catch (const std::exception& error) {
    thrown = std::string("an exception left the kernel: ") + error.what();
  } catch (...) {
    thrown = "an exception left the kernel";
  }
  fail(cudaErrorLaunchFailure, std::move(thrown), {nullptr, 0}, nullptr, current_);
}

inline int Runner::take_ready(int warp) {
  Warp& from = warps_[size_t(warp)];
  const int lane = shuffled_ ? random_.bit_of(from.ready) : __builtin_ctz(from.ready);
  from.ready &= ~(1u << lane);
  if (from.ready == 0) ready_warps_ &= ~(1u << warp);
  return fiber_of_[size_t(warp * kWarpSize + lane)];
}

/// The fiber to run next: in ascending order the running warp goes on, then threads that have not begun, then other
/// warps; in a shuffled order any of them. -1 where nobody can run.
inline int Runner::choose_fiber() {
  const int own = current_ / kWarpSize;
  const bool unstarted = started_ < threads_;
  if (shuffled_) {
    if (ready_warps_ != 0 && (!unstarted || random_.coin())) return take_ready(random_.bit_of(ready_warps_));
  } else if (warps_[size_t(own)].ready != 0) {
    return take_ready(own);
  }
  if (unstarted) return idle_count_ > 0 ? idle_[size_t(--idle_count_)] : fresh_fiber();
  if (ready_warps_ == 0) return -1;
  if (hooks) hooks->leave_warp();
  return take_ready(__builtin_ctz(ready_warps_));
}

/// The same; where nobody can run, lanes in __activemask have waited long enough, and then what goes on beside the
/// threads does, until somebody can.
inline int Runner::choose_fiber_or_advance() {
  int next = choose_fiber();
  while (next < 0 && (release_first_gathered() || units_.advance())) next = choose_fiber();
  return next;
}

/// Leaves fiber `self` (-1: one that has gone idle) for whoever is next.
inline void Runner::continue_other(int self) {
  const int from = self >= 0 ? self : idle_[size_t(idle_count_ - 1)];
  const int next = choose_fiber_or_advance();
  if (next == from) return;
  if (next < 0) {
    if (alive_ > 0) fail_deadlock();
    switch_fiber(fibers_[size_t(from)], main_);
    return;
  }
  starting_ = next;
  switch_fiber(fibers_[size_t(from)], fibers_[size_t(next)]);
}

void Runner::suspend() {
  const int thread = current_, fiber = current_fiber_;
  continue_other(fiber);
  resume(thread, fiber);
}

void Runner::resume(int thread, int fiber) {
  current_fiber_ = fiber;
  enter(thread);
}

void Runner::make_ready(int warp, uint32_t lanes) {
  if (lanes == 0) return;
  warps_[size_t(warp)].ready |= lanes;
  ready_warps_ |= 1u << warp;
}

/// Any other thread that can run goes first, chosen at random: two threads that spin must not wake each other for ever.
void Runner::yield() {
  const int warp = current_ / kWarpSize, lane = current_ % kWarpSize;
  if (started_ == threads_ && ready_warps_ == 0 && !release_first_gathered()) return;
  const int thread = current_, fiber = current_fiber_;
  int next = -1;
  if (started_ < threads_) {
    next = idle_count_ > 0 ? idle_[size_t(--idle_count_)] : fresh_fiber();
  } else {
    const int other = random_.bit_of(ready_warps_);
    const uint32_t all = warps_[size_t(other)].ready;
    const int chosen = random_.bit_of(all);
    warps_[size_t(other)].ready = all & ~(1u << chosen);
    if (warps_[size_t(other)].ready == 0) ready_warps_ &= ~(1u << other);
    next = fiber_of_[size_t(other * kWarpSize + chosen)];
  }
  make_ready(warp, 1u << lane);
  starting_ = next;
  switch_fiber(fibers_[size_t(fiber)], fibers_[size_t(next)]);
  resume(thread, fiber);
}

void Runner::fail(cudaError_t code, std::string what, Site site, const void* place, int thread) {
  const uint3 block = blocks_[size_t(thread / block_threads_)].index;
  failure_ = {code, std::move(what), site, place, thread, block, coordinates_[size_t(thread)]};
  failed_ = true;
  switch_fiber(fibers_[size_t(current_fiber_)], main_);  // nobody switches back
  __builtin_unreachable();
}

}  // namespace cadena::cuda::emulated

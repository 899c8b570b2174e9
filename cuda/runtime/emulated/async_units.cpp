#include "cuda/runtime/emulated/async_units.h"

#include <bit>
#include <cstring>
#include <utility>

#include "cuda/runtime/emulated/runner.h"

/// Barriers: those that count arrivals and bytes in shared memory, and those with names.
namespace cadena::cuda::emulated {
namespace {

constexpr uint8_t kBarrierMagic = 0xba;
constexpr int kPiece = 16;  // bytes come in multiples

/// A barrier as it lies in shared memory. Hardware's layout is its own secret.
struct SharedBarrier {
  uint8_t magic;
  uint8_t parity;     // of the phase that runs
  uint16_t arrivals;  // a phase
  uint16_t missing;   // arrivals
  int16_t pieces;     // announced and not there; less than 0 where they come in before they are announced
};

}  // namespace

void AsyncUnits::fail(std::string what, const void* place) const {
  runner_.fail(cudaErrorLaunchFailure, std::move(what), {nullptr, 0}, place, runner_.thread());
}

char* AsyncUnits::window(int rank) const { return runner_.shared_window(rank); }

uint32_t AsyncUnits::shared_address(const void* pointer, const void* place) const {
  const auto* byte = static_cast<const char*>(pointer);
  const auto* begin = static_cast<const char*>(runner_.block().shared);
  if (byte < begin || byte >= begin + runner_.launch().shared_bytes) {
    fail(
        "a barrier, or a tile of TMA or wgmma, that does not lie in dynamic shared memory, where the emulator wants it",
        place);
  }
  return uint32_t(byte - window(runner_.block().rank));
}

void AsyncUnits::begin(int blocks) {
  transfers_.clear();
  closed_groups_.clear();
  products_.clear();
  named_.clear();
  named_.resize(size_t(blocks));
}

void AsyncUnits::check_nothing_is_left(bool last_of_warp) {
  const int thread = runner_.thread();
  for (const Transfer& transfer : transfers_) {
    if (transfer.thread != thread || transfer.kind == Transfer::Kind::load) continue;
    fail("the thread has returned without waiting for its TMA stores, which still read shared memory", transfer.place);
  }
  const auto warp = size_t(thread / kWarpSize);
  if (last_of_warp && warp < products_.size() && !products_[warp].waiting.empty()) {
    fail("the warp has returned without waiting for its wgmma", nullptr);
  }
  if (transfers_.empty() || runner_.block().alive > 0) return;
  // Nobody of the block is left. What TMA still brings would fall into the shared memory of the block that comes next.
  for (const Transfer& transfer : transfers_) {
    if ((transfer.blocks >> runner_.block().rank & 1) == 0) continue;
    fail("the block has ended while TMA still writes into its shared memory: nobody waited for the barrier",
         transfer.place);
  }
}

void AsyncUnits::check_block(int rank, const void* place) const {
  if (rank < 0 || rank >= runner_.launch().cluster) {
    fail("block " + std::to_string(rank) + " of a cluster of " + std::to_string(runner_.launch().cluster), place);
  }
  if (runner_.is_alive(rank)) return;
  fail("block " + std::to_string(rank) +
           " of the cluster has ended, and its shared memory with it: it did not wait "
           "for the others (cluster_sync)",
       place);
}

void AsyncUnits::barrier_init(uint64_t* barrier, int arrivals, const void* place) {
  shared_address(barrier, place);
  if (arrivals < 1 || arrivals > kMaxThreads) {
    fail("mbarrier: " + std::to_string(arrivals) + " arrivals a phase; the emulator takes 1 to 1024", place);
  }
  const auto count = uint16_t(arrivals);
  *barrier = std::bit_cast<uint64_t>(SharedBarrier{kBarrierMagic, 0, count, count, 0});
}

void AsyncUnits::barrier_arrive(uint64_t* barrier, int expected_bytes, const void* place) {
  auto state = std::bit_cast<SharedBarrier>(*barrier);
  if (state.magic != kBarrierMagic) fail("an arrival at an mbarrier that nobody has initialized", place);
  if (state.missing == 0) {
    fail("mbarrier: more than the " + std::to_string(state.arrivals) + " arrivals of a phase", place);
  }
  if (expected_bytes < 0 || expected_bytes % kPiece != 0 || expected_bytes / kPiece > 0x7fff) {
    fail("mbarrier: " + std::to_string(expected_bytes) + " bytes are announced; TMA brings multiples of 16", place);
  }
  state.pieces = int16_t(state.pieces + expected_bytes / kPiece);
  --state.missing;
  *barrier = std::bit_cast<uint64_t>(state);
  complete_bytes(barrier, 0, place);
}

void AsyncUnits::complete_bytes(uint64_t* barrier, int bytes, const void* place) {
  auto state = std::bit_cast<SharedBarrier>(*barrier);
  if (state.magic != kBarrierMagic) fail("TMA counts bytes at an mbarrier that nobody has initialized", place);
  state.pieces = int16_t(state.pieces - bytes / kPiece);
  const bool ends = state.missing == 0 && state.pieces == 0;
  if (ends) {
    state.parity ^= 1;
    state.missing = state.arrivals;
  }
  *barrier = std::bit_cast<uint64_t>(state);
  if (ends) runner_.wake(barrier);
}

void AsyncUnits::barrier_wait(uint64_t* barrier, int parity, const void* place) {
  shared_address(barrier, place);
  for (;;) {
    const auto state = std::bit_cast<SharedBarrier>(*barrier);
    if (state.magic != kBarrierMagic) fail("a thread waits at an mbarrier that nobody has initialized", place);
    if (int(state.parity) != parity) return;
    runner_.park(barrier, parity == 0 ? "mbarrier wait for parity 0" : "mbarrier wait for parity 1", place);
  }
}

void AsyncUnits::named_barrier(int name, int threads, bool wait, const void* place) {
  if (name < 1 || name > kClusterBarrier) fail("bar: a barrier has a name from 1 to 15", place);
  // All blocks of a cluster share its barrier.
  NamedBarrier& barrier = named_[name == kClusterBarrier ? 0 : size_t(runner_.block().rank)][size_t(name)];
  if (name == kClusterBarrier) threads = runner_.threads();
  if (threads % kWarpSize != 0) fail("bar: the threads of a barrier are whole warps", place);
  if (barrier.arrived == 0) barrier.threads = threads;
  if (barrier.threads != threads) {
    fail("bar " + std::to_string(name) + ": this thread counts on " + std::to_string(threads) +
             " threads, the first to come counted on " + std::to_string(barrier.threads),
         place);
  }
  if (++barrier.arrived == threads) {
    barrier.arrived = 0;
    runner_.wake(&barrier);
  } else if (wait) {
    runner_.park(&barrier, name == kClusterBarrier ? "barrier.cluster" : "bar.sync", place);
  }
}

}  // namespace cadena::cuda::emulated

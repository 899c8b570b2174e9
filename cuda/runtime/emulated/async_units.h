#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cuda/runtime/emulated/tensor_map.h"

/// What Hopper's multiprocessors do beside their threads: TMA, which copies tiles, wgmma, which multiplies them where
/// they lie, and the barriers that both need. Nothing is done when it is ordered: a transfer when no thread can run or
/// when its order is waited for, a product when it is waited for. So who forgets to wait finds what was there before.
/// Under a seed some of it happens at once, which shows a tile that is overwritten while others still read it.
namespace cadena::cuda::emulated {

class Runner;

/// A copy that TMA has been asked for. `box` says where in a tensor; without one it is `bytes` from `global` on.
struct Transfer {
  enum class Kind { load, store, add_floats };
  Kind kind = Kind::load;
  int thread = 0;
  const void* place = nullptr;
  Box box{};
  char* global = nullptr;
  int bytes = 0;
  char* shared = nullptr;
  uint64_t* barrier = nullptr;  // of loads
  unsigned blocks = 0;          // of the cluster, that a load goes to: one bit each
  int group = 0;                // of stores and additions: how many groups the thread had closed before
};

/// One lane's part of a product of a warpgroup.
struct WgmmaLane {
  float* d;
  const uint32_t* a;  // registers, or null
  uint64_t a_descriptor, b_descriptor;
  int columns;
  bool accumulates, a_across, b_across;
};

/// A product that a warp has been asked for: 16 rows of its warpgroup's 64.
struct Product {
  std::array<float*, 32> d;
  std::array<const uint32_t*, 32> a;
  WgmmaLane of_all;  // what all lanes have in common
  int warp, group;
  bool done;  // before anybody waited for it
};

/// The units of the multiprocessors that one cluster runs on.
class AsyncUnits {
 public:
  explicit AsyncUnits(Runner& runner) : runner_(runner) {}
  void begin(int blocks);
  /// Does one of the transfers that are under way; false where there is none.
  bool advance();
  /// The running thread has returned, perhaps as the last one of its warp.
  void thread_ended(bool last_of_warp) {
    if (!transfers_.empty() || !products_.empty()) check_nothing_is_left(last_of_warp);
  }

  // Barriers in shared memory. `place` is where in the kernel.
  void barrier_init(uint64_t* barrier, int arrivals, const void* place);
  void barrier_arrive(uint64_t* barrier, int expected_bytes, const void* place);
  void barrier_wait(uint64_t* barrier, int parity, const void* place);

  // Barriers by name: `threads` come, and those that `wait` go on when all have. Name 16 is the cluster's.
  static constexpr int kNames = 16, kClusterBarrier = kNames;
  void named_barrier(int name, int threads, bool wait, const void* place);

  void transfer(Transfer what);
  void close_transfers();
  void wait_transfers(int pending);

  void fence_products();
  void multiply(const WgmmaLane& lane, const void* place);
  void close_products();
  void wait_products(int pending);

  /// The address of something in the running block's dynamic shared memory as instructions take it.
  uint32_t shared_address(const void* pointer, const void* place) const;
  /// The same place in the dynamic shared memory of a block of the cluster, which must not have ended.
  template <class T>
  T* in_block(T* pointer, int rank, const void* place) const {
    check_block(rank, place);
    return reinterpret_cast<T*>(window(rank) + shared_address(pointer, place));
  }

 private:
  struct NamedBarrier {
    int arrived, threads;
  };
  /// What a warp has ordered of products.
  struct WarpProducts {
    std::deque<Product> waiting;                   // for wgmma.wait_group
    std::vector<std::array<uint64_t, 2>> ordered;  // the descriptors of all so far
    int closed = 0;
    bool fenced = false;
  };

  void check_nothing_is_left(bool last_of_warp);
  void check_block(int rank, const void* place) const;
  [[noreturn]] void fail(std::string what, const void* place) const;
  char* window(int rank) const;
  void complete_bytes(uint64_t* barrier, int bytes, const void* place);
  void perform(const Transfer& transfer);
  static void collect(void** payloads, uint32_t lanes);
  void perform_products(WarpProducts& warp, int closed_before);
  bool is_multiplied(int rank, uint32_t begin, uint32_t end) const;
  void perform(const Product& product) const;
  WarpProducts& of_running_warp();
  void check_same_as_neighbours(int warp, const WgmmaLane& lane, const void* place);

  Runner& runner_;
  std::deque<Transfer> transfers_;
  std::vector<int> closed_groups_;  // of each thread that stored
  std::vector<std::array<NamedBarrier, kNames + 1>> named_;
  std::vector<WarpProducts> products_;
  const void* place_ = nullptr;  // of the product that a warp's lanes are gathering for
};

}  // namespace cadena::cuda::emulated

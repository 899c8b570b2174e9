#include <algorithm>
#include <cstring>

#include "cuda/runtime/emulated/runner.h"

/// TMA: transfers between device memory and the shared memory of the blocks of a cluster.
namespace cadena::cuda::emulated {

void AsyncUnits::transfer(Transfer what) {
  what.thread = runner_.thread();
  shared_address(what.shared, what.place);
  const auto misaligned = [&](const void* pointer, unsigned alignment) {
    return reinterpret_cast<uintptr_t>(pointer) % alignment != 0;
  };
  if (what.box.map.rank > 0) {
    what.bytes = what.box.bytes();
    if (misaligned(what.shared, 128)) fail("TMA: the tile begins at an address that is no multiple of 128", what.place);
  } else if (misaligned(what.shared, 16) || misaligned(what.global, 16) || what.bytes % 16 != 0) {
    fail("TMA: addresses and the number of bytes must be multiples of 16", what.place);
  }
  shared_address(what.shared + what.bytes - 1, what.place);
  if (what.kind == Transfer::Kind::load) {
    shared_address(what.barrier, what.place);
    const uint32_t begin = shared_address(what.shared, what.place);
    for (unsigned blocks = what.blocks; blocks != 0; blocks &= blocks - 1) {
      check_block(__builtin_ctz(blocks), what.place);
      if (!is_multiplied(__builtin_ctz(blocks), begin, begin + uint32_t(what.bytes))) continue;
      fail("TMA is to write over a factor of a wgmma that its warps have not waited for", what.place);
    }
  } else {
    const auto thread = size_t(what.thread);
    if (closed_groups_.size() <= thread) closed_groups_.resize(thread + 1);
    what.group = closed_groups_[thread];
    what.blocks = 0;
  }
  transfers_.push_back(what);
  if (runner_.shuffled() && runner_.random().below(4) == 0) {
    while (advance()) {
    }
  }
}

bool AsyncUnits::advance() {
  if (transfers_.empty()) return false;
  // In any order: hardware promises none.
  const size_t number = runner_.shuffled() ? runner_.random().below(uint32_t(transfers_.size())) : 0;
  const Transfer chosen = transfers_[number];
  transfers_.erase(transfers_.begin() + std::ptrdiff_t(number));
  perform(chosen);
  return true;
}

void AsyncUnits::perform(const Transfer& what) {
  runner_.on_behalf_of(what.thread, [&] {
    const bool is_box = what.box.map.rank > 0;
    if (what.kind == Transfer::Kind::load) {
      const int own = what.thread / runner_.launch().threads();
      for (unsigned blocks = what.blocks; blocks != 0; blocks &= blocks - 1) {
        const int rank = __builtin_ctz(blocks);
        check_block(rank, what.place);
        const auto there = [&](auto* pointer) {
          using Pointer = decltype(pointer);
          return reinterpret_cast<Pointer>(window(rank) + (reinterpret_cast<char*>(pointer) - window(own)));
        };
        if (is_box) what.box.load(there(what.shared));
        else std::memcpy(there(what.shared), what.global, size_t(what.bytes));
        complete_bytes(there(what.barrier), what.bytes, what.place);
      }
    } else if (what.kind == Transfer::Kind::store) {
      what.box.store(what.shared);
    } else {
      for (int i = 0; i < what.bytes / 4; ++i) {
        // Blocks on other OS threads add to the same numbers.
        float* to = reinterpret_cast<float*>(what.global) + i;
        float old;
        __atomic_load(to, &old, __ATOMIC_RELAXED);
        float sum;
        do sum = old + reinterpret_cast<const float*>(what.shared)[i];
        while (!__atomic_compare_exchange(to, &old, &sum, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
      }
    }
  });
}

void AsyncUnits::close_transfers() {
  const auto thread = size_t(runner_.thread());
  if (thread < closed_groups_.size()) ++closed_groups_[thread];
}

void AsyncUnits::wait_transfers(int pending) {
  const auto thread = size_t(runner_.thread());
  if (thread >= closed_groups_.size()) return;
  const int finished = closed_groups_[thread] - pending;
  std::deque<Transfer> kept;
  kept.swap(transfers_);
  for (const Transfer& transfer : kept) {
    const bool own = transfer.thread == runner_.thread() && transfer.kind != Transfer::Kind::load;
    if (own && transfer.group < finished) {
      perform(transfer);
    } else {
      transfers_.push_back(transfer);
    }
  }
}

}  // namespace cadena::cuda::emulated

#include <algorithm>
#include <cstdio>

#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/runner.h"

/// Barriers and warp instructions: who waits for whom, and what can go wrong.
namespace cadena::cuda::emulated {
namespace {

std::string hexadecimal(uint32_t mask) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "0x%08x", mask);
  return digits;
}

std::string place(Site site) { return std::string(site.file) + ":" + std::to_string(site.line); }

}  // namespace

void Runner::block_barrier(Site site) {
  Block& here = *here_;
  if (here.alive < block_threads_) {
    fail(cudaErrorLaunchFailure,
         "__syncthreads: " + std::to_string(block_threads_ - here.alive) + " of " + std::to_string(block_threads_) +
             " threads have returned before this barrier, and never reach it",
         site, nullptr, current_);
  }
  if (here.arrived == 0) {
    here.barrier = site;
    here.first_arrived = current_;
  } else if (!(site == here.barrier)) {
    std::string what = "divergent __syncthreads: this thread waits here, thread " +
                       std::to_string(here.first_arrived - here.first) + " of the block waits at ";
    what += place(here.barrier);
    fail(cudaErrorLaunchFailure, std::move(what), site, nullptr, current_);
  }
  if (++here.arrived == here.alive) {
    release_block();
    if (!shuffled_ || random_.coin()) return;  // the last to come goes on at once, or some other thread does
    make_ready(current_ / kWarpSize, 1u << lane());
  } else {
    at_barrier_[size_t(current_)] = true;
  }
  suspend();
}

void Runner::release_block() {
  if (hooks) hooks->block_sync();
  Block& here = *here_;
  const int first = here.first, end = first + block_threads_;
  here.vote_total = block_threads_;
  here.vote_count = here.votes;
  here.votes = 0;
  for (int w = first / kWarpSize; w * kWarpSize < end; ++w) {
    uint32_t lanes = warps_[size_t(w)].alive;
    if (w == current_ / kWarpSize) lanes &= ~(1u << lane());
    make_ready(w, lanes);
  }
  std::fill_n(at_barrier_.begin() + first, block_threads_, false);
  here.arrived = 0;
}

int Runner::block_vote(int predicate, Vote vote, Site site) {
  here_->votes += predicate != 0;
  block_barrier(site);
  if (vote == Vote::count) return here_->vote_count;
  return vote == Vote::all ? here_->vote_count == here_->vote_total : here_->vote_count > 0;
}

void Runner::warp_collective(uint32_t mask, void* payload, Combine combine, const char* name, Site site) {
  const int w = current_ / kWarpSize, own = lane();
  Warp& warp = warps_[size_t(w)];
  if ((mask >> own & 1) == 0) {
    fail(cudaErrorLaunchFailure,
         std::string(name) + ": lane " + std::to_string(own) + " calls it with the mask " + hexadecimal(mask) +
             ", which does not name that lane",
         site, nullptr, current_);
  }
  const auto slot = size_t(own);
  warp.payload[slot] = payload;
  warp.combine[slot] = combine;
  warp.mask[slot] = mask;
  warp.name[slot] = name;
  warp.site[slot] = site;
  warp.waiting |= 1u << own;
  const uint32_t lanes = mask & warp.alive;
  if ((warp.waiting & lanes) == lanes) {
    complete_warp(w, lanes, own);
    if (!shuffled_ || random_.coin()) return;
    make_ready(w, 1u << own);
  }
  suspend();
}

void Runner::park(const void* what, const char* name, const void* place) {
  parked_.push_back({what, name, place, current_});
  suspend();
}

void Runner::wake(const void* what) {
  std::erase_if(parked_, [&](const Parked& parked) {
    if (parked.what != what) return false;
    make_ready(parked.thread / kWarpSize, 1u << parked.thread % kWarpSize);
    return true;
  });
}

void Runner::complete_warp(int w, uint32_t lanes, int self) {
  Warp& warp = warps_[size_t(w)];
  const auto first = size_t(__builtin_ctz(lanes));
  for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
    const auto other = size_t(__builtin_ctz(rest));
    if (warp.mask[other] != warp.mask[first]) {
      fail(cudaErrorLaunchFailure,
           std::string(warp.name[other]) + ": lane " + std::to_string(other) + " waits with the mask " +
               hexadecimal(warp.mask[other]) + ", lane " + std::to_string(first) + " with " +
               hexadecimal(warp.mask[first]),
           warp.site[other], nullptr, w * kWarpSize + int(other));
    }
    if (warp.combine[other] != warp.combine[first] || !(warp.site[other] == warp.site[first])) {
      std::string what = "divergent warp instruction: lane " + std::to_string(other) + " waits in this " +
                         warp.name[other] + ", lane " + std::to_string(first) + " in " + warp.name[first] + " at ";
      what += place(warp.site[first]);
      fail(cudaErrorLaunchFailure, std::move(what), warp.site[other], nullptr, w * kWarpSize + int(other));
    }
  }
  if (warp.combine[first] != nullptr) warp.combine[first](warp.payload.data(), lanes);
  warp.waiting &= ~lanes;
  if (hooks) hooks->warp_sync(w, lanes);
  make_ready(w, self >= 0 ? lanes & ~(1u << self) : lanes);
}

/// Waits for the other lanes of the warp, until all are here or nobody of the block can go on.
uint32_t Runner::active_mask(Site site) {
  const int w = current_ / kWarpSize, own = lane();
  Warp& warp = warps_[size_t(w)];
  if (shuffled_ && random_.below(4) == 0) return 1u << own;
  uint32_t active = 0;
  const auto slot = size_t(own);
  warp.payload[slot] = &active;
  warp.site[slot] = site;
  warp.gathering |= 1u << own;
  if (warp.gathering != warp.alive || (release_gathered(w, own) >> own & 1) == 0) suspend();
  return active;
}

/// Lets the lanes of a warp that wait in one __activemask go on, but for `self`, which runs (-1: none); returns them
/// all.
uint32_t Runner::release_gathered(int w, int self) {
  Warp& warp = warps_[size_t(w)];
  const auto first = size_t(__builtin_ctz(warp.gathering));
  uint32_t together = 0;
  for (uint32_t rest = warp.gathering; rest != 0; rest &= rest - 1) {
    if (warp.site[size_t(__builtin_ctz(rest))] == warp.site[first]) together |= rest & -rest;
  }
  for (uint32_t rest = together; rest != 0; rest &= rest - 1) {
    *static_cast<uint32_t*>(warp.payload[size_t(__builtin_ctz(rest))]) = together;
  }
  warp.gathering &= ~together;
  make_ready(w, self >= 0 ? together & ~(1u << self) : together);
  return together;
}

/// The same for the first warp that has such lanes; false if there is none.
bool Runner::release_first_gathered() {
  for (int w = 0; w * kWarpSize < threads_; ++w) {
    if (warps_[size_t(w)].gathering != 0) return release_gathered(w, -1) != 0;
  }
  return false;
}

void Runner::fail_lane(int lane, std::string what) {
  const Warp& warp = warps_[size_t(current_ / kWarpSize)];
  const auto slot = size_t(lane);
  what.insert(0, ": ").insert(0, warp.name[slot]);
  fail(cudaErrorLaunchFailure, std::move(what), warp.site[slot], nullptr, current_ / kWarpSize * kWarpSize + lane);
}

void Runner::end_thread() {
  CopyQueue& queue = copies_[size_t(current_)];
  if (queue.groups != 0 || !queue.copies.empty()) queue = CopyQueue();
  const int w = current_ / kWarpSize;
  Warp& warp = warps_[size_t(w)];
  warp.alive &= ~(1u << lane());
  --alive_;
  Block& here = *here_;
  --here.alive;
  units_.thread_ended(warp.alive == 0);
  if (here.arrived > 0) {
    fail(cudaErrorLaunchFailure,
         "__syncthreads: thread " + std::to_string(rank_in_block()) + " of the block has returned, while " +
             std::to_string(here.arrived) + " of " + std::to_string(block_threads_) + " threads wait for it here",
         here.barrier, nullptr, here.first_arrived);
  }
  if (warp.waiting == 0) return;
  // Lanes that have returned need not come to a warp instruction: it may be complete now.
  const auto waiting = size_t(__builtin_ctz(warp.waiting));
  const uint32_t lanes = warp.mask[waiting] & warp.alive;
  if ((warp.waiting & lanes) == lanes) complete_warp(w, lanes, -1);
}

void Runner::fail_deadlock() {
  std::string what = "deadlock:";
  int blamed = -1;
  Site site{nullptr, 0};
  for (const Block& block : blocks_) {
    if (block.arrived == 0) continue;
    what += " " + std::to_string(block.arrived) + " of " + std::to_string(block_threads_) +
            " threads wait at __syncthreads (" + place(block.barrier) + ")";
    blamed = block.first_arrived;
    site = block.barrier;
  }
  for (int w = 0; w * kWarpSize < threads_; ++w) {
    const Warp& warp = warps_[size_t(w)];
    if (warp.waiting == 0) continue;
    const int lane = __builtin_ctz(warp.waiting);
    const auto slot = size_t(lane);
    const uint32_t missing = warp.mask[slot] & warp.alive & ~warp.waiting;
    if (blamed < 0) blamed = w * kWarpSize + lane, site = warp.site[slot];
    what += std::string(what.back() == ':' ? " " : "; ") + "lane " + std::to_string(lane) + " of warp " +
            std::to_string(w) + " waits in " + warp.name[slot] + " (" + place(warp.site[slot]) + ") with mask " +
            hexadecimal(warp.mask[slot]) +
            (missing != 0 ? ", to which lanes " + hexadecimal(missing) + " do not come" : "");
    if (what.size() > 1000) break;
  }
  const void* where = nullptr;
  for (const Parked& parked : parked_) {
    if (what.size() > 1000) break;
    what += std::string(what.back() == ':' ? " " : "; ") + "thread " + std::to_string(parked.thread % block_threads_) +
            " of the block waits in " + parked.name;
    if (blamed < 0) blamed = parked.thread, where = parked.place;
  }
  fail(cudaErrorLaunchFailure, std::move(what), site, where, blamed < 0 ? 0 : blamed);
}

void block_barrier(Site site) { Runner::running()->block_barrier(site); }
int block_vote(int predicate, Vote vote, Site site) { return Runner::running()->block_vote(predicate, vote, site); }
void warp_collective(uint32_t mask, void* payload, Combine combine, const char* name, Site site) {
  Runner::running()->warp_collective(mask, payload, combine, name, site);
}
uint32_t active_mask(Site site) { return Runner::running()->active_mask(site); }
int lane_index() { return Runner::running()->lane(); }
int thread_rank() { return Runner::running()->rank_in_block(); }
void yield_thread() { Runner::running()->yield(); }
bool in_kernel() { return Runner::running() != nullptr; }

}  // namespace cadena::cuda::emulated

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
  if (alive_ < threads_) {
    fail(cudaErrorLaunchFailure,
         "__syncthreads: " + std::to_string(threads_ - alive_) + " of " + std::to_string(threads_) +
             " threads have returned before this barrier, and never reach it",
         site, nullptr, current_);
  }
  if (arrived_ == 0) {
    barrier_ = site;
    first_arrived_ = current_;
  } else if (!(site == barrier_)) {
    fail(cudaErrorLaunchFailure,
         "divergent __syncthreads: this thread waits here, thread " + std::to_string(first_arrived_) +
             " of the block waits at " + place(barrier_),
         site, nullptr, current_);
  }
  if (++arrived_ == alive_) {
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
  vote_total_ = threads_;
  vote_count_ = votes_;
  votes_ = 0;
  for (int w = 0; w * kWarpSize < threads_; ++w) {
    uint32_t lanes = warps_[size_t(w)].alive;
    if (w == current_ / kWarpSize) lanes &= ~(1u << lane());
    make_ready(w, lanes);
  }
  std::fill_n(at_barrier_.begin(), threads_, false);
  arrived_ = 0;
}

int Runner::block_vote(int predicate, Vote vote, Site site) {
  votes_ += predicate != 0;
  block_barrier(site);
  if (vote == Vote::count) return vote_count_;
  return vote == Vote::all ? vote_count_ == vote_total_ : vote_count_ > 0;
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
      fail(cudaErrorLaunchFailure,
           "divergent warp instruction: lane " + std::to_string(other) + " waits in this " + warp.name[other] +
               ", lane " + std::to_string(first) + " in " + warp.name[first] + " at " + place(warp.site[first]),
           warp.site[other], nullptr, w * kWarpSize + int(other));
    }
  }
  if (warp.combine[first] != nullptr) warp.combine[first](warp.payload.data(), lanes);
  warp.waiting &= ~lanes;
  if (hooks) hooks->warp_sync(w, lanes);
  make_ready(w, self >= 0 ? lanes & ~(1u << self) : lanes);
}

void Runner::fail_lane(int lane, const std::string& what) {
  const Warp& warp = warps_[size_t(current_ / kWarpSize)];
  const auto slot = size_t(lane);
  fail(cudaErrorLaunchFailure, std::string(warp.name[slot]) + ": " + what, warp.site[slot], nullptr,
       current_ / kWarpSize * kWarpSize + lane);
}

void Runner::end_thread() {
  CopyQueue& queue = copies_[size_t(current_)];
  if (queue.groups != 0 || !queue.copies.empty()) queue = CopyQueue();
  const int w = current_ / kWarpSize;
  Warp& warp = warps_[size_t(w)];
  warp.alive &= ~(1u << lane());
  --alive_;
  if (arrived_ > 0) {
    fail(cudaErrorLaunchFailure,
         "__syncthreads: thread " + std::to_string(current_) + " of the block has returned, while " +
             std::to_string(arrived_) + " of " + std::to_string(threads_) + " threads wait for it here",
         barrier_, nullptr, first_arrived_);
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
  if (arrived_ > 0) {
    what += " " + std::to_string(arrived_) + " of " + std::to_string(threads_) + " threads wait at __syncthreads (" +
            place(barrier_) + ")";
    blamed = first_arrived_;
    site = barrier_;
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
  fail(cudaErrorLaunchFailure, std::move(what), site, nullptr, blamed < 0 ? 0 : blamed);
}

void block_barrier(Site site) { Runner::running()->block_barrier(site); }
int block_vote(int predicate, Vote vote, Site site) { return Runner::running()->block_vote(predicate, vote, site); }
void warp_collective(uint32_t mask, void* payload, Combine combine, const char* name, Site site) {
  Runner::running()->warp_collective(mask, payload, combine, name, site);
}
uint32_t lanes_alive() { return Runner::running()->lanes_alive(); }
int lane_index() { return Runner::running()->lane(); }
int thread_rank() { return Runner::running()->thread(); }
void yield_thread() { Runner::running()->yield(); }
bool in_kernel() { return Runner::running() != nullptr; }

}  // namespace cadena::cuda::emulated

#pragma once

#include "cuda/runtime/emulated/site.h"

/// What the threads of a block do together. A GPU thread is a fiber here: a function with a stack of its own that can
/// be left in the middle and continued later. A barrier leaves the fiber; the last thread to arrive wakes all others.
namespace cadena::cuda::emulated {

/// What `__syncthreads_count`, `_and` and `_or` tell every thread about the predicates of all.
enum class Vote { count, all, any };

/// Waits until every thread of the block has come here. Fails the kernel where some wait elsewhere or have returned.
void block_barrier(Site site);
/// block_barrier, then the vote over all threads' predicates.
int block_vote(int predicate, Vote vote, Site site);
/// What the last lane to arrive does on behalf of all: `payloads[lane]` for each lane of `lanes`.
using Combine = void (*)(void** payloads, uint32_t lanes);
/// Waits until every lane of `mask` that has not returned has come here; then `combine` runs once over all payloads.
/// Every warp instruction (shuffle, ballot, mma) is this function with another `combine`.
void warp_collective(uint32_t mask, void* payload, Combine combine, const char* name, Site site);
/// The lanes of the running warp that come to this place together, see `__activemask`.
uint32_t active_mask(Site site);
/// The running lane.
int lane_index();
/// The rank of the running thread in its block.
int thread_rank();
/// Lets other threads of the block run, and comes back: for threads that spin on memory.
void yield_thread();
/// True inside a kernel, false in host code.
bool in_kernel();

}  // namespace cadena::cuda::emulated

inline void __syncthreads(cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  cadena::cuda::emulated::block_barrier(site);
}
inline int __syncthreads_count(int predicate,
                               cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::block_vote(predicate, cadena::cuda::emulated::Vote::count, site);
}
inline int __syncthreads_and(int predicate, cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::block_vote(predicate, cadena::cuda::emulated::Vote::all, site);
}
inline int __syncthreads_or(int predicate, cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::block_vote(predicate, cadena::cuda::emulated::Vote::any, site);
}
inline void __syncwarp(unsigned mask = 0xffffffffu,
                       cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  cadena::cuda::emulated::warp_collective(mask, nullptr, nullptr, "__syncwarp", site);
}
/// The lanes that come here together: this one, and those that no other wait of theirs keeps from it. As on a GPU
/// nothing says which these are; under a seed it is sometimes this lane alone.
inline unsigned __activemask(cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::active_mask(site);
}

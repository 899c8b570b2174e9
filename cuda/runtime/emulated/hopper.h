#pragma once

#include <cuda.h>

#include <cstdint>

/// The instructions of Hopper as functions, for the headers in cuda/runtime/hopper; AsyncUnits says what they do.
namespace cadena::cuda::emulated {

uint32_t shared_address(const void* pointer);

void barrier_init(uint64_t* barrier, int arrivals);
void barrier_arrive(uint64_t* barrier, int expected_bytes);
void barrier_arrive_at(uint64_t* barrier, unsigned rank);
void barrier_wait(uint64_t* barrier, int parity);

/// A box of the tensor of `map` from the coordinates on, innermost first, to the blocks whose bits are set (0: one's
/// own).
void load_box(void* shared, const CUtensorMap& map, const int (&at)[3], uint64_t* barrier, unsigned blocks);
void store_box(const CUtensorMap& map, const void* shared, const int (&at)[3]);
void load_bytes(void* shared, const void* global, int bytes, uint64_t* barrier);
void add_floats(float* global, const float* shared, int bytes);
void close_transfers();
void wait_transfers(int pending);

void named_barrier(int name, int threads, bool wait);
unsigned cluster_rank();
void cluster_sync();

void wgmma_fence();
void wgmma_commit();
void wgmma_wait(int pending);
/// `d` (`columns` / 2 numbers) = or += `a`, in four registers or, if null, in shared memory, times B.
void wgmma(float* d, const uint32_t* a, uint64_t a_descriptor, uint64_t b_descriptor, int columns, bool accumulates,
           bool a_across, bool b_across);

}  // namespace cadena::cuda::emulated

#pragma once

#include <string>

#include "cuda/runtime/emulated/api_types.h"

namespace cadena::cuda::emulated {

/// Remembers `error` as the last one and returns it; a failed kernel's comes back from every call until a reset.
cudaError_t report(cudaError_t error);
/// The failure of an earlier kernel, or cudaSuccess.
cudaError_t sticky_error();
/// Records that a kernel has failed: the context is lost, as on a GPU.
void lose_context(cudaError_t error, const std::string& diagnosis);
/// An error that a call explains: `diagnosis` is told until the next failure.
cudaError_t refuse(cudaError_t error, const std::string& diagnosis);
/// What the emulator knows of the last failure.
std::string last_diagnosis();
/// Forgets failures.
void clear_errors();

/// How many calls so far, on all threads, would make the host wait for a GPU: synchronizations, copies from or to
/// ordinary host memory, cudaMalloc, cudaFree, and the like for page-locked memory.
unsigned long waits();
/// Counts such a call.
void count_wait();

/// The seed of the order in which blocks, warps, lanes and streams run: 0 is ascending. From CADENA_EMULATOR_SEED.
unsigned long seed();
/// Sets the seed for the launches that follow.
void set_seed(unsigned long value);
/// Seconds after which a kernel is stopped; from CADENA_EMULATOR_TIMEOUT, otherwise 300.
double time_limit();
/// Sets the limit for the launches that follow.
void set_time_limit(double seconds);

}  // namespace cadena::cuda::emulated

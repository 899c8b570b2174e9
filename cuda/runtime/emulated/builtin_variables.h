#pragma once

#include "cuda/runtime/emulated/vector_types.h"

/// Rewritten whenever another GPU thread runs on this OS thread. Never const: a compiler could keep a constant in a
/// register across a barrier, where another thread's index may have been in it.
extern __thread uint3 threadIdx;
extern __thread uint3 blockIdx;
extern __thread dim3 blockDim;
extern __thread dim3 gridDim;
inline constexpr int warpSize = 32;

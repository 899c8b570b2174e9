#pragma once

#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

/// Runs all blocks of a grid, spread over the OS threads; false where one failed, with the first failure. The calling
/// thread works too. CADENA_EMULATOR_THREADS sets their number; with hooks there is one.
bool run_grid(const KernelLaunch& launch, Failure& failure);
/// The order for the next launch: 0 where the seed is 0, otherwise a number that is never the same.
uint64_t next_order();

}  // namespace cadena::cuda::emulated

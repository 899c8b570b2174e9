#pragma once

namespace cadena::cuda::emulated {

struct KernelLaunch;

/// Fills the shared memory of a block with NaN, so that a kernel that reads what it has not written shows it.
void poison_shared(const KernelLaunch& launch, void* dynamic_shared);

}  // namespace cadena::cuda::emulated

#pragma once

#include <functional>

#include "cuda/runtime/emulated/kernel_launch.h"
#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

/// One thing a stream does: a kernel, a copy, a fill. It returns the error it ends with.
using Operation = std::function<cudaError_t()>;

/// Runs a grid now; a failure loses the context.
cudaError_t run_kernel(const KernelLaunch& launch);
/// Puts `operation` at the end of `stream`; on the default stream it runs before this returns.
cudaError_t enqueue(cudaStream_t stream, Operation operation);
/// The same for a kernel.
cudaError_t submit_kernel(cudaStream_t stream, const KernelLaunch& launch, const Body& body);
/// Runs everything in `stream`.
cudaError_t finish(cudaStream_t stream);
/// Runs everything in every stream.
cudaError_t finish_all();

}  // namespace cadena::cuda::emulated

#include "cuda/runtime/emulated/stream_queue.h"

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/state.h"

namespace cadena::cuda::emulated {

cudaError_t enqueue(cudaStream_t, Operation operation) { return operation(); }
cudaError_t submit_kernel(cudaStream_t, const KernelLaunch& launch, const Body&) { return run_kernel(launch); }
cudaError_t finish(cudaStream_t) { return sticky_error(); }
cudaError_t finish_all() { return sticky_error(); }

}  // namespace cadena::cuda::emulated

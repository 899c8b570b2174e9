#pragma once

#include <cuda_runtime.h>

namespace cadena::cuda {

/// The stream on which this thread's kernels run, one after the other: the default stream unless a StreamScope says
/// otherwise.
cudaStream_t current_stream();

/// While it lives, this thread's kernels run on `stream`.
class StreamScope {
 public:
  explicit StreamScope(cudaStream_t stream);
  ~StreamScope();
  StreamScope(const StreamScope&) = delete;
  StreamScope& operator=(const StreamScope&) = delete;

 private:
  cudaStream_t before_;
};

}  // namespace cadena::cuda

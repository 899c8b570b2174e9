#pragma once

#include <cuda_runtime.h>

namespace cadena::cuda {

/// The stream on which this thread's kernels run, one after the other: the default stream unless a StreamScope says
/// otherwise.
cudaStream_t current_stream();

/// While it lives, this thread's kernels run on `stream`: after all that this thread has launched before, and before
/// all that it launches afterwards. So a tensor may be made on one stream, used on another and freed on a third. Two
/// threads with streams of their own order their work by events, and keep what they share until both are done.
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

#include "cuda/kernels/stream.h"

#include "cuda/kernels/recording.h"
#include "cuda/runtime/event.h"

namespace cadena::cuda {
namespace {

thread_local cudaStream_t current = nullptr;

bool is_capturing(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  return cudaStreamIsCapturing(stream, &status) != cudaSuccess || status != cudaStreamCaptureStatusNone;
}

/// What is put into `later` from now on waits for what is in `earlier` now. A graph has an order of its own.
void follow(cudaStream_t later, cudaStream_t earlier) {
  if (later == earlier || is_capturing(later) || is_capturing(earlier)) return;
  Event mark(false);
  mark.record(earlier);
  mark.hold(later);
}

}  // namespace

cudaStream_t current_stream() { return current; }

StreamScope::StreamScope(cudaStream_t stream) : before_(current) {
  if (stream != current) Recording::refuse("StreamScope", "a step is recorded on one stream");
  follow(stream, current);
  current = stream;
}

StreamScope::~StreamScope() {
  try {
    follow(before_, current);
  } catch (const CudaError&) {  // the device has failed: the next call says so
  }
  current = before_;
}

}  // namespace cadena::cuda

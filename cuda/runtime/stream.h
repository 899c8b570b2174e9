#pragma once

#include <cuda_runtime.h>

#include <utility>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// A queue of kernels and copies that run one after another, beside those of other streams. Destroyed with it.
class Stream {
 public:
  /// A stream that the default stream waits for, unless `non_blocking`. Throws CudaError.
  explicit Stream(bool non_blocking = false) {
    check(cudaStreamCreateWithFlags(&stream_, non_blocking ? cudaStreamNonBlocking : cudaStreamDefault), "Stream");
  }
  ~Stream() {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }
  Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// The runtime's handle, for Launch::stream and the like.
  cudaStream_t get() const { return stream_; }
  /// Waits until everything in the stream is done. Throws CudaError where something has failed.
  void synchronize(Location where = Location::here()) const {
    check(cudaStreamSynchronize(stream_), "Stream::synchronize", where);
  }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace cadena::cuda

#pragma once

#include <cuda_runtime.h>

#include <utility>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// A point in a stream: others wait for it, and two of them measure time.
class Event {
 public:
  /// Keeps the time it is reached, unless `timed` is false. Throws CudaError.
  explicit Event(bool timed = true) {
    check(cudaEventCreateWithFlags(&event_, timed ? cudaEventDefault : cudaEventDisableTiming), "Event");
  }
  ~Event() {
    if (event_ != nullptr) cudaEventDestroy(event_);
  }
  Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// The runtime's handle.
  cudaEvent_t get() const { return event_; }
  /// Marks the end of what is in `stream` now.
  void record(cudaStream_t stream = nullptr) { check(cudaEventRecord(event_, stream), "Event::record"); }
  /// Makes what is put into `stream` from now on wait for the mark.
  void hold(cudaStream_t stream) const { check(cudaStreamWaitEvent(stream, event_, 0), "Event::hold"); }
  /// Waits, on the host, until the mark is reached.
  void synchronize() const { check(cudaEventSynchronize(event_), "Event::synchronize"); }
  /// Milliseconds from `start` to this mark; both have been reached.
  float since(const Event& start) const {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start.event_, event_), "Event::since");
    return milliseconds;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace cadena::cuda

#include <set>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/stream_queue.h"

using namespace cadena::cuda::emulated;

namespace {

cudaError_t no_stream() { return refuse(cudaErrorInvalidResourceHandle, "a stream that does not exist"); }

/// The events that exist. Never destroyed: a static object may hold one until the very end.
std::set<cudaEvent_t>& events() {
  static auto& all = *new std::set<cudaEvent_t>;
  return all;
}
bool is_event(cudaEvent_t event) {
  const std::lock_guard lock(stream_mutex());
  return events().count(event) != 0;
}
cudaError_t no_event() { return refuse(cudaErrorInvalidResourceHandle, "an event that does not exist"); }

cudaError_t captured() {
  return refuse(cudaErrorStreamCaptureUnsupported, "waiting for the device while a stream is captured");
}

}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamDefault); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  if (stream == nullptr || flags > cudaStreamNonBlocking) return report(cudaErrorInvalidValue);
  *stream = nullptr;
  if (sticky_error() != cudaSuccess) return report(cudaSuccess);
  *stream = new CUstream_st;
  (*stream)->blocking = flags == cudaStreamDefault;
  add_stream(*stream);
  return report(cudaSuccess);
}

/// Every priority is the same here.
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int) {
  return cudaStreamCreateWithFlags(stream, flags);
}
cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  if (least != nullptr) *least = 0;
  if (greatest != nullptr) *greatest = 0;
  return report(cudaSuccess);
}

cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  cudaStream_t stream = nullptr;
  if (!find_stream(handle, stream) || stream == nullptr || handle == cudaStreamPerThread) return no_stream();
  finish(stream);
  remove_stream(stream);
  delete stream;
  return report(cudaSuccess);
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  count_wait();
  cudaStream_t stream = nullptr;
  if (!find_stream(handle, stream)) return no_stream();
  if (stream == nullptr) {
    if (const cudaError_t error = enter_default_stream(); error != cudaSuccess) return error;
    finish_blocking();
  } else if (stream->capture) {
    invalidate_captures();
    return captured();
  } else {
    finish(stream);
  }
  return report(cudaSuccess);
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  cudaStream_t stream = nullptr;
  if (!find_stream(handle, stream)) return no_stream();
  if (stream == nullptr || stream->queue.empty()) return report(cudaSuccess);
  step(stream);  // so that a program that asks again and again comes to an end
  return report(cudaErrorNotReady);
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  if (function == nullptr) return report(cudaErrorInvalidValue);
  return report(enqueue(stream, [=] {
    function(data);
    return cudaSuccess;
  }));
}

cudaError_t cudaDeviceSynchronize() {
  count_wait();
  if (invalidate_captures()) return captured();
  finish_all();
  return report(cudaSuccess);
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  if (event == nullptr) return report(cudaErrorInvalidValue);
  *event = new CUevent_st;
  (*event)->timed = (flags & cudaEventDisableTiming) == 0;
  const std::lock_guard lock(stream_mutex());
  events().insert(*event);
  return report(cudaSuccess);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (!is_event(event)) return no_event();
  const std::lock_guard lock(stream_mutex());
  events().erase(event);
  delete event;
  return report(cudaSuccess);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  cudaStream_t stream = nullptr;
  if (!is_event(event)) return no_event();
  if (!find_stream(handle, stream)) return no_stream();
  const std::lock_guard lock(stream_mutex());
  event->capture.reset();
  if (stream != nullptr && stream->capture) {
    event->capture = stream->capture;
    event->last = stream->last;
    return report(cudaSuccess);
  }
  event->marker = std::make_shared<Marker>();
  event->marker->stream = stream;
  if (stream != nullptr) {
    push(stream, {nullptr, nullptr, event->marker});
  } else {
    if (const cudaError_t error = enter_default_stream(); error != cudaSuccess) return error;
    finish_blocking();
    event->marker->done = true;
    event->marker->when = std::chrono::steady_clock::now();
  }
  return report(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  cudaStream_t stream = nullptr;
  if (!is_event(event)) return no_event();
  if (!find_stream(handle, stream)) return no_stream();
  const std::lock_guard lock(stream_mutex());
  if (event->capture) {  // the stream joins the capture
    if (stream == nullptr) return refuse(cudaErrorStreamCaptureUnsupported, "the default stream in a capture");
    if (stream->capture != event->capture) {
      stream->capture = event->capture;
      stream->last.clear();
    }
    stream->last.insert(stream->last.end(), event->last.begin(), event->last.end());
    return report(cudaSuccess);
  }
  if (event->marker == nullptr || event->marker->done) return report(cudaSuccess);
  if (stream == nullptr) {
    finish(*event->marker);
  } else {
    push(stream, {nullptr, event->marker, nullptr});
  }
  return report(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  count_wait();
  if (!is_event(event)) return no_event();
  if (event->capture) return captured();
  if (event->marker) finish(*event->marker);
  return report(cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (!is_event(event)) return no_event();
  if (event->marker == nullptr || event->marker->done) return report(cudaSuccess);
  step(event->marker->stream);
  return report(cudaErrorNotReady);
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (milliseconds == nullptr) return report(cudaErrorInvalidValue);
  if (!is_event(start) || !is_event(end)) return no_event();
  if (!start->timed || !end->timed || !start->marker || !end->marker) {
    return refuse(cudaErrorInvalidResourceHandle, "the time between events that do not keep it or were never recorded");
  }
  if (!start->marker->done || !end->marker->done) return report(cudaErrorNotReady);
  *milliseconds = std::chrono::duration<float, std::milli>(end->marker->when - start->marker->when).count();
  return report(cudaSuccess);
}

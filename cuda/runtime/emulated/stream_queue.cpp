#include "cuda/runtime/emulated/stream_queue.h"

#include <algorithm>
#include <utility>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/pool.h"
#include "cuda/runtime/emulated/state.h"

namespace cadena::cuda::emulated {
namespace {

std::vector<cudaStream_t>& streams() {
  static auto& all = *new std::vector<cudaStream_t>;  // freeing memory after the end of main asks for them
  return all;
}

thread_local cudaStreamCaptureMode mode_of_thread = cudaStreamCaptureModeGlobal;

bool ready(const CUstream_st& stream) {
  return !stream.queue.empty() && (stream.queue.front().after == nullptr || stream.queue.front().after->done);
}

void run_first(CUstream_st& stream) {
  const Task task = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (task.run && sticky_error() == cudaSuccess) report(task.run());
  if (task.marks) {
    task.marks->done = true;
    task.marks->when = std::chrono::steady_clock::now();
  }
}

/// Runs the first operation of `stream`, or where it waits for an event, of the stream it waits for.
void step_toward(CUstream_st& stream) {
  CUstream_st* next = &stream;
  while (!ready(*next)) {
    if (next->queue.empty()) return;
    next = next->queue.front().after->stream;
  }
  run_first(*next);
}

/// One step to where `target` wants to go, or, by the seed, of any stream that can take one.
void take_step(CUstream_st& target) {
  static Random random;
  static unsigned long seeded = 0;
  if (seed() != seeded) random = Random(seeded = seed());
  if (seeded != 0 && random.coin()) {
    std::vector<cudaStream_t> able;
    std::copy_if(streams().begin(), streams().end(), std::back_inserter(able), [](auto* s) { return ready(*s); });
    if (!able.empty()) return run_first(*able[random.below(uint32_t(able.size()))]);
  }
  step_toward(target);
}

/// Invalidates the captures of the streams that `concerns` picks; whether there is one.
template <class Concerns>
bool invalidate_where(const Concerns& concerns) {
  const std::lock_guard lock(stream_mutex());
  bool any = false;
  for (cudaStream_t stream : streams()) {
    if (!stream->capture || !concerns(*stream)) continue;
    stream->capture->valid = false;
    any = true;
  }
  return any;
}

}  // namespace

std::recursive_mutex& stream_mutex() {
  static auto& mutex = *new std::recursive_mutex;
  return mutex;
}

bool find_stream(cudaStream_t handle, cudaStream_t& stream) {
  stream = nullptr;
  if (handle == nullptr || handle == cudaStreamLegacy) return true;
  if (handle == cudaStreamPerThread) {
    static CUstream_st own;
    stream = &own;
    const std::lock_guard lock(stream_mutex());
    if (std::find(streams().begin(), streams().end(), stream) == streams().end()) streams().push_back(stream);
    return true;
  }
  const std::lock_guard lock(stream_mutex());
  if (std::find(streams().begin(), streams().end(), handle) == streams().end()) return false;
  stream = handle;
  return true;
}

void add_stream(cudaStream_t stream) {
  const std::lock_guard lock(stream_mutex());
  streams().push_back(stream);
}

void remove_stream(cudaStream_t stream) {
  const std::lock_guard lock(stream_mutex());
  streams().erase(std::remove(streams().begin(), streams().end(), stream), streams().end());
}

void drop_streams() {
  const std::lock_guard lock(stream_mutex());
  for (cudaStream_t stream : streams()) {
    for (const Task& task : stream->queue) {
      if (task.marks) task.marks->done = true;
    }
    stream->queue.clear();
    stream->capture.reset();
  }
}

void push(cudaStream_t stream, Task task) {
  const std::lock_guard lock(stream_mutex());
  stream->queue.push_back(std::move(task));
}

cudaError_t enqueue(cudaStream_t handle, Operation operation) {
  cudaStream_t stream = nullptr;
  const std::lock_guard lock(stream_mutex());
  if (!find_stream(handle, stream)) return cudaErrorInvalidResourceHandle;
  if (stream == nullptr) {
    if (const cudaError_t error = enter_default_stream(); error != cudaSuccess) return error;
    finish_blocking();
    return sticky_error() != cudaSuccess ? sticky_error() : operation();
  }
  if (stream->capture) {
    if (!stream->capture->valid) return cudaErrorStreamCaptureInvalidated;
    stream->capture->nodes.push_back({std::move(operation), stream->last});
    stream->last = {stream->capture->nodes.size() - 1};
    return cudaSuccess;
  }
  stream->queue.push_back({std::move(operation), nullptr, nullptr});
  return cudaSuccess;
}

cudaError_t submit_kernel(cudaStream_t handle, const KernelLaunch& launch, const Body& body) {
  if (handle == nullptr || handle == cudaStreamLegacy) {
    return enqueue(handle, [&launch] { return run_kernel(launch); });
  }
  return enqueue(handle, [kept = body.copy(body.arguments), launch] {
    KernelLaunch again = launch;
    again.arguments = kept.get();
    again.order = next_order();  // a graph runs it many times
    return run_kernel(again);
  });
}

void step(cudaStream_t stream) {
  const std::lock_guard lock(stream_mutex());
  if (!stream->queue.empty()) take_step(*stream);
}

cudaError_t finish(cudaStream_t stream) {
  const std::lock_guard lock(stream_mutex());
  while (!stream->queue.empty()) take_step(*stream);
  return sticky_error();
}

cudaError_t finish(const Marker& marker) {
  const std::lock_guard lock(stream_mutex());
  while (!marker.done) take_step(*marker.stream);
  return sticky_error();
}

cudaError_t finish_all() {
  const std::lock_guard lock(stream_mutex());
  for (size_t i = 0; i < streams().size(); ++i) finish(streams()[i]);
  return sticky_error();
}

void finish_blocking() {
  const std::lock_guard lock(stream_mutex());
  for (size_t i = 0; i < streams().size(); ++i) {
    if (streams()[i]->blocking) finish(streams()[i]);
  }
}

bool invalidate_captures() {
  return invalidate_where([](const CUstream_st&) { return true; });
}

cudaError_t enter_default_stream() {
  if (!invalidate_where([](const CUstream_st& stream) { return stream.blocking; })) return cudaSuccess;
  return refuse(cudaErrorStreamCaptureUnsupported, "the default stream, while a stream that it waits for is captured");
}

bool capture_forbids_waiting() {
  return invalidate_where([](const CUstream_st& stream) {
    const Capture& capture = *stream.capture;
    if (mode_of_thread == cudaStreamCaptureModeRelaxed || capture.mode == cudaStreamCaptureModeRelaxed) return false;
    const bool is_global = mode_of_thread == cudaStreamCaptureModeGlobal && capture.mode == cudaStreamCaptureModeGlobal;
    return is_global || capture.thread == std::this_thread::get_id();
  });
}

cudaStreamCaptureMode exchange_capture_mode(cudaStreamCaptureMode mode) { return std::exchange(mode_of_thread, mode); }

void end_capture(const std::shared_ptr<Capture>& capture) {
  const std::lock_guard lock(stream_mutex());
  for (cudaStream_t stream : streams()) {
    if (stream->capture != capture) continue;
    stream->capture.reset();
    stream->last.clear();
  }
}

bool is_captured(cudaStream_t handle) {
  const std::lock_guard lock(stream_mutex());
  cudaStream_t stream = nullptr;
  return find_stream(handle, stream) && stream != nullptr && stream->capture != nullptr;
}

}  // namespace cadena::cuda::emulated

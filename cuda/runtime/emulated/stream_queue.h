#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cuda/runtime/emulated/kernel_launch.h"
#include "cuda/runtime/emulated/runner.h"

/// Streams. What is put into a created stream waits there until somebody waits for it, so that a program which forgets
/// to synchronize sees the old data. Streams run in an order that the seed chooses and events restrict. The default
/// stream first empties all others (the non-blocking ones excepted), and runs at once.
namespace cadena::cuda::emulated {

/// One thing a stream does: a kernel, a copy, a fill. It returns the error it ends with.
using Operation = std::function<cudaError_t()>;

/// One recording of an event: whether the stream has come to it, and when.
struct Marker {
  bool done = false;
  std::chrono::steady_clock::time_point when{};
  cudaStream_t stream = nullptr;
};

/// An operation in a stream's queue, the recording it waits for, and the one it makes.
struct Task {
  Operation run;
  std::shared_ptr<Marker> after, marks;
};

/// Operations with the numbers of those that must be done before: what a capture collects.
struct GraphNode {
  Operation run;
  std::vector<size_t> after;
};

/// A capture under way: its graph, and the stream and the thread that began it.
struct Capture {
  std::vector<GraphNode> nodes;
  cudaStream_t origin = nullptr;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  bool valid = true;
};

}  // namespace cadena::cuda::emulated

struct CUstream_st {
  bool blocking = true;  // the default stream waits for it
  std::deque<cadena::cuda::emulated::Task> queue;
  std::shared_ptr<cadena::cuda::emulated::Capture> capture;
  std::vector<size_t> last;  // the nodes of the capture that the next one comes after
};

struct CUevent_st {
  bool timed = true;
  std::shared_ptr<cadena::cuda::emulated::Marker> marker;
  std::shared_ptr<cadena::cuda::emulated::Capture> capture;
  std::vector<size_t> last;
};

namespace cadena::cuda::emulated {

/// Held by every call that looks at streams.
std::recursive_mutex& stream_mutex();
/// The stream behind a handle: null for the default stream. False where there is no such stream.
bool find_stream(cudaStream_t handle, cudaStream_t& stream);
void add_stream(cudaStream_t stream);
void remove_stream(cudaStream_t stream);
/// Forgets all streams and what is in them.
void drop_streams();

/// Runs a grid now; a failure loses the context.
cudaError_t run_kernel(const KernelLaunch& launch);
/// Puts `operation` at the end of `stream`; on the default stream it runs before this returns. While the stream is
/// captured, adds it to the graph.
cudaError_t enqueue(cudaStream_t stream, Operation operation);
/// The same for a kernel.
cudaError_t submit_kernel(cudaStream_t stream, const KernelLaunch& launch, const Body& body);
/// Puts a task with its marks into a created stream.
void push(cudaStream_t stream, Task task);

/// Runs everything in `stream`, everything in every stream, or what is needed until `marker` is done.
cudaError_t finish(cudaStream_t stream);
cudaError_t finish_all();
cudaError_t finish(const Marker& marker);
/// Brings the stream one operation nearer to its end.
void step(cudaStream_t stream);
/// Empties the streams that the default stream waits for.
void finish_blocking();
/// Whether any stream is being captured: then nothing may wait for the device. Invalidates the captures.
bool invalidate_captures();
/// Success, or the refusal of anything for the default stream while a stream that it waits for is being captured; that
/// capture is invalid then.
cudaError_t enter_default_stream();
/// Whether a capture forbids this thread the calls that may wait for the device, such as cudaMalloc; it is invalid
/// then. By the mode of the capture and that of the thread (cudaThreadExchangeStreamCaptureMode).
bool capture_forbids_waiting();
/// Sets this thread's mode and returns the one it had.
cudaStreamCaptureMode exchange_capture_mode(cudaStreamCaptureMode mode);
/// Takes all streams out of a capture that is over.
void end_capture(const std::shared_ptr<Capture>& capture);
/// Whether `stream` is being captured.
bool is_captured(cudaStream_t stream);

}  // namespace cadena::cuda::emulated

#include <algorithm>
#include <mutex>
#include <set>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/stream_queue.h"

/// Graphs: operations that a stream has captured instead of doing them, to be done again and again.
struct CUgraph_st {
  std::vector<cadena::cuda::emulated::GraphNode> nodes;
};
struct CUgraphExec_st {
  std::shared_ptr<const std::vector<cadena::cuda::emulated::GraphNode>> nodes;
};

using namespace cadena::cuda::emulated;

namespace {

/// The handles of one kind that exist.
template <class Handle>
class Handles {
 public:
  Handle add(Handle handle) {
    const std::lock_guard lock(mutex_);
    return *all_.insert(handle).first;
  }
  bool has(Handle handle) {
    const std::lock_guard lock(mutex_);
    return all_.count(handle) != 0;
  }
  cudaError_t destroy(Handle handle, const char* what) {
    const std::lock_guard lock(mutex_);
    if (all_.erase(handle) == 0) return refuse(cudaErrorInvalidValue, std::string(what) + " that does not exist");
    delete handle;
    return report(cudaSuccess);
  }

 private:
  std::mutex mutex_;
  std::set<Handle> all_;
};

Handles<cudaGraph_t>& graphs() {
  static auto& all = *new Handles<cudaGraph_t>;  // a static object may hold one until the very end
  return all;
}
Handles<cudaGraphExec_t>& executables() {
  static auto& all = *new Handles<cudaGraphExec_t>;
  return all;
}

/// Whether every node comes before the end of the stream that began the capture.
bool all_joined(const Capture& capture, const std::vector<size_t>& ends) {
  std::vector<bool> reached(capture.nodes.size(), false);
  for (const size_t end : ends) reached[end] = true;
  for (size_t i = capture.nodes.size(); i-- > 0;) {
    if (!reached[i]) return false;
    for (const size_t before : capture.nodes[i].after) reached[before] = true;
  }
  return true;
}

/// Runs the nodes, each after those it comes after; where several can run, the seed chooses.
cudaError_t run_nodes(const std::vector<GraphNode>& nodes) {
  Random random(seed() + nodes.size());
  std::vector<bool> done(nodes.size(), false);
  for (size_t count = 0; count < nodes.size(); ++count) {
    std::vector<size_t> able;
    for (size_t i = 0; i < nodes.size() && (seed() != 0 || able.empty()); ++i) {
      const auto& after = nodes[i].after;
      if (!done[i] && std::all_of(after.begin(), after.end(), [&](size_t k) { return done[k]; })) able.push_back(i);
    }
    const size_t next = able[random.below(uint32_t(able.size()))];
    done[next] = true;
    if (const cudaError_t error = nodes[next].run(); error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  cudaStream_t stream = nullptr;
  if (!find_stream(handle, stream)) return report(cudaErrorInvalidResourceHandle);
  if (stream == nullptr) return refuse(cudaErrorStreamCaptureUnsupported, "the default stream cannot be captured");
  const std::lock_guard lock(stream_mutex());
  if (stream->capture) return refuse(cudaErrorInvalidValue, "the stream is being captured already");
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->capture->mode = mode;
  stream->capture->thread = std::this_thread::get_id();
  stream->last.clear();
  return report(cudaSuccess);
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  cudaStream_t stream = nullptr;
  if (graph == nullptr) return report(cudaErrorInvalidValue);
  *graph = nullptr;
  if (!find_stream(handle, stream)) return report(cudaErrorInvalidResourceHandle);
  const std::lock_guard lock(stream_mutex());
  if (stream == nullptr || stream->capture == nullptr || stream->capture->origin != stream) {
    return refuse(cudaErrorStreamCaptureUnmatched, "the capture was not begun in this stream");
  }
  const std::shared_ptr<Capture> capture = stream->capture;
  const std::vector<size_t> ends = stream->last;
  end_capture(capture);
  if (!capture->valid) {
    return refuse(cudaErrorStreamCaptureInvalidated,
                  "the program made a call that may wait for the device while the stream was captured");
  }
  if (!all_joined(*capture, ends)) {
    return refuse(cudaErrorStreamCaptureUnjoined, "another stream's captured work was not waited for");
  }
  *graph = graphs().add(new CUgraph_st{std::move(capture->nodes)});
  return report(cudaSuccess);
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  if (mode == nullptr) return report(cudaErrorInvalidValue);
  *mode = exchange_capture_mode(*mode);
  return report(cudaSuccess);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  cudaStream_t stream = nullptr;
  if (status == nullptr || !find_stream(handle, stream)) return report(cudaErrorInvalidValue);
  *status = stream == nullptr || stream->capture == nullptr ? cudaStreamCaptureStatusNone
            : stream->capture->valid                        ? cudaStreamCaptureStatusActive
                                                            : cudaStreamCaptureStatusInvalidated;
  return report(cudaSuccess);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  if (executable == nullptr) return report(cudaErrorInvalidValue);
  if (!graphs().has(graph)) return refuse(cudaErrorInvalidValue, "a graph that does not exist");
  *executable = executables().add(new CUgraphExec_st{std::make_shared<const std::vector<GraphNode>>(graph->nodes)});
  return report(cudaSuccess);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  if (!executables().has(executable)) return refuse(cudaErrorInvalidValue, "an executable graph that does not exist");
  return report(enqueue(stream, [nodes = executable->nodes] { return run_nodes(*nodes); }));
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, size_t* count) {
  if (count == nullptr) return report(cudaErrorInvalidValue);
  if (!graphs().has(graph)) return refuse(cudaErrorInvalidValue, "a graph that does not exist");
  *count = graph->nodes.size();
  return report(cudaSuccess);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return graphs().destroy(graph, "a graph"); }

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return executables().destroy(executable, "an executable graph");
}

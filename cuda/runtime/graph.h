#pragma once

#include <cuda_runtime.h>

#include <utility>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// What a function put into a stream, to be run again at the price of one launch.
class Graph {
 public:
  /// Calls `work()` while `stream` records instead of running. `work` may launch, copy and fill on `stream`, and on
  /// streams that wait for its events; it may not wait for the device. Throws CudaError.
  template <class Work>
  Graph(cudaStream_t stream, Work&& work) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "Graph: begin");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      if (cudaStreamEndCapture(stream, &graph) == cudaSuccess) cudaGraphDestroy(graph);
      cudaGetLastError();
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "Graph: end");
    const cudaError_t error = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphGetNodes(graph, nullptr, &size_);
    cudaGraphDestroy(graph);
    check(error, "Graph: instantiate");
  }
  ~Graph() {
    if (executable_ != nullptr) cudaGraphExecDestroy(executable_);
  }
  Graph(Graph&& other) noexcept : executable_(std::exchange(other.executable_, nullptr)), size_(other.size_) {}
  Graph& operator=(Graph&& other) noexcept {
    std::swap(executable_, other.executable_);
    std::swap(size_, other.size_);
    return *this;
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Puts everything that was recorded into `stream`.
  void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_, stream), "Graph::launch"); }
  /// How many operations were recorded.
  size_t size() const { return size_; }

 private:
  cudaGraphExec_t executable_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cadena::cuda

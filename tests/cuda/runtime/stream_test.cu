#include "cuda/runtime/stream.h"

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <vector>

#include "cuda/runtime/event.h"
#include "cuda/runtime/graph.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"

namespace cadena::cuda {
namespace {

__global__ void fill(float* x, float value) { x[threadIdx.x] = value; }
__global__ void add_one(float* x) { x[threadIdx.x] += 1.0f; }
__global__ void copy(const float* from, float* to) { to[threadIdx.x] = from[threadIdx.x]; }

TEST(Stream, RunsItsKernelsInOrder) {
  Stream stream;
  DeviceBuffer<float> x(32, stream.get());
  launch(fill, {.block = 32, .stream = stream.get()}, x.data(), 3.0f);
  for (int i = 0; i < 4; ++i) launch(add_one, {.block = 32, .stream = stream.get()}, x.data());
  EXPECT_EQ(x.to_host(), std::vector<float>(32, 7.0f));
}

TEST(Stream, DefaultStreamWaitsForTheOthers) {
  Stream stream;
  DeviceBuffer<float> x(32), y(32);
  launch(fill, {.block = 32, .stream = stream.get()}, x.data(), 3.0f);
  launch(copy, {.block = 32}, x.data(), y.data());
  EXPECT_EQ(y.to_host(), std::vector<float>(32, 3.0f));
  stream.synchronize();
}

TEST(Stream, EventOrdersTwoStreams) {
  Stream first, second;
  DeviceBuffer<float> x(32), y(32);
  Event written(false);
  launch(fill, {.block = 32, .stream = first.get()}, x.data(), 5.0f);
  written.record(first.get());
  written.hold(second.get());
  launch(copy, {.block = 32, .stream = second.get()}, x.data(), y.data());
  second.synchronize();
  EXPECT_EQ(y.to_host(), std::vector<float>(32, 5.0f));
}

TEST(Event, MeasuresTime) {
  Event begin, end;
  DeviceBuffer<float> x(32);
  begin.record();
  launch(fill, {.block = 32}, x.data(), 5.0f);
  end.record();
  end.synchronize();
  EXPECT_GE(end.since(begin), 0.0f);
}

TEST(Graph, RunsAgain) {
  Stream stream;
  DeviceBuffer<float> x(std::vector<float>(32, 0.0f));
  const Graph graph(stream.get(), [&] {
    launch(add_one, {.block = 32, .stream = stream.get()}, x.data());
    launch(add_one, {.block = 32, .stream = stream.get()}, x.data());
  });
  EXPECT_EQ(graph.size(), 2u);
  EXPECT_EQ(x.to_host()[0], 0.0f);
  for (int i = 0; i < 3; ++i) graph.launch(stream.get());
  stream.synchronize();
  EXPECT_EQ(x.to_host(), std::vector<float>(32, 6.0f));
}

TEST(Graph, CapturesStreamsThatWaitForEachOther) {
  Stream main, side;
  DeviceBuffer<float> x(32), y(32);
  Event forked(false), joined(false);
  const Graph graph(main.get(), [&] {
    launch(fill, {.block = 32, .stream = main.get()}, x.data(), 2.0f);
    forked.record(main.get());
    forked.hold(side.get());
    launch(copy, {.block = 32, .stream = side.get()}, x.data(), y.data());
    joined.record(side.get());
    joined.hold(main.get());
    launch(add_one, {.block = 32, .stream = main.get()}, y.data());
  });
  graph.launch(main.get());
  main.synchronize();
  EXPECT_EQ(y.to_host(), std::vector<float>(32, 3.0f));
}

TEST(Graph, RefusesToWaitForTheDevice) {
  Stream stream;
  EXPECT_THROW(Graph(stream.get(), [&] { stream.synchronize(); }), CudaError);
  stream.synchronize();
}

// The default stream waits for `stream` unless that is non-blocking: it would become a part of the capture.
TEST(Graph, LeavesTheDefaultStreamAloneIfItIsOfANonBlockingStream) {
  DeviceBuffer<float> x(32), y(32);
  for (const bool non_blocking : {false, true}) {
    const Stream stream(non_blocking);
    const auto capture = [&] {
      const Graph graph(stream.get(), [&] {
        launch(fill, {.block = 32, .stream = stream.get()}, x.data(), 2.0f);
        launch(fill, {.block = 32}, y.data(), 3.0f);
      });
      EXPECT_EQ(graph.size(), 1u);
    };
    if (non_blocking) capture();
    else EXPECT_THROW(capture(), CudaError);
  }
  EXPECT_EQ(y.to_host(), std::vector<float>(32, 3.0f));
}

// Even cudaMalloc may wait for the device; a thread can say that it knows what it does.
TEST(Graph, RefusesWhatMayWaitForTheDeviceUnlessToldOtherwise) {
  const Stream stream(true);
  void* memory = nullptr;
  EXPECT_THROW(Graph(stream.get(), [&] { check(cudaMalloc(&memory, 64), "malloc"); }), CudaError);
  const Graph graph(stream.get(), [&] {
    cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    check(cudaThreadExchangeStreamCaptureMode(&mode), "relax");
    check(cudaMalloc(&memory, 64), "malloc");
    check(cudaThreadExchangeStreamCaptureMode(&mode), "as before");
    launch(fill, {.block = 16, .stream = stream.get()}, static_cast<float*>(memory), 2.0f);
  });
  EXPECT_EQ(graph.size(), 1u);
  graph.launch(stream.get());
  stream.synchronize();
  float value = 0;
  check(cudaMemcpy(&value, memory, sizeof(value), cudaMemcpyDeviceToHost), "copy");
  EXPECT_EQ(value, 2);
  check(cudaFree(memory), "free");
}

TEST(PinnedBuffer, IsReadWhenTheCopyRuns) {
  Stream stream;
  PinnedBuffer<float> host(32);
  DeviceBuffer<float> x(32, stream.get());
  for (size_t i = 0; i < 32; ++i) host[i] = 1.0f;
  check(cudaMemcpyAsync(x.data(), host.data(), 128, cudaMemcpyHostToDevice, stream.get()), "copy");
  stream.synchronize();
  EXPECT_EQ(x.to_host(), std::vector<float>(32, 1.0f));
}

}  // namespace
}  // namespace cadena::cuda

// Limits that a GPU or nvcc would enforce, and handles that are used when nothing is behind them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/emulated/fiber.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/event.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"
#include "cuda/runtime/stream.h"
#include "tests/cuda/runtime/emulated/failure.h"

namespace cadena::cuda {
namespace {

using testing::HasSubstr;

__global__ void too_much_static(float* out) {
  __shared__ float tile[12289];  // one float more than 48 KiB
  tile[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}
__global__ void both_kinds(float* out) {
  __shared__ float tile[1024];
  tile[threadIdx.x] = 1;
  __syncthreads();
  dynamic_shared<float>()[threadIdx.x] = tile[threadIdx.x];
  out[threadIdx.x] = dynamic_shared<float>()[threadIdx.x];
}

__global__ void print_for_ever(uintptr_t file) {  // a number, for a pointer to host memory would be refused
  for (;;) std::fprintf(reinterpret_cast<std::FILE*>(file), "%d\n", 1);
}

// Stopped in the middle of printing it would keep the file locked for all other threads.
TEST(Limits, AKernelThatPrintsForEverLeavesNoLock) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "other processors do not let a program step through the C library";
#endif
#if defined(CADENA_ADDRESS_SANITIZER) || defined(CADENA_THREAD_SANITIZER)
  GTEST_SKIP() << "the sanitizer's printf is not the C library's, and may be stopped while it holds the lock";
#endif
  for (int i = 0; i < 4; ++i) {
    std::FILE* file = std::fopen("/dev/null", "w");
    ASSERT_NE(file, nullptr);
    emulated::set_time_limit(0.005);
    cudaLaunchConfig_t config{};
    config.gridDim = config.blockDim = 1;
    EXPECT_EQ(cudaLaunchKernelEx(&config, print_for_ever, reinterpret_cast<uintptr_t>(file)), cudaErrorLaunchTimeout);
    emulated::set_time_limit(300);
    reset();
    int locked = -1;
    std::thread([&] {
      locked = ftrylockfile(file);
      if (locked == 0) funlockfile(file);
    }).join();
    ASSERT_EQ(locked, 0);
    std::fclose(file);
  }
}

TEST(Limits, StaticSharedMemoryEndsAt48KiB) {
  const std::string message = failure_of([] {
    DeviceBuffer<float> out(32);
    launch(too_much_static, {.block = 32}, out.data());
  });
  EXPECT_THAT(message, HasSubstr("49156 bytes of static shared memory exceed the limit of 49152"));
  EXPECT_THAT(message, HasSubstr("kernel cadena::cuda::too_much_static"));
}

// Without being asked a GPU gives 48 KiB to both kinds together; launch() asks.
TEST(Limits, StaticAndDynamicSharedMemoryShareOne) {
  DeviceBuffer<float> out(32);
  cudaLaunchConfig_t config{};
  config.gridDim = 1;
  config.blockDim = 32;
  config.dynamicSmemBytes = 45 * 1024;
  EXPECT_EQ(cudaLaunchKernelEx(&config, both_kinds, out.data()), cudaErrorInvalidValue);
  EXPECT_THAT(explain(cudaErrorInvalidValue), HasSubstr("beside 4096 of static, exceed the limit of 45056"));
  cudaGetLastError();
  launch(both_kinds, {.block = 32, .shared_bytes = 45 * 1024}, out.data());
  EXPECT_EQ(out.to_host(), std::vector<float>(32, 1.0f));
  EXPECT_THAT(failure_of([&] { launch(both_kinds, {.block = 32, .shared_bytes = 232448}, out.data()); }),
              HasSubstr("232448 bytes of dynamic and 4096 of static shared memory exceed the device's limit"));
}

TEST(Limits, LaunchAsksAgainAfterAReset) {
  for (int i = 0; i < 2; ++i) {
    DeviceBuffer<float> out(32);
    launch(both_kinds, {.block = 32, .shared_bytes = 60 * 1024}, out.data());
    reset();
  }
}

TEST(Limits, AResetFreesPageLockedMemory) {
  void* memory = nullptr;
  ASSERT_EQ(cudaMallocHost(&memory, 64), cudaSuccess);
  reset();
  EXPECT_EQ(cudaFreeHost(memory), cudaErrorInvalidValue);
}

TEST(Limits, NoBlockFitsBeyondThem) {
  int blocks = -1, grid = 0, size = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, both_kinds, 64, 232448), "occupancy");
  EXPECT_EQ(blocks, 0);
  EXPECT_THAT(
      failure_of([&] { check(cudaOccupancyMaxPotentialBlockSize(&grid, &size, both_kinds, 232448), "block size"); }),
      HasSubstr("no block of this kernel fits"));
  check(cudaOccupancyMaxPotentialBlockSize(&grid, &size, both_kinds), "block size");
  EXPECT_EQ(size, 1024);  // two of them fill 2048 threads; 132 multiprocessors
  EXPECT_EQ(grid, 264);
}

TEST(Limits, NoClusterFitsBeyondThem) {
  int clusters = -1;
  cudaLaunchConfig_t config{};
  config.gridDim = 16;
  config.blockDim = 64;
  cudaLaunchAttribute cluster = cluster_of(2);
  config.attrs = &cluster;
  config.numAttrs = 1;
  check(cudaOccupancyMaxActiveClusters(&clusters, both_kinds, &config), "clusters");
  EXPECT_EQ(clusters, 2112);  // 32 blocks of 64 threads fill a multiprocessor; 132 of them, two blocks a cluster
  for (const unsigned blocks : {0, 16}) {
    cluster = cluster_of(blocks);
    EXPECT_EQ(cudaOccupancyMaxActiveClusters(&clusters, both_kinds, &config), cudaErrorInvalidValue) << blocks;
  }
  cudaGetLastError();
}

TEST(Limits, TheDefaultStreamTakesNothingWhileAStreamItWaitsForIsCaptured) {
  const std::string message = failure_of([] {
    const Stream stream;
    DeviceBuffer<float> out(32);
    check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeRelaxed), "capture");
    launch(both_kinds, {.block = 32, .shared_bytes = 128}, out.data());
  });
  EXPECT_THAT(message, HasSubstr("the default stream, while a stream that it waits for is captured"));
}

TEST(Handles, OfEventsThatDoNotExist) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "create");
  check(cudaEventDestroy(event), "destroy");
  EXPECT_THAT(failure_of([&] { check(cudaEventDestroy(event), "again"); }), HasSubstr("an event that does not exist"));
  EXPECT_EQ(cudaEventRecord(event), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamWaitEvent(nullptr, event), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaEventSynchronize(event), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaEventQuery(reinterpret_cast<cudaEvent_t>(64)), cudaErrorInvalidResourceHandle);
  cudaGetLastError();
}

TEST(Handles, OfGraphsThatDoNotExist) {
  const Stream stream;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  size_t nodes = 0;
  check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), "begin");
  check(cudaStreamEndCapture(stream.get(), &graph), "end");
  check(cudaGraphInstantiate(&executable, graph), "instantiate");
  check(cudaGraphDestroy(graph), "destroy");
  check(cudaGraphExecDestroy(executable), "destroy");
  EXPECT_THAT(failure_of([&] { check(cudaGraphDestroy(graph), "again"); }), HasSubstr("a graph that does not exist"));
  EXPECT_THAT(failure_of([&] { check(cudaGraphExecDestroy(executable), "again"); }),
              HasSubstr("an executable graph that does not exist"));
  EXPECT_EQ(cudaGraphDestroy(nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGraphInstantiate(&executable, graph), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGraphGetNodes(graph, nullptr, &nodes), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGraphLaunch(executable, stream.get()), cudaErrorInvalidValue);
  cudaGetLastError();
}

}  // namespace
}  // namespace cadena::cuda

// Limits that a GPU or nvcc would enforce, and handles that are used when nothing is behind them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/event.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"
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

}  // namespace
}  // namespace cadena::cuda

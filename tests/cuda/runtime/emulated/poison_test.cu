#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"

namespace cadena::cuda {
namespace {

__global__ void leave_behind() {
  __shared__ volatile float tile[32];
  tile[threadIdx.x] = 1.0f;
  dynamic_shared<float>()[threadIdx.x] = tile[threadIdx.x];
}

__global__ void read_before_writing(float* static_one, float* dynamic_one) {
  __shared__ volatile float tile[32];
  static_one[threadIdx.x] = tile[threadIdx.x];
  dynamic_one[threadIdx.x] = dynamic_shared<float>()[threadIdx.x];
  tile[threadIdx.x] = 1.0f;
  dynamic_shared<float>()[threadIdx.x] = 1.0f;
}

TEST(Poison, SharedMemoryIsNanWhenABlockBegins) {
  DeviceBuffer<float> a(32), b(32);
  for (int i = 0; i < 2; ++i) {
    launch(leave_behind, {.block = 32, .shared_bytes = 128});
    launch(read_before_writing, {.block = 32, .shared_bytes = 128}, a.data(), b.data());
    for (const float x : a.to_host()) EXPECT_TRUE(std::isnan(x));
    for (const float x : b.to_host()) EXPECT_TRUE(std::isnan(x));
  }
}

TEST(Poison, NewDeviceMemoryIsNan) {
  for (const float x : DeviceBuffer<float>(1000).to_host()) EXPECT_TRUE(std::isnan(x));
}

}  // namespace
}  // namespace cadena::cuda

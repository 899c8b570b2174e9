#include "cuda/runtime/launch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

__global__ void add(const float* a, const float* b, float* c, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) c[i] = a[i] + b[i];
}

__global__ void reverse(float* x) {
  float* tile = dynamic_shared<float>();
  tile[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

__global__ void sum_of_block(const float* x, float* sum) {
  __shared__ float partial[32];
  const float total = block_sum(x[threadIdx.x], partial);
  if (threadIdx.x == 0) atomicAdd(sum, total);
}

std::vector<float> ramp(int n) {
  std::vector<float> x(static_cast<size_t>(n));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  return x;
}

float* to_device(const std::vector<float>& x) {
  float* p = nullptr;
  check(cudaMalloc(&p, x.size() * sizeof(float)), "cudaMalloc");
  check(cudaMemcpy(p, x.data(), x.size() * sizeof(float), cudaMemcpyHostToDevice), "cudaMemcpy");
  return p;
}

std::vector<float> to_host(const float* p, int n) {
  std::vector<float> x(static_cast<size_t>(n));
  check(cudaMemcpy(x.data(), p, x.size() * sizeof(float), cudaMemcpyDeviceToHost), "cudaMemcpy");
  return x;
}

TEST(Launch, AddsEveryElementOfAnOddLength) {
  const int n = 1031;
  float *a = to_device(ramp(n)), *b = to_device(ramp(n)), *c = to_device(ramp(n));
  launch(add, {.grid = ceil_divide(1031u, 256u), .block = 256}, a, b, c, n);
  const auto got = to_host(c, n);
  for (int i = 0; i < n; ++i) ASSERT_EQ(got[size_t(i)], 2.0f * float(i));
  for (float* p : {a, b, c}) check(cudaFree(p), "cudaFree");
}

TEST(Launch, ReversesThroughDynamicSharedMemory) {
  float* x = to_device(ramp(96));
  launch(reverse, {.block = 96, .shared_bytes = 96 * sizeof(float)}, x);
  const auto got = to_host(x, 96);
  for (int i = 0; i < 96; ++i) ASSERT_EQ(got[size_t(i)], float(95 - i));
  check(cudaFree(x), "cudaFree");
}

TEST(Launch, SumsOverBlocks) {
  float *x = to_device(ramp(256)), *sum = to_device({0.0f});
  launch(sum_of_block, {.grid = 5, .block = 256}, x, sum);
  EXPECT_EQ(to_host(sum, 1)[0], 5 * 255 * 128.0f);
  check(cudaFree(x), "cudaFree");
  check(cudaFree(sum), "cudaFree");
}

TEST(Launch, NamesTheLimitExceeded) {
  const auto message = [](const Launch& how) -> std::string {
    try {
      launch(reverse, how, static_cast<float*>(nullptr));
    } catch (const CudaError& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_NE(message({.block = dim3(64, 32)}).find("2048 threads a block, the device's limit is 1024"),
            std::string::npos);
  EXPECT_NE(message({.grid = dim3(1, 70000)}).find("grid.y is 70000, allowed are 1 to 65535"), std::string::npos);
  EXPECT_NE(message({.block = 0}).find("block.x is 0"), std::string::npos);
  EXPECT_NE(message({.shared_bytes = 1 << 20}).find("1048576 bytes of dynamic shared memory a block"),
            std::string::npos);
}

}  // namespace
}  // namespace cadena::cuda

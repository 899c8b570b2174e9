// What a program asks the device for, beside kernels: memory of each kind, symbols, properties, clocks, printed lines.
#include "cuda/runtime/device.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

__constant__ float coefficients[3];
__device__ int calls;

__global__ void polynomial(const float* x, float* y) {
  const float v = x[threadIdx.x];
  y[threadIdx.x] = coefficients[0] + v * (coefficients[1] + v * coefficients[2]);
  atomicAdd(&calls, 1);
}

TEST(Device, ReadsConstantMemoryAndKeepsItsVariables) {
  const float values[] = {1, 2};
  const float last = 3;
  const int none = 0;
  check(cudaMemcpyToSymbol(coefficients, values, sizeof values), "coefficients");
  check(cudaMemcpyToSymbol(coefficients, &last, sizeof last, 2 * sizeof(float)), "the last coefficient");
  check(cudaMemcpyToSymbol(calls, &none, sizeof none), "calls");
  const DeviceVector<float> x(std::vector<float>{0, 1, 2}), y(3);
  for (int i = 0; i < 2; ++i) launch(polynomial, {.block = 3}, x.data(), y.data());
  EXPECT_EQ(y.host(), (std::vector<float>{1, 6, 17}));
  int count = 0;
  check(cudaMemcpyFromSymbol(&count, calls, sizeof count), "calls");
  EXPECT_EQ(count, 6);
  EXPECT_EQ(cudaMemcpyToSymbol(coefficients, values, 16), cudaErrorInvalidValue);
  cudaGetLastError();
}

__global__ void double_all(float* x) { x[threadIdx.x] *= 2; }

TEST(Device, SharesManagedMemoryWithTheHost) {
  float* x = nullptr;
  check(cudaMallocManaged(&x, 4 * sizeof(float)), "cudaMallocManaged");
  for (int i = 0; i < 4; ++i) x[i] = static_cast<float>(i);
  launch(double_all, {.block = 4}, x);
  synchronize();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(x[i], static_cast<float>(2 * i));
  check(cudaFree(x), "cudaFree");
}

TEST(Device, CopiesRowsThatLieApart) {
  float* x = nullptr;
  size_t pitch = 0;
  check(cudaMallocPitch(&x, &pitch, 3 * sizeof(float), 2), "cudaMallocPitch");
  EXPECT_GE(pitch, 12u);
  EXPECT_EQ(pitch % 16, 0u);
  const float host[] = {1, 2, 3, 4, 5, 6};
  float back[8] = {0, 0, 0, 9, 0, 0, 0, 9};
  check(cudaMemcpy2D(x, pitch, host, 12, 12, 2, cudaMemcpyHostToDevice), "there");
  check(cudaMemcpy2D(back, 16, x, pitch, 12, 2, cudaMemcpyDeviceToHost), "back");
  EXPECT_EQ(std::vector<float>(back, back + 8), (std::vector<float>{1, 2, 3, 9, 4, 5, 6, 9}));
  check(cudaFree(x), "cudaFree");
}

TEST(Device, TellsHowManyBlocksFit) {
  int blocks = 0, grid = 0, size = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, double_all, 1024, 0), "occupancy");
  EXPECT_GE(blocks, 1);
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, double_all, 64, 40 * 1024), "occupancy");
  EXPECT_GE(blocks, 1);
  EXPECT_LE(blocks, 5);  // no multiprocessor has more than 228 KiB
  check(cudaOccupancyMaxPotentialBlockSize(&grid, &size, double_all, 0, 500), "block size");
  EXPECT_GT(size, 0);
  EXPECT_LE(size, 500);
  EXPECT_GE(grid, device_properties().multiprocessors);
}

__global__ void times(long long* out) {
  const long long begin = clock64();
  float x = static_cast<float>(begin);
  for (int i = 0; i < 1000; ++i) x = x * 0.5f + 1;
  out[0] = clock64() - begin;
  out[1] = static_cast<long long>(x);
}

TEST(Device, HasAClockThatRuns) {
  const DeviceVector<long long> out(2);
  launch(times, {}, out.data());
  EXPECT_GT(out.host()[0], 0);
}

__global__ void print() { printf("thread %u of %s: %5.2f, %lld\n", threadIdx.x, "print", 1.5, 1ll << 40); }

TEST(Device, PrintsFromEveryThread) {
  testing::internal::CaptureStdout();
  launch(print, {.block = 2});
  synchronize();
  std::fflush(stdout);
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_NE(text.find("thread 0 of print:  1.50, 1099511627776\n"), std::string::npos) << text;
  EXPECT_NE(text.find("thread 1 of print:  1.50, 1099511627776\n"), std::string::npos) << text;
}

__global__ void add_block_size(float* out, float* more) {
  out[threadIdx.x] += static_cast<float>(blockDim.x);
  more[threadIdx.x] = 1;
}

TEST(Device, LaunchesWithPointersToTheArguments) {
  const DeviceVector<float> x(std::vector<float>{1, 2}), y(2);
  float *first = x.data(), *second = y.data();
  void* arguments[] = {&first, &second};
  check(cudaLaunchKernel(add_block_size, dim3(1), dim3(2), arguments, 0, nullptr), "cudaLaunchKernel");
  EXPECT_EQ(x.host(), (std::vector<float>{3, 4}));
  EXPECT_EQ(y.host(), (std::vector<float>{1, 1}));
}

}  // namespace
}  // namespace cadena::cuda

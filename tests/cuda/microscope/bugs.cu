#include <fstream>
#include <stdexcept>

#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/launch.h"
#include "tests/cuda/microscope/buffer.h"
#include "tests/cuda/microscope/kernels.h"

namespace cadena::cuda::microscope::test {
namespace {

__global__ void missing_syncthreads_kernel(float* out) {
  __shared__ float values[64];
  values[threadIdx.x] = static_cast<float>(threadIdx.x);  // UNSYNCED WRITE
  out[threadIdx.x] = values[63 - threadIdx.x];            // UNSYNCED READ
}

__global__ void missing_syncthreads_before_write_kernel(float* out) {
  __shared__ float values[64];
  values[threadIdx.x] = 1;
  __syncthreads();
  const float other = values[63 - threadIdx.x];  // EARLY READ
  values[threadIdx.x] = other;                   // LATE WRITE
  out[threadIdx.x] = other;
}

__global__ void missing_syncwarp_kernel(float* out) {
  __shared__ float values[32];
  values[threadIdx.x] = static_cast<float>(threadIdx.x);  // LANE WRITE
  out[threadIdx.x] = values[threadIdx.x ^ 1];             // LANE READ
}

__global__ void race_between_blocks_kernel(float* x) {
  x[threadIdx.x] += 1;  // BLOCKS
}

__global__ void uninitialised_shared_kernel(float* out) {
  __shared__ float values[64];
  if (threadIdx.x < 32) values[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];  // HALF WRITTEN
}

__global__ void uninitialised_global_kernel(const float* in, float* out) {
  out[threadIdx.x] = in[threadIdx.x];  // NEVER WRITTEN
}

__global__ void uninitialised_dynamic_kernel(float* out) {
  const float* values = dynamic_shared<float>();
  out[threadIdx.x] = values[threadIdx.x];  // DYNAMIC
}

__global__ void out_of_bounds_read_kernel(const float* in, float* out) {
  out[threadIdx.x] = in[threadIdx.x] + in[threadIdx.x + 1];  // ONE TOO FAR
}

__global__ void out_of_bounds_write_kernel(float* out) {
  out[blockIdx.x * blockDim.x + threadIdx.x] = 1;  // GRID TOO LARGE
}

__global__ void out_of_bounds_shared_kernel(float* out) {
  float* values = dynamic_shared<float>();
  values[threadIdx.x + 1] = 1;  // SHARED TOO SMALL
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

struct Pointer {
  const float* values;
};
__global__ void host_memory_kernel(Pointer in, float* out) {
  out[threadIdx.x] = in.values[threadIdx.x];  // HOST
}

__global__ void missing_wait_kernel(const float* in, float* out) {
  __shared__ __align__(16) float values[32];
  async_copy<4>(&values[threadIdx.x], &in[threadIdx.x]);
  async_copy_commit();
  out[threadIdx.x] = values[threadIdx.x];  // NOT THERE YET
  async_copy_wait<0>();
}

__global__ void beyond_static_array_kernel(float* out, int length) {
  __shared__ float first[32], second[32];
  first[threadIdx.x] = second[threadIdx.x] = 1;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < length; ++i) sum += first[i];  // INTO THE NEXT ARRAY
  out[threadIdx.x] = sum + second[31 - threadIdx.x];
}

__global__ void misaligned_kernel(float* out) {
  *reinterpret_cast<float4*>(out + 1) = make_float4(1, 2, 3, 4);  // BETWEEN TWO FLOAT4
}

__global__ void divergent_barrier_kernel(float* out) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();  // ANOTHER BARRIER
  }
  out[threadIdx.x] = 1;
}

/// Launches, waits, and forgets the failure; returns its message.
template <class Launching>
std::string failure_of(Launching launching) {
  try {
    launching();
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  } catch (const CudaError& error) {
    cuda::reset();
    return error.what();
  }
  return "";
}

}  // namespace

void missing_syncthreads() {
  const Buffer<float> out(64);
  launch(missing_syncthreads_kernel, {.block = 64}, out.get());
}
void missing_syncthreads_before_write() {
  const Buffer<float> out(64);
  launch(missing_syncthreads_before_write_kernel, {.block = 64}, out.get());
}
void missing_syncwarp() {
  const Buffer<float> out(32);
  launch(missing_syncwarp_kernel, {.block = 32}, out.get());
}
void race_between_blocks() {
  const Buffer<float> x(64, 0);
  launch(race_between_blocks_kernel, {.grid = 2, .block = 64}, x.get());
}
void uninitialised_shared() {
  const Buffer<float> out(64);
  launch(uninitialised_shared_kernel, {.block = 64}, out.get());
}
void uninitialised_global() {
  const Buffer<float> in(64), out(64);
  launch(uninitialised_global_kernel, {.block = 64}, in.get(), out.get());
}
void uninitialised_dynamic() {
  const Buffer<float> out(64);
  launch(uninitialised_dynamic_kernel, {.block = 64, .shared_bytes = 256}, out.get());
}
std::string out_of_bounds_read() {
  const Buffer<float> in(64, 1), out(64);
  return failure_of([&] { launch(out_of_bounds_read_kernel, {.block = 64}, in.get(), out.get()); });
}
std::string out_of_bounds_write() {
  const Buffer<float> out(64);
  return failure_of([&] { launch(out_of_bounds_write_kernel, {.grid = 2, .block = 64}, out.get()); });
}
std::string out_of_bounds_shared() {
  const Buffer<float> out(64);
  return failure_of([&] { launch(out_of_bounds_shared_kernel, {.block = 64, .shared_bytes = 256}, out.get()); });
}
std::string beyond_static_array() {
  const Buffer<float> out(32);
  return failure_of([&] { launch(beyond_static_array_kernel, {.block = 32}, out.get(), 33); });
}
std::string misaligned() {
  const Buffer<float> out(8);
  return failure_of([&] { launch(misaligned_kernel, {}, out.get()); });
}
std::string divergent_barrier() {
  const Buffer<float> out(64);
  return failure_of([&] { launch(divergent_barrier_kernel, {.block = 64}, out.get()); });
}
void too_many_threads() {
  const Buffer<float> out(2048);
  for (const unsigned threads : {2048u, 2048u, 4096u}) {
    cudaLaunchConfig_t config{};
    config.gridDim = 1;
    config.blockDim = threads;
    cudaLaunchKernelEx(&config, divergent_barrier_kernel, out.get());  // nobody looks at what it says
  }
  cudaGetLastError();
}
void host_memory() {
  const std::vector<float> in(64, 1);
  const Buffer<float> out(64);
  launch(host_memory_kernel, {.block = 64}, Pointer{in.data()}, out.get());
}
void missing_wait() {
  const Buffer<float> in(32, 1), out(32);
  launch(missing_wait_kernel, {.block = 32}, in.get(), out.get());
}

int line_of(const std::string& file, const std::string& mark) {
  std::ifstream source("tests/cuda/microscope/" + file);
  const std::string wanted = "// " + mark;
  int number = 1;
  for (std::string line; std::getline(source, line); ++number) {
    if (line.size() >= wanted.size() && line.compare(line.size() - wanted.size(), wanted.size(), wanted) == 0) {
      return number;
    }
  }
  throw std::runtime_error("no line of " + file + " ends with '" + wanted + "'");
}

}  // namespace cadena::cuda::microscope::test

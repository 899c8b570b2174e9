// Accesses that no inaccessible page stops: the bytes around a buffer, arrays of known size, addresses that a type does
// not allow. Each is reported, and the same kernel within its bounds is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"
#include "tests/cuda/runtime/device_vector.h"
#include "tests/cuda/runtime/emulated/failure.h"

namespace cadena::cuda {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

struct Floats {
  float* data;
  int size;
};
__global__ void write_at(Floats x, int index) { x.data[index] = 1; }
__global__ void write_byte(char* x, int index) { x[index] = 1; }
constexpr int kLineOfAddAt = __LINE__ + 1;
__global__ void add_at(int* x, int index) { atomicAdd(x + index, 1); }
__global__ void write_dynamic(float* out, int index) {
  dynamic_shared<float>()[index] = 2;
  out[0] = dynamic_shared<float>()[0];
}
#ifdef CADENA_KERNEL_CHECKS
__global__ void write_tile(float* out, int shift) {
  __shared__ float tile[4][8];
  tile[threadIdx.x / 8][static_cast<int>(threadIdx.x % 8) + shift] = 1;
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x / 8][threadIdx.x % 8];
}
__global__ void write_local(float* out, int index) {
  float own[8] = {};
  own[index] = 1;
  for (float x : own) out[0] += x;
}
__global__ void move_float4(float* x, int index) {
  *reinterpret_cast<float4*>(x) = *reinterpret_cast<const float4*>(x + index);
}
#endif
__global__ void fetch(const float* from, float* to) {
  __shared__ __align__(16) float tile[4];
  async_copy<16>(tile, from);
  async_copy_commit();
  async_copy_wait();
  to[0] = tile[3];
}
// The emulator is to find it, not the compiler's sanitizer.
__attribute__((no_sanitize("undefined"))) __global__ void divide(int* x) { x[0] /= x[1]; }

class Bounds : public testing::Test {
 protected:
  /// 63 numbers, 252 bytes: the last 4 of a 16-byte word are not its own, nor is what comes before on its page.
  float* floats(size_t size = 63) {
    float* p = nullptr;
    check(cudaMalloc(&p, size * sizeof(float)), "cudaMalloc");
    check(cudaMemset(p, 0, size * sizeof(float)), "cudaMemset");
    return p;
  }
};

TEST_F(Bounds, WritesBesideABufferAreFoundWhenTheKernelIsDone) {
  for (const int index : {0, 62}) launch(write_at, {}, Floats{floats(), 63}, index);
  EXPECT_THAT(failure_of([&] {
                launch(write_at, {}, Floats{floats(), 63}, 63);
              }),
              HasSubstr("found when the kernel was done: a write 0 bytes past the end of a buffer of 252 bytes [kernel "
                        "cadena::cuda::write_at]"));
  EXPECT_THAT(failure_of([&] {
                launch(write_at, {}, Floats{floats(), 63}, -2);
              }),
              HasSubstr("a write 5 bytes before a buffer of 252 bytes [kernel cadena::cuda::write_at]"));
  EXPECT_THAT(failure_of([&] { launch(write_byte, {}, reinterpret_cast<char*>(floats()), 252); }),
              HasSubstr("a write 0 bytes past the end"));
  EXPECT_THAT(failure_of([&] { launch(write_byte, {}, reinterpret_cast<char*>(floats()), -1); }),
              HasSubstr("a write 1 bytes before"));
}

TEST_F(Bounds, AtomicOperationsNameTheKernelsLine) {
  EXPECT_THAT(
      failure_of([&] { launch(add_at, {}, reinterpret_cast<int*>(floats(64)), 64); }),
      AllOf(HasSubstr("0 bytes past the end of a buffer of 256 bytes"), HasSubstr("kernel cadena::cuda::add_at"),
            HasSubstr("bounds_test.cu:" + std::to_string(kLineOfAddAt) + "]")));
}

TEST_F(Bounds, CopiesThatGoOnNameTheKernelsLine) {
  EXPECT_THAT(failure_of([&] { launch(fetch, {}, floats(64) + 64, floats()); }),
              AllOf(HasSubstr("0 bytes past the end of a buffer of 256 bytes"), HasSubstr("bounds_test.cu:")));
}

TEST_F(Bounds, WritesBeforeDynamicSharedMemory) {
  launch(write_dynamic, {.shared_bytes = 64}, floats(), 0);
  EXPECT_THAT(failure_of([&] { launch(write_dynamic, {.shared_bytes = 64}, floats(), -1); }),
              HasSubstr("a write 1 bytes before the block's 64 bytes of dynamic shared memory [kernel "
                        "cadena::cuda::write_dynamic, block (0,0,0)"));
}

#ifdef CADENA_KERNEL_CHECKS
TEST_F(Bounds, IndicesOfArraysOfKnownSize) {
  launch(write_tile, {.block = 32}, floats(), 0);
  launch(write_local, {}, floats(), 7);
  EXPECT_THAT(failure_of([&] { launch(write_tile, {.block = 32}, floats(), 1); }),
              AllOf(HasSubstr("out of bounds: index 8 of an array"), HasSubstr("[8]"), HasSubstr("bounds_test.cu:"),
                    HasSubstr("kernel cadena::cuda::write_tile, block (0,0,0), thread (")));
  EXPECT_THAT(failure_of([&] { launch(write_tile, {.block = 32}, floats(), -1); }), HasSubstr("index -1 of an array"));
  EXPECT_THAT(failure_of([&] { launch(write_local, {}, floats(), 8); }), HasSubstr("index 8 of an array"));
}

// Clang leaves the check of an assignment to the processor, which tells no address.
TEST_F(Bounds, VectorsAtAddressesThatAreNoMultipleOfTheirSize) {
  launch(move_float4, {}, floats(64), 4);
  EXPECT_THAT(failure_of([&] { launch(move_float4, {}, floats(64), 5); }),
              AllOf(AnyOf(HasSubstr("misaligned access: float4 at an address that is 4 past a multiple of 16"),
                          HasSubstr("misaligned access: a vector (float4 and the like)")),
                    HasSubstr("kernel cadena::cuda::move_float4"), HasSubstr("bounds_test.cu:")));
}
#endif

TEST_F(Bounds, TheSmallestIntegerBelowZeroHasNoOpposite) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "only x86-64 traps where an integer has no quotient";
#endif
  const std::vector<int> host{-2147483647 - 1, -1};
  const DeviceVector<int> x(host);
  EXPECT_THAT(failure_of([&] { launch(divide, {}, x.data()); }), HasSubstr("or of the smallest integer by -1"));
}

TEST_F(Bounds, AddressesInsideABufferAreNotFreed) {
  float* x = floats(64);
  EXPECT_THAT(failure_of([&] { check(cudaFree(x + 4), "cudaFree"); }),
              HasSubstr("not allocated: byte 16 of a buffer of 256 bytes"));
}

TEST_F(Bounds, CopiesMustNotOverlap) {
  float* x = floats(64);
  check(cudaMemcpy(x + 32, x, 128, cudaMemcpyDeviceToDevice), "side by side");
  EXPECT_THAT(failure_of([&] { check(cudaMemcpy(x + 1, x, 128, cudaMemcpyDeviceToDevice), "cudaMemcpy"); }),
              HasSubstr("source and destination overlap"));
}

float variable_of_the_host[32];
__device__ float variable_of_the_device[32];

TEST_F(Bounds, CopiesGoInTheDirectionGiven) {
  float* x = floats(32);
  float* managed = nullptr;
  check(cudaMallocManaged(&managed, 128), "cudaMallocManaged");
  float host[32] = {};
  const auto refused = [](void* to, const void* from, cudaMemcpyKind kind) -> std::string {
    const cudaError_t error = cudaMemcpy(to, from, 128, kind);
    const std::string why = explain(error);
    cudaGetLastError();
    return error == cudaSuccess ? "nothing" : why;
  };
  EXPECT_THAT(refused(host, x, cudaMemcpyHostToDevice), HasSubstr("the destination is host memory"));
  EXPECT_THAT(refused(x, host, cudaMemcpyDeviceToDevice), HasSubstr("the source is host memory"));
  EXPECT_THAT(refused(host, x, cudaMemcpyHostToHost), HasSubstr("the source is device memory"));
  // Memory of both sides says nothing about the other end of the copy.
  EXPECT_THAT(refused(managed, host, cudaMemcpyDeviceToHost), HasSubstr("the source is host memory"));
  EXPECT_THAT(refused(host, managed, cudaMemcpyDeviceToDevice), HasSubstr("the destination is host memory"));
  EXPECT_THAT(refused(x, managed, cudaMemcpyDeviceToHost), HasSubstr("the destination is device memory"));
  for (const cudaMemcpyKind kind : {cudaMemcpyHostToDevice, cudaMemcpyDeviceToDevice, cudaMemcpyDefault}) {
    EXPECT_EQ(cudaMemcpy(x, managed, 128, kind), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(variable_of_the_device, managed, 128, kind), cudaSuccess);
  }
  EXPECT_EQ(cudaMemcpy(variable_of_the_host, x, 128, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(x, variable_of_the_host, 128, cudaMemcpyHostToDevice), cudaSuccess);
  check(cudaFree(managed), "cudaFree");
}

}  // namespace
}  // namespace cadena::cuda

// Each kernel here has one bug. The report must say what is wrong and name kernel, block, thread, file and line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#undef NDEBUG
#include <cassert>

#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/emulated/fiber.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "cuda/runtime/memory.h"
#include "cuda/runtime/stream.h"
#include "cuda/runtime/vector_load.h"
#include "tests/cuda/runtime/emulated/failure.h"

namespace cadena::cuda {
namespace {

using testing::HasSubstr;

/// Expects `what` at `line` of this file, and the kernel's name.
void expect_report(const std::string& message, const std::string& what, const std::string& kernel, int line) {
  EXPECT_THAT(message, HasSubstr(what));
  EXPECT_THAT(message, HasSubstr("kernel cadena::cuda::" + kernel));
  EXPECT_THAT(message, HasSubstr("block (0,0,0), thread ("));
  EXPECT_THAT(message, HasSubstr("planted_bugs_test.cu:" + std::to_string(line) + "]"));
}

volatile int line_of_bug = 0;  // written by the kernels
/// Undefined in C++ as well: the emulator is to find it, not the compiler's sanitizer.
#define BUG_OF_THE_LANGUAGE __attribute__((no_sanitize("undefined")))
#define BUG_BELOW line_of_bug = __LINE__ + 1, std::atomic_signal_fence(std::memory_order_seq_cst)

__global__ void barrier_in_branch(float* x) {
  if (threadIdx.x < 32) {
    __syncthreads();
    x[threadIdx.x] = 1;
  } else {
    x[threadIdx.x] = 2;
    BUG_BELOW;
    __syncthreads();
  }
}

__global__ void return_before_barrier(float* x, unsigned n) {
  if (threadIdx.x >= n) return;
  x[threadIdx.x] = 1;
  BUG_BELOW;
  __syncthreads();
}

__global__ void shuffle_in_branch(float* x) {
  float value = x[threadIdx.x];
  if (threadIdx.x % 32 < 16) {
    BUG_BELOW;
    value += __shfl_xor_sync(0xffffffffu, value, 1);
  } else {
    __syncthreads();
  }
  x[threadIdx.x] = value;
}

__global__ void lane_not_in_mask(float* x) {
  BUG_BELOW;
  x[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, x[threadIdx.x], 1);
}

__global__ void reads_returned_lane(float* x) {
  if (threadIdx.x % 32 >= 24) return;
  BUG_BELOW;
  x[threadIdx.x] = __shfl_down_sync(0xffffffffu, x[threadIdx.x], 1);
}

__global__ void different_places(float* x) {
  if (threadIdx.x % 32 < 16) {
    x[threadIdx.x] = __shfl_sync(0xffffffffu, 1.0f, 0);
  } else {
    BUG_BELOW;
    x[threadIdx.x] = __shfl_sync(0xffffffffu, 2.0f, 0);
  }
}

__global__ void past_the_end(float* x) {
  BUG_BELOW;
  x[threadIdx.x + 1] = 1;
}

__global__ void before_the_begin(const float* x, float* y) {
  BUG_BELOW;
  y[0] = x[-1024];
}

__global__ void past_dynamic_shared(float* x) {
  float* tile = dynamic_shared<float>();
  BUG_BELOW;
  tile[threadIdx.x + 1] = 1;
  x[threadIdx.x] = tile[threadIdx.x];
}

BUG_OF_THE_LANGUAGE __global__ void read(const float* from, float* to) {
  BUG_BELOW;
  to[threadIdx.x] = from[threadIdx.x];
}

__global__ void misaligned_vector(const float* from, float* to) {
  BUG_BELOW;
  store_vector(to, load_vector<4>(from + 1));
}

BUG_OF_THE_LANGUAGE __global__ void divides_by_zero(int* x) {
  BUG_BELOW;
  x[1] = x[1] / x[0];
}

__global__ void asserts(const float* x) {
  BUG_BELOW;
  assert(x[threadIdx.x] < 0);
}

__global__ void loops_for_ever(volatile float* x) {
  while (x[0] == 0) {
  }
}

__global__ void deep(float* x, int depth) {
  volatile float frame[4096];
  for (int i = 0; i < 4096; ++i) frame[i] = static_cast<float>(i + depth);
  x[threadIdx.x] = frame[threadIdx.x * 7 % 4096];
  if (depth > 0) deep(x, depth - 1);
  x[threadIdx.x] += frame[threadIdx.x];
}

class PlantedBug : public testing::Test {
 protected:
  float* device(size_t size, float value = 0.0f) {
    float* p = nullptr;
    check(cudaMalloc(&p, size * sizeof(float)), "cudaMalloc");
    const std::vector<float> host(size, value);
    check(cudaMemcpy(p, host.data(), size * sizeof(float), cudaMemcpyHostToDevice), "cudaMemcpy");
    return p;
  }
};

TEST_F(PlantedBug, BarrierInABranch) {
  const std::string m = failure_of([&] { launch(barrier_in_branch, {.block = 64}, device(64)); });
  EXPECT_THAT(m, HasSubstr("divergent __syncthreads"));
  EXPECT_THAT(m, HasSubstr("kernel cadena::cuda::barrier_in_branch, block (0,0,0), thread ("));
  EXPECT_THAT(m, HasSubstr("planted_bugs_test.cu:"));
}

TEST_F(PlantedBug, ReturnBeforeABarrier) {
  const std::string m = failure_of([&] { launch(return_before_barrier, {.block = 64}, device(64), 40u); });
  expect_report(m, "returned", "return_before_barrier", line_of_bug);
}

TEST_F(PlantedBug, ShuffleThatHalfTheWarpSkips) {
  const std::string m = failure_of([&] { launch(shuffle_in_branch, {.block = 32}, device(32)); });
  EXPECT_THAT(m, HasSubstr("deadlock: 16 of 32 threads wait at __syncthreads"));
  EXPECT_THAT(m, HasSubstr("waits in __shfl_xor_sync"));
  EXPECT_THAT(m, HasSubstr("to which lanes 0xffff0000 do not come"));
  EXPECT_THAT(m, HasSubstr("kernel cadena::cuda::shuffle_in_branch"));
  EXPECT_THAT(m, HasSubstr("planted_bugs_test.cu:" + std::to_string(line_of_bug)));
}

TEST_F(PlantedBug, LaneThatItsMaskDoesNotName) {
  const std::string m = failure_of([&] { launch(lane_not_in_mask, {.block = 32}, device(32)); });
  expect_report(m, "with the mask 0x0000ffff, which does not name that lane", "lane_not_in_mask", line_of_bug);
}

TEST_F(PlantedBug, ShuffleFromALaneThatHasReturned) {
  const std::string m = failure_of([&] { launch(reads_returned_lane, {.block = 32}, device(32)); });
  expect_report(m, "lane 23 reads from lane 24, which has returned", "reads_returned_lane", line_of_bug);
  EXPECT_THAT(m, HasSubstr("thread (23,0,0)"));
}

TEST_F(PlantedBug, LanesOfOneMaskAtDifferentPlaces) {
  const std::string m = failure_of([&] { launch(different_places, {.block = 32}, device(32)); });
  expect_report(m, "divergent warp instruction", "different_places", line_of_bug);
}

TEST_F(PlantedBug, WriteOnePastTheEnd) {
  const std::string m = failure_of([&] { launch(past_the_end, {.block = 64}, device(64)); });
  expect_report(m, "out of bounds: 0 bytes past the end of a buffer of 256 bytes", "past_the_end", line_of_bug);
  EXPECT_THAT(m, HasSubstr("thread (63,0,0)"));
}

TEST_F(PlantedBug, ReadBeforeTheBegin) {
  const std::string m = failure_of([&] {
    const float* x = device(1024);
    launch(before_the_begin, {}, x, device(1));
  });
  expect_report(m, "out of bounds: 4096 bytes before a buffer of 4096 bytes", "before_the_begin", line_of_bug);
}

TEST_F(PlantedBug, WritePastDynamicSharedMemory) {
  const std::string m =
      failure_of([&] { launch(past_dynamic_shared, {.block = 64, .shared_bytes = 256}, device(64)); });
  expect_report(m, "past the end of the block's 256 bytes of dynamic shared memory", "past_dynamic_shared",
                line_of_bug);
}

TEST_F(PlantedBug, UseAfterFree) {
  float *x = device(64), *y = device(64);
  check(cudaFree(x), "cudaFree");
  const std::string m = failure_of([&] { launch(read, {.block = 64}, x, y); });
  expect_report(m, "use after free: byte ", "read", line_of_bug);
}

TEST_F(PlantedBug, NullPointer) {
  const std::string m = failure_of([&] { launch(read, {.block = 64}, nullptr, device(64)); });
  expect_report(m, "a null pointer is used in a kernel", "read", line_of_bug);
}

TEST_F(PlantedBug, HostPointer) {
  const std::vector<float> host(64, 1.0f);
  const std::string m = failure_of([&] { launch(read, {.block = 64}, host.data(), device(64)); });
  EXPECT_THAT(m, HasSubstr("argument 0 is a pointer to host memory [kernel cadena::cuda::read"));
}

TEST_F(PlantedBug, MisalignedVector) {
  const std::string m = failure_of([&] { launch(misaligned_vector, {}, device(64), device(64)); });
  EXPECT_THAT(m, HasSubstr("misaligned access: 16 bytes at an address that is 4 past a multiple of 16"));
  EXPECT_THAT(m, HasSubstr("kernel cadena::cuda::misaligned_vector"));
}

TEST_F(PlantedBug, DivisionByZero) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "only x86-64 traps where an integer is divided by zero";
#endif
  int* x = nullptr;
  check(cudaMalloc(&x, 8), "cudaMalloc");
  check(cudaMemset(x, 0, 8), "cudaMemset");
  const std::string m = failure_of([&] { launch(divides_by_zero, {}, x); });
  expect_report(m, "integer division by zero", "divides_by_zero", line_of_bug);
}

TEST_F(PlantedBug, FailedAssertion) {
  const std::string m = failure_of([&] { launch(asserts, {.block = 32}, device(32)); });
  expect_report(m, "assertion `x[threadIdx.x] < 0` failed", "asserts", line_of_bug);
}

TEST_F(PlantedBug, EndlessLoop) {
#if defined(CADENA_THREAD_SANITIZER)
  GTEST_SKIP() << "the thread sanitizer holds back the watchdog's signal from a loop that calls nothing";
#endif
  emulated::set_time_limit(0.2);
  const std::string m = failure_of([&] { launch(loops_for_ever, {.block = 32}, device(1)); });
  emulated::set_time_limit(300);
  EXPECT_THAT(m, HasSubstr("the kernel still runs after 0.2 s"));
  EXPECT_THAT(m, HasSubstr("kernel cadena::cuda::loops_for_ever, block (0,0,0), thread ("));
}

TEST_F(PlantedBug, StackOverflow) {
  const std::string m = failure_of([&] { launch(deep, {.block = 32}, device(32), 40); });
  EXPECT_THAT(m, HasSubstr("stack overflow"));
  EXPECT_THAT(m, HasSubstr("kernel cadena::cuda::deep"));
}

TEST_F(PlantedBug, FailureStaysUntilReset) {
  float* x = device(64);
  EXPECT_THROW(launch(past_the_end, {.block = 64}, x), CudaError);
  EXPECT_EQ(cudaMemset(x, 0, 4), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  reset();
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  float* again = device(64);
  launch(past_the_end, {.block = 32}, again);
  EXPECT_EQ(cudaFree(again), cudaSuccess);
}

}  // namespace
}  // namespace cadena::cuda

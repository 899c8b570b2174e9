#include "cuda/kernels/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cuda/kernels/stream.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/stream.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::size_t kMebibyte = 1024 * 1024;

/// The emulated device with `bytes` of free memory, until the end of the test.
struct FreeMemory {
  explicit FreeMemory(std::size_t bytes) { cuda::emulated::arena_set_capacity(cuda::emulated::arena_used() + bytes); }
  ~FreeMemory() { cuda::emulated::arena_set_capacity(before); }
  std::size_t before = cuda::emulated::arena_capacity();
};

Tensor kept_until_exit;  // freed after the end of main, when other static objects may be gone

TEST(DeviceMemory, MayBeFreedAtExit) {
  kept_until_exit = ones({5}, Dtype::f32, Device::cuda());
  EXPECT_EQ(kept_until_exit.at({4}), 1);
}

TEST(DeviceMemory, ComesAndGoesWithoutWaitingForTheDevice) {
  const auto before = cuda::emulated::waits();
  Tensor y;
  for (int i = 0; i < 5; ++i) {
    const Tensor x = full({100}, i, Dtype::f32, Device::cuda());
    y = add(x, copy(x));
  }
  EXPECT_EQ(cuda::emulated::waits(), before);
  EXPECT_EQ(y.at({99}), 8);
  EXPECT_GT(cuda::emulated::waits(), before);  // or the counter would prove nothing
}

TEST(DeviceMemory, CopiesFromTheHostWithoutWaiting) {
  Tensor x = arange(0, 1000, 1, Dtype::f32);
  to(x, Device::cuda());  // the first copy makes a page-locked buffer
  const auto before = cuda::emulated::waits();
  const Tensor y = to(x, Device::cuda());
  fill(x, -1);
  EXPECT_EQ(cuda::emulated::waits(), before);
  EXPECT_EQ(y.at({999}), 999);
}

TEST(DeviceMemory, CopiesMoreThanAllBuffersHold) {
  const Tensor x = arange(0, 5'000'000, 1, Dtype::f64);  // 40 MB
  const Tensor y = to(to(x, Device::cuda()), Device::cpu());
  EXPECT_EQ(y.at({4'999'999}), 4'999'999);
  EXPECT_EQ(y.at({2'500'000}), 2'500'000);
}

TEST(DeviceMemory, EmptiesItsCacheAndTriesAgainWhereItIsFull) {
  const FreeMemory memory(3 * kMebibyte);
  const cuda::Stream stream(true);
  {
    const cuda::StreamScope scope(stream.get());
    void* first = cuda::allocate_on(0, 2 * kMebibyte);
    cuda::release_on(0, first, 2 * kMebibyte);
    void* second = cuda::allocate_on(0, 2 * kMebibyte);  // the first is free once the stream has come to its end
    cuda::release_on(0, second, 2 * kMebibyte);
  }
}

TEST(DeviceMemory, SaysWhatIsMissingAndWhatToDo) {
  const FreeMemory memory(kMebibyte);
  EXPECT_THAT([] { empty({1 << 20}, Dtype::f64, Device::cuda()); },
              ThrowsMessage<DeviceError>(
                  AllOf(HasSubstr("8388608 bytes"), HasSubstr("cuda:0 (emulated)"), HasSubstr("smaller batches"))));
  EXPECT_EQ(ones({7}, Dtype::f32, Device::cuda()).at({6}), 1);  // the device goes on
}

TEST(DeviceMemory, NamesTheDevicesThereAre) {
  EXPECT_THAT(
      [] { empty({1}, Dtype::f32, Device::cuda(3), "empty"); },
      ThrowsMessage<DeviceError>(HasSubstr("empty: cannot allocate shape (1,) of f32: there is no device cuda:3, "
                                           "only cuda:0 (emulated)")));
}

TEST(DeviceMemory, OutlivesItsUseOnAnotherStream) {
  const cuda::Stream stream(true);
  Tensor y;
  {
    Tensor x = ones({64}, Dtype::f32, Device::cuda());
    const cuda::StreamScope scope(stream.get());
    y = add(x, x);  // runs later
  }                 // first the scope ends, then x is freed on the default stream
  EXPECT_EQ(y.at({63}), 2);
}

TEST(DeviceMemory, IsPoisonedWhenItIsNewAndClosedWhenItIsFreed) {
  void* memory = cuda::allocate_on(0, 256);
  float value = 0;
  cuda::copy_to_host(&value, memory, sizeof(value));
  EXPECT_TRUE(std::isnan(value));
  cuda::release_on(0, memory, 256);
  EXPECT_THAT([&] { cuda::copy_to_host(&value, memory, sizeof(value)); },
              ThrowsMessage<CudaError>(HasSubstr("use after free")));
  cuda::reset();
}

}  // namespace
}  // namespace cadena

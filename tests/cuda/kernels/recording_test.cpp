#include "cuda/kernels/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "cuda/kernels/memory.h"
#include "cuda/kernels/stream.h"
#include "cuda/runtime/stream.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

using cuda::Recording;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// y += x, n times.
void add_often(const Tensor& y, const Tensor& x, int n) {
  for (int i = 0; i < n; ++i) copy_into(y, add(y, x));
}

TEST(Recording, RunsAgainWhatItRecorded) {
  const Tensor x = full({5}, 2, Dtype::f32, Device::cuda()), y = zeros({5}, Dtype::f32, Device::cuda());
  Recording recording(0);
  const auto work = [&] { add_often(y, x, 3); };
  recording.rehearse(work);
  EXPECT_EQ(y.at({4}), 6);
  EXPECT_FALSE(recording.is_recorded());
  recording.record(work);
  EXPECT_EQ(y.at({4}), 12);
  EXPECT_EQ(recording.size(), 6u);
  fill(x, 1);
  for (int i = 0; i < 3; ++i) recording.replay();
  EXPECT_EQ(y.at({4}), 21);
}

TEST(Recording, FillsOperandsAnewAndKeepsConstants) {
  float value = 0;
  const float constant = 10;
  const Tensor y = zeros({2}, Dtype::f32, Device::cuda());
  auto* to = y.view().as<float>();
  Recording recording(0);
  recording.rehearse([] {});
  std::vector<int> order;
  recording.record([&] {
    void* first = Recording::operand(sizeof(float), [&](void* host) { *static_cast<float*>(host) = ++value; });
    float made_here = constant;
    void* second = Recording::constant(&made_here, sizeof(float));
    made_here = -1;
    Recording::before_replay([&] { order.push_back(static_cast<int>(value)); });
    cuda::copy_on_device(to, first, sizeof(float));
    cuda::copy_on_device(to + 1, second, sizeof(float));
  });
  EXPECT_EQ(y.to_vector(), (std::vector<double>{1, 10}));
  recording.replay();
  EXPECT_EQ(y.to_vector(), (std::vector<double>{2, 10}));
  recording.replay();
  EXPECT_EQ(y.to_vector(), (std::vector<double>{3, 10}));
  EXPECT_EQ(order, (std::vector<int>{2, 3}));
}

TEST(Recording, ACheckThatThrowsComesBeforeAllElse) {
  int actions = 0;
  bool holds = true;
  Recording recording(0);
  recording.record([&] {
    Recording::before_replay([&] { ++actions; });
    Recording::check_before_replay([&] {
      if (!holds) fail<ValueError>("it does not hold");
    });
  });
  recording.replay();
  holds = false;
  EXPECT_THROW(recording.replay(), ValueError);
  EXPECT_EQ(actions, 1);
}

TEST(Recording, UndoesWhatItWasToldWhereItFails) {
  int undone = 0;
  Recording recording(0);
  EXPECT_THROW(recording.record([&] {
    Recording::if_it_fails([&] { ++undone; });
    fail<ValueError>("an error");
  }),
               ValueError);
  EXPECT_EQ(undone, 1);
  EXPECT_FALSE(recording.is_recorded());
  EXPECT_FALSE(Recording::is_under_way());
  EXPECT_EQ(ones({3}, Dtype::f32, Device::cuda()).at({2}), 1);  // the device goes on
  recording.record([&] { Recording::if_it_fails([&] { ++undone; }); });
  EXPECT_EQ(undone, 1);
}

TEST(Recording, KeepsToOneStreamAndOneDevice) {
  const cuda::Stream other(true);
  Recording recording(0);
  EXPECT_THAT([&] { recording.record([&] { const cuda::StreamScope scope(other.get()); }); },
              ThrowsMessage<Error>(HasSubstr("StreamScope: cannot be recorded: a step is recorded on one stream")));
  EXPECT_THAT([&] { recording.rehearse([] { Recording::take(1, 8); }); },
              ThrowsMessage<DeviceError>(HasSubstr("memory on cuda:1 for a step that is recorded on cuda:0")));
  EXPECT_THROW(Recording(99), DeviceError);
}

// Each thread has a stream and memory of its own, and neither is a part of the other's recording.
TEST(Recording, LeavesOtherThreadsAlone) {
  const Tensor x = full({5}, 1, Dtype::f32, Device::cuda()), y = zeros({5}, Dtype::f32, Device::cuda());
  Recording recording(0);
  const auto work = [&] { add_often(y, x, 2); };
  recording.rehearse(work);
  double elsewhere = 0;
  recording.record([&] {
    work();
    std::thread([&] { elsewhere = add(full({3}, 4, Dtype::f32, Device::cuda()), 1).at({2}); }).join();
    work();
  });
  EXPECT_EQ(elsewhere, 5);
  EXPECT_EQ(y.at({0}), 6);
  recording.replay();
  EXPECT_EQ(y.at({0}), 10);
}

}  // namespace
}  // namespace cadena

#include "autograd/recorded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

using Results = std::vector<Tensor>;

// What replays on a CUDA device is tested in tests/cuda/recorded_test.cpp.
TEST(Recorded, RunsEveryStepOnTheCpu) {
  int calls = 0;
  Recorded step(Device::cpu(), [&](std::span<const Tensor> inputs) {
    ++calls;
    return Results{(Variable(inputs[0]) * inputs[1].item()).value()};
  });
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(step({ones({2}), full({}, i)})[0].to_vector(), (std::vector<double>{1. * i, 1. * i}));
    EXPECT_EQ(calls, i);
    EXPECT_FALSE(step.is_recorded());
    EXPECT_EQ(step.size(), 0u);
  }
}

TEST(Recorded, ResultsAreTensorsOfTheirOwn) {
  const Tensor kept = ones({2});
  Recorded step(Device::cpu(), [&](std::span<const Tensor> inputs) { return Results{kept, inputs[0]}; });
  const Tensor input = zeros({3});
  for (int i = 0; i < 2; ++i) {
    const Results results = step({input});
    EXPECT_NE(results[0].storage(), kept.storage());
    EXPECT_NE(results[1].storage(), input.storage());
  }
}

// On every device alike, so that a program that runs here runs there.
TEST(Recorded, InputsAreLikeThoseOfTheFirstCall) {
  Recorded step(Device::cpu(), [](std::span<const Tensor> inputs) { return Results(inputs.begin(), inputs.end()); });
  EXPECT_THAT([&] { step({ones({2}), Tensor()}); }, ThrowsMessage<ValueError>(HasSubstr("input 1 is undefined")));
  step({ones({2, 3}), ones({4}, Dtype::i64)});
  EXPECT_THAT(
      [&] {
        step({ones({2, 3})});
      },
      ThrowsMessage<ShapeError>(HasSubstr("Recorded: got 1 inputs, the first call had 2")));
  EXPECT_THAT(
      [&] {
        step({ones({3, 2}), ones({4}, Dtype::i64)});
      },
      ThrowsMessage<ShapeError>(HasSubstr("Recorded: input 0 has shape (3, 2), had (2, 3) before")));
  EXPECT_THAT(
      [&] {
        step({ones({2, 3}), ones({4})});
      },
      ThrowsMessage<DtypeError>(HasSubstr("Recorded: input 1 is f32, was i64 before")));
  EXPECT_EQ(step({zeros({2, 3}), ones({4}, Dtype::i64)})[0].at({1, 2}), 0);
  step.reset();
  EXPECT_EQ(step({ones({1})})[0].at({0}), 1);
}

TEST(Recorded, AStepThatThrowsMayBeTriedAgain) {
  bool fails = true;
  Recorded step(Device::cpu(), [&](std::span<const Tensor>) {
    if (fails) fail<ValueError>("not yet");
    return Results{};
  });
  EXPECT_THROW(step({ones({2})}), ValueError);
  fails = false;
  EXPECT_TRUE(step({ones({3})}).empty());
}

TEST(Recorded, ADeviceThatIsNotThere) {
  EXPECT_THROW(Recorded(Device::cuda(99), [](std::span<const Tensor>) { return Results{}; }), DeviceError);
}

}  // namespace
}  // namespace cadena

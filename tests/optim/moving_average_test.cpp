#include "optim/moving_average.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tests/optim/reference.h"

namespace cadena {
namespace {

using testing::ThrowsMessage;

TEST(MovingAverage, IsTheWeightedSumOfAllEarlierWeights) {
  const Variable w = parameter(tensor({8}, Dtype::f64));
  MovingAverage average({w}, {.decay = 0.75});
  for (double x : {4.0, 2.0, -1.0}) {
    fill(w.value(), x);
    average.update();
  }
  // 0.75^3 8 + 0.25 (0.75^2 4 + 0.75 2 - 1)
  EXPECT_EQ(average.averages()[0].item(), 0.421875 * 8 + 0.25 * (0.5625 * 4 + 0.75 * 2 - 1));
}

TEST(MovingAverage, ForgetsItsStartQuicklyWhenWarmingUp) {
  const Variable w = parameter(tensor({0}, Dtype::f64));
  MovingAverage average({w}, {.decay = 0.999, .warm_up = true});
  fill(w.value(), 1);
  average.update();
  EXPECT_NEAR(average.averages()[0].item(), 1 - 2.0 / 11, 1e-15);
  average.update();
  EXPECT_NEAR(average.averages()[0].item(), 1 - 2.0 / 11 * 3 / 12, 1e-15);
}

TEST(MovingAverage, KeepsHalfWeightsIn32Bits) {
  const Variable w = parameter(tensor({1}, Dtype::bf16));
  MovingAverage average({w}, {.decay = 0.999});
  fill(w.value(), 2);
  average.update();
  EXPECT_EQ(average.averages()[0].dtype(), Dtype::f32);
  EXPECT_NEAR(average.averages()[0].item(), 1.001, 1e-6);
}

TEST(MovingAverage, PutsTheWeightsBackToTheBitAfterASwap) {
  const Variable w = parameter(tensor({0.1, 0.7}, Dtype::bf16));
  MovingAverage average({w}, {.decay = 0.5});
  copy_into(w.value(), tensor({3, 5}, Dtype::bf16));
  const Numbers before = w.value().to_vector();
  {
    const auto swap = average.swap_in();
    EXPECT_LE(largest_error(w.value().to_vector(), {0.1, 0.7}), 0.01);
  }
  EXPECT_EQ(w.value().to_vector(), before);
  average.copy_to_parameters();
  EXPECT_LE(largest_error(w.value().to_vector(), {0.1, 0.7}), 0.01);
}

TEST(MovingAverage, ContinuesBitForBitFromASavedState) {
  const Variable w = parameter(tensor({0.5, -2}));
  MovingAverage before({w}, {.decay = 0.9, .warm_up = true});
  copy_into(w.value(), tensor({0.3, 1}));
  before.update();
  before.update();
  MovingAverage after({w}, {.decay = 0.9, .warm_up = true});
  after.load_state_dict(before.state_dict());
  before.update();
  after.update();
  EXPECT_EQ(after.averages()[0].to_vector(), before.averages()[0].to_vector());
}

TEST(MovingAverage, RefusesWhatItCannotAverage) {
  const Variable w = parameter(tensor({1, 2}));
  EXPECT_THAT([&] { MovingAverage({w}, {.decay = 1.5}); },
              ThrowsMessage<ValueError>("MovingAverage: decay is 1.5, expected a number in [0, 1]"));
  EXPECT_THROW(MovingAverage({w}, {.decay = std::numeric_limits<double>::quiet_NaN()}), ValueError);
  EXPECT_THROW(MovingAverage({Variable()}), ValueError);
  EXPECT_THROW(MovingAverage({Variable(arange(0, 3))}), DtypeError);
  MovingAverage average({w});
  w.set_value(tensor({1, 2, 3}));
  EXPECT_THROW(average.update(), ShapeError);
}

TEST(MovingAverage, ChangesNothingWhereAParameterNoLongerFits) {
  const Variable v = parameter(tensor({1, 2})), w = parameter(tensor({3}));
  MovingAverage average({v, w}, {.decay = 0.5});
  copy_into(v.value(), tensor({5, 6}));
  const Tensor there = w.value();
  for (const Tensor& other : {tensor({3, 4}), tensor({3}, Dtype::f64), to(there, Device::cuda())}) {
    w.set_value(other);
    EXPECT_THROW(average.update(), Error);
    EXPECT_THROW({ const auto swap = average.swap_in(); }, Error);
    EXPECT_THROW(average.copy_to_parameters(), Error);
    EXPECT_EQ(v.value().to_vector(), (Numbers{5, 6}));
    EXPECT_EQ(average.averages()[0].to_vector(), (Numbers{1, 2}));
    EXPECT_EQ(average.state_dict().at("steps").item(), 0);
  }
  w.set_value(there);
  average.update();
  EXPECT_EQ(average.averages()[0].to_vector(), (Numbers{3, 4}));
}

}  // namespace
}  // namespace cadena

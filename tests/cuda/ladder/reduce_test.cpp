// Every step of the reduction ladder against f64.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/reduce/steps.h"
#include "tests/cuda/drawn_sizes.h"

namespace cadena::cuda::ladder {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

// The sum by `step` of values that lie `offset` elements behind the start of an aligned buffer.
float sum_by(const Step<Sum>& step, std::vector<float> values, std::size_t offset = 0) {
  const std::size_t count = values.size();
  values.insert(values.begin(), offset, 1e6f);
  const DeviceArray<float> in(values), out({std::nanf("")}), partial(std::vector<float>(kPartialSums, std::nanf("")));
  step.run({.count = count, .in = in.data() + offset, .out = out.data(), .partial = partial.data(), .stream = nullptr});
  return out.to_host()[0];
}

class SumStep : public testing::TestWithParam<Step<Sum>> {
 protected:
  // However the sum is ordered, it is off by at most (count - 1) 2^-24 times the sum of magnitudes, to first order
  // (Higham, Accuracy and Stability of Numerical Algorithms, 4.2).
  static void expect_sum(std::size_t count, std::size_t offset) {
    const std::vector<float> values = random_values(count, 5);
    double sum = 0, magnitude = 0;
    for (const float value : values) {
      sum += value;
      magnitude += std::fabs(value);
    }
    const double bound = static_cast<double>(count) * 0x1p-24 * magnitude;
    EXPECT_LE(std::fabs(sum_by(GetParam(), values, offset) - sum), bound) << count << " numbers, offset " << offset;
  }
};

TEST_P(SumStep, AddsEveryElementOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 31U, 33U, 255U, 257U, 1023U, 4096U, 70001U}) {
    for (const std::size_t offset : {0U, 1U}) expect_sum(count, offset);
  }
}

TEST_P(SumStep, AddsDrawnNumbersOfElements) {
  support::Drawn draw(3);
  for (int i = 0; i < support::draws(4); ++i) {
    const int rows = draw.size(0, 997), columns = draw.size(0, 300);
    expect_sum(std::size_t(rows * columns), std::size_t(draw.between(0, 4)));
  }
}

TEST_P(SumStep, IsExactOnWholeNumbers) {
  EXPECT_EQ(sum_by(GetParam(), std::vector<float>(1 << 18, 3.0f)), 3.0f * (1 << 18));
}

INSTANTIATE_TEST_SUITE_P(Ladder, SumStep, testing::ValuesIn(sum_steps().begin(), sum_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

// Added in other orders, these values give other last digits; R4 has one order. The value is R4's own, the same for
// every seed of the emulator and every number of its threads.
TEST(SumLadder, GivesTheSameSumToTheBitInTwoPasses) {
  const std::vector<float> values = random_values(100003, 6);
  const float first = sum_by(find_step(sum_steps(), "R4"), values);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sum_by(find_step(sum_steps(), "R4"), values), first);
}

}  // namespace
}  // namespace cadena::cuda::ladder

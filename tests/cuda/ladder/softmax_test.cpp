// Every step of the softmax ladder against f64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/softmax/steps.h"
#include "tests/cuda/drawn_sizes.h"

namespace cadena::cuda::ladder {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> random_values(std::size_t count, float largest, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-largest, largest);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

// Softmax by `step` of values that lie `offset` elements behind the start of aligned buffers.
std::vector<float> softmax_by(const Step<Softmax>& step, int rows, int columns, std::vector<float> values,
                              std::size_t offset = 0) {
  values.insert(values.begin(), offset, 1e6f);
  const DeviceArray<float> in(values), out(std::vector<float>(values.size(), kNan));
  const DeviceArray<SoftmaxPart> parts(std::vector<SoftmaxPart>(kSoftmaxParts, SoftmaxPart{kNan, kNan}));
  step.run({.rows = rows,
            .columns = columns,
            .in = in.data() + offset,
            .out = out.data() + offset,
            .parts = parts.data(),
            .stream = nullptr});
  check(cudaDeviceSynchronize(), "running the step");
  std::vector<float> result = out.to_host();
  result.erase(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(offset));
  return result;
}

// With u = 2^-24: x - m is off by |x - m| u, which e^ turns into a relative error; a sum inherits the mean of those of
// its terms. A thread adds at most columns / 256 + 4 of them, with up to four roundings each where sums are rescaled;
// warp and block add some twenty; expf is good to 2 ulp and the quotient rounds once. What falls below 2^-126 may be 0.
void expect_softmax(int rows, int columns, const std::vector<float>& x, const std::vector<float>& got) {
  ASSERT_EQ(got.size(), x.size());
  for (int r = 0; r < rows; ++r) {
    double m = -INFINITY, s = 0, distance = 0;
    for (int c = 0; c < columns; ++c) m = std::max<double>(m, x[at(r, c, columns)]);
    for (int c = 0; c < columns; ++c) {
      const double term = std::exp(x[at(r, c, columns)] - m);
      s += term;
      if (term > 0) distance += term * (m - x[at(r, c, columns)]);
    }
    for (int c = 0; c < columns; ++c) {
      const double exact = std::exp(x[at(r, c, columns)] - m) / s, away = m - x[at(r, c, columns)];
      const int terms = 4 * (columns / 256 + 4) + 40;
      const double roundings = (exact > 0 ? away : 0) + distance / s + terms;
      EXPECT_LE(std::fabs(got[at(r, c, columns)] - exact), roundings * 0x1p-24 * exact + 0x1p-126)
          << rows << " x " << columns << " at " << r << ", " << c;
    }
  }
}

class SoftmaxStep : public testing::TestWithParam<Step<Softmax>> {};

TEST_P(SoftmaxStep, NormalizesRowsOfAnySize) {
  for (const int rows : {1, 3, 33}) {
    for (const int columns : {1, 31, 32, 33, 127, 128, 129, 1000, 1028}) {
      const std::vector<float> x = random_values(at(rows, 0, columns), 10, 1);
      expect_softmax(rows, columns, x, softmax_by(GetParam(), rows, columns, x));
    }
  }
}

TEST_P(SoftmaxStep, NormalizesLongRows) {
  for (const int columns : {5000, 16384, 70001}) {
    const std::vector<float> x = random_values(at(2, 0, columns), 10, 2);
    expect_softmax(2, columns, x, softmax_by(GetParam(), 2, columns, x));
  }
}

TEST_P(SoftmaxStep, NormalizesRowsThatStartAnywhere) {
  for (const std::size_t offset : {1U, 2U, 4U}) {
    const std::vector<float> x = random_values(at(3, 0, 2052), 10, 3);
    expect_softmax(3, 2052, x, softmax_by(GetParam(), 3, 2052, x, offset));
  }
}

TEST_P(SoftmaxStep, NormalizesRowsOfDrawnSizes) {
  support::Drawn draw(2);
  for (int i = 0; i < support::draws(4); ++i) {
    const int rows = draw.size(0, 70), columns = draw.coin() ? draw.size(1, 1000) : draw.between(1, 9000);
    const std::vector<float> x = random_values(at(rows, 0, columns), 10, 5);
    expect_softmax(rows, columns, x, softmax_by(GetParam(), rows, columns, x, std::size_t(draw.between(0, 4))));
  }
}

TEST_P(SoftmaxStep, TakesNothing) {
  EXPECT_TRUE(softmax_by(GetParam(), 0, 7, {}).empty());
  EXPECT_TRUE(softmax_by(GetParam(), 5, 0, {}).empty());
  EXPECT_TRUE(softmax_by(GetParam(), 0, 0, {}).empty());
}

// Logits of any size cost no accuracy beyond that of their differences, and -inf is a probability of 0 wherever it
// stands: a thread, a warp or a part may have met nothing else.
TEST_P(SoftmaxStep, TakesHugeLogitsAndMinusInfinity) {
  for (const int columns : {3, 130, 1000, 4100}) {
    std::vector<float> x = random_values(at(6, 0, columns), 1, 4);
    for (int c = 0; c < columns; ++c) {
      x[at(0, c, columns)] *= 1e30f;
      x[at(1, c, columns)] = -3e38f;
      x[at(2, c, columns)] += 1e4f;
      if (c < columns - 1) x[at(3, c, columns)] = -kInf;
      if (c % 2 == 0) x[at(4, c, columns)] = -kInf;
      if (c > columns / 3) x[at(5, c, columns)] = -kInf;
    }
    expect_softmax(6, columns, x, softmax_by(GetParam(), 6, columns, x));
  }
}

// As softmax of cuda/kernels and tensor/cpu.
TEST_P(SoftmaxStep, IsNaNForRowsWithoutAValue) {
  for (const int columns : {1, 2, 130, 1000, 4100}) {
    std::vector<float> x(at(4, 0, columns), 0.5f);
    const int last = columns - 1;
    for (int c = 0; c < columns; ++c) x[at(0, c, columns)] = -kInf;
    x[at(1, last, columns)] = kInf;
    x[at(2, 0, columns)] = kNan;
    const std::vector<float> y = softmax_by(GetParam(), 4, columns, x);
    for (int c = 0; c < columns; ++c) {
      for (int r = 0; r < 3; ++r) EXPECT_TRUE(std::isnan(y[at(r, c, columns)])) << r << ", " << c << " of " << columns;
      EXPECT_NEAR(y[at(3, c, columns)], 1.0 / columns, 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, SoftmaxStep, testing::ValuesIn(softmax_steps().begin(), softmax_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

}  // namespace
}  // namespace cadena::cuda::ladder

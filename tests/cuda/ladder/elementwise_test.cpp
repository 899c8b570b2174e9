// Every step of the elementwise ladders against f64.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/elementwise/steps.h"
#include "tests/cuda/drawn_sizes.h"

namespace cadena::cuda::ladder {
namespace {

template <class T>
T rounded(float value) {
  if constexpr (std::is_same_v<T, float>) {
    return value;
  } else {
    return __float2half(value);
  }
}
double exactly(float value) { return value; }
double exactly(__half value) { return __half2float(value); }

template <class T>
std::vector<T> random_values(std::size_t count, float largest, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-largest, largest);
  std::vector<T> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(rounded<T>(uniform(generator)));
  return values;
}

// The values behind `offset` numbers, which keep them from where a buffer is aligned.
template <class T>
std::vector<T> shifted(std::vector<T> values, std::size_t offset) {
  values.insert(values.begin(), offset, rounded<T>(1000));
  return values;
}

template <class T>
std::vector<T> nans(std::size_t count) {
  return std::vector<T>(count, rounded<T>(std::nanf("")));
}

struct Matrix {
  int rows, columns;
  std::size_t offset = 0;
  float largest = 6;
};

// With u = 2^-24: x + b is off by u |x + b| and the slope of GELU is below 1.13; the exponent 2 u(t) is off by six
// roundings, the rest of the formula by some ten. In f16 y is rounded once, and by E1 also x + b.
template <class T>
void expect_bias_gelu(const Step<BiasGelu<T>>& step, const Matrix& test) {
  const std::size_t count = at(test.rows, 0, test.columns);
  const std::vector<T> x = random_values<T>(count, test.largest, 1), b = random_values<T>(at(1, 0, test.columns), 1, 2);
  const DeviceArray<T> in(shifted(x, test.offset)), bias(shifted(b, test.offset));
  const DeviceArray<T> out(nans<T>(count + test.offset)), between(nans<T>(count));
  step.run({.rows = test.rows,
            .columns = test.columns,
            .in = in.data() + test.offset,
            .bias = bias.data() + test.offset,
            .out = out.data() + test.offset,
            .between = between.data(),
            .stream = nullptr});
  check(cudaDeviceSynchronize(), "running the step");

  const bool half = !std::is_same_v<T, float>;
  const double store = half ? 0x1p-11 : 0x1p-24, between_rounds = half && step.id[1] == '1' ? 0x1p-11 : 0;
  const std::vector<T> got = out.to_host();
  for (std::size_t i = 0; i < count; ++i) {
    const double t = exactly(x[i]) + exactly(b[i % b.size()]);
    const double exponent = 2 * std::sqrt(2 / 3.14159265358979323846) * (t + 0.044715 * t * t * t);
    const double exact = t / (1 + std::exp(-exponent));
    const double bound = 1.13 * std::fabs(t) * (0x1p-24 + between_rounds) + store * std::fabs(exact) +
                         (6 * std::fabs(exponent) + 10) * 0x1p-24 * std::fabs(exact) + (half ? 0x1p-25 : 0x1p-120);
    ASSERT_LE(std::fabs(exactly(got[i + test.offset]) - exact), bound)
        << step.id << ": " << test.rows << " x " << test.columns << " at " << i << ", t = " << t;
  }
  for (std::size_t i = 0; i < test.offset; ++i) ASSERT_TRUE(std::isnan(exactly(got[i]))) << "before the result";
}

// A step of either table.
struct AnyStep {
  std::string id;
  std::function<void(const Matrix&)> expect;
};

std::ostream& operator<<(std::ostream& out, const AnyStep& step) { return out << step.id; }

std::vector<AnyStep> all_bias_gelu_steps() {
  std::vector<AnyStep> result;
  const auto add = [&]<class T>(Steps<BiasGelu<T>> steps) {
    for (const auto& step : steps) {
      result.push_back({step.id, [&step](const Matrix& test) { expect_bias_gelu<T>(step, test); }});
    }
  };
  add(bias_gelu_steps<float>());
  add(bias_gelu_steps<__half>());
  return result;
}

class BiasGeluStep : public testing::TestWithParam<AnyStep> {};

TEST_P(BiasGeluStep, IsRightForMatricesOfAnySize) {
  for (const int rows : {0, 1, 3, 33}) {
    for (const int columns : {0, 1, 8, 31, 33, 127, 128, 129, 1000}) {
      ASSERT_NO_FATAL_FAILURE(GetParam().expect({rows, columns}));
    }
  }
}

TEST_P(BiasGeluStep, IsRightForMatricesThatStartAnywhere) {
  for (const std::size_t offset : {1U, 2U, 4U, 8U}) ASSERT_NO_FATAL_FAILURE(GetParam().expect({5, 64, offset}));
}

TEST_P(BiasGeluStep, IsRightForMatricesOfDrawnSizes) {
  support::Drawn draw(7);
  for (int i = 0; i < support::draws(4); ++i) {
    const int rows = draw.size(0, 140), columns = draw.size(0, 997);
    ASSERT_NO_FATAL_FAILURE(GetParam().expect({rows, columns, std::size_t(draw.between(0, 8))}));
  }
}

TEST_P(BiasGeluStep, IsRightFarFromZero) {
  ASSERT_NO_FATAL_FAILURE(GetParam().expect({.rows = 16, .columns = 64, .largest = 60000}));
}

INSTANTIATE_TEST_SUITE_P(Ladder, BiasGeluStep, testing::ValuesIn(all_bias_gelu_steps()),
                         [](const auto& step) { return step.param.id; });

TEST(BiasGeluLadder, CutsLargeMatricesIntoSlabs) {
  const float start = 0;
  int rows = 0, slabs = 0;
  const BiasGelu<float> tall{.rows = 5, .columns = 1 << 29, .in = &start, .out = nullptr};
  for_each_slab(tall, [&](const BiasGelu<float>& slab, unsigned count) {
    EXPECT_EQ(slab.in - &start, static_cast<std::ptrdiff_t>(at(rows, 0, tall.columns)));
    EXPECT_EQ(count, at(slab.rows, 0, tall.columns));
    EXPECT_LE(count, 1u << 30);
    rows += slab.rows;
    ++slabs;
  });
  EXPECT_EQ(rows, 5);
  EXPECT_EQ(slabs, 3);
}

struct Sequences {
  int sequences, positions, pairs;
  std::size_t offset = 0;
};

class RotaryStep : public testing::TestWithParam<Step<Rotary>> {};

// The turn itself rounds four times. Angles of P1 and P2 are in f32: the exponent is off by two roundings, which
// base^exponent turns into ln(base) as many, the power by two ulp and the product by one; P3 has them in f64.
TEST_P(RotaryStep, TurnsPairsOfAnyNumber) {
  std::vector<Sequences> cases{{1, 1, 1},    {2, 3, 5},    {3, 33, 16},  {8, 31, 32}, {1, 129, 33},
                               {2, 9, 65},   {1, 4, 500},  {0, 5, 4},    {3, 0, 4},   {3, 5, 0},
                               {3, 7, 8, 1}, {3, 7, 8, 2}, {3, 7, 8, 4}, {3, 7, 7, 1}};
  support::Drawn draw(8);
  for (int i = 0; i < support::draws(4); ++i) {
    const int sequences = draw.size(0, 9), positions = draw.size(0, 140), pairs = draw.size(0, 140);
    cases.push_back({sequences, positions, pairs, std::size_t(draw.between(0, 4))});
  }
  for (const auto& [sequences, positions, pairs, offset] : cases) {
    const auto row = static_cast<std::size_t>(2 * pairs);
    const std::size_t count = at(sequences, 0, positions) * row;
    const std::vector<float> x = random_values<float>(count, 1, 3);
    const DeviceArray<float> in(shifted(x, offset)), out(nans<float>(count + offset));
    const DeviceArray<float> turns(nans<float>(at(positions, 0, 2 * pairs)));
    GetParam().run({.sequences = sequences,
                    .positions = positions,
                    .pairs = pairs,
                    .base = 10000,
                    .in = in.data() + offset,
                    .out = out.data() + offset,
                    .turns = turns.data(),
                    .stream = nullptr});
    check(cudaDeviceSynchronize(), "running the step");

    const std::vector<float> got = out.to_host();
    for (std::size_t i = 0; i < count; i += 2) {
      const std::size_t position = i / row % static_cast<std::size_t>(positions), pair = i % row / 2;
      const double angle =
          static_cast<double>(position) * std::pow(10000, -static_cast<double>(pair) / static_cast<double>(pairs));
      const double a = x[i], b = x[i + 1];
      const double angle_roundings = std::string(GetParam().id) == "P3" ? 0 : 2 * std::log(10000) + 5;
      const double bound = (angle_roundings * angle + 6) * 0x1p-24 * (std::fabs(a) + std::fabs(b));
      ASSERT_LE(std::fabs(got[offset + i] - (a * std::cos(angle) - b * std::sin(angle))), bound) << pairs << ", " << i;
      ASSERT_LE(std::fabs(got[offset + i + 1] - (a * std::sin(angle) + b * std::cos(angle))), bound)
          << pairs << ", " << i;
    }
    for (std::size_t i = 0; i < offset; ++i) ASSERT_TRUE(std::isnan(got[i])) << "before the result";
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, RotaryStep, testing::ValuesIn(rotary_steps().begin(), rotary_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

}  // namespace
}  // namespace cadena::cuda::ladder

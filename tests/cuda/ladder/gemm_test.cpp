// Every step of the GEMM ladder against f64, at sizes on both sides of every tile.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/reference.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/tile.h"
#include "tests/cuda/drawn_sizes.h"
#include "tests/cuda/ladder/step_test.h"

namespace cadena::cuda::ladder {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return uniform(generator); });
  return values;
}

float to_float(float value) { return value; }
float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }

template <class T>
std::vector<T> rounded(const std::vector<float>& values) {
  std::vector<T> result;
  for (const float value : values) {
    if constexpr (std::is_same_v<T, float>) {
      result.push_back(value);
    } else {
      result.push_back(__float2bfloat16(value));
    }
  }
  return result;
}

template <class T>
std::vector<float> floats(const std::vector<T>& values) {
  std::vector<float> result;
  for (const T value : values) result.push_back(to_float(value));
  return result;
}

template <class T>
constexpr Rounding kRounding = std::is_same_v<T, float> ? kFloatRounding : kBf16Rounding;

struct Case {
  int M, N, K;
  float alpha = 1, beta = 0;
  int offset = 0;  // elements between the start of each buffer, which is aligned, and its matrix
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.M << " x " << c.N << " x " << c.K << ", alpha " << c.alpha << ", beta " << c.beta << ", offset "
             << c.offset;
}

// Runs `run` and compares; what lies before C must be as it was. (What lies behind is not ours: the emulator says so.)
template <class T>
void expect_correct(const std::function<void(const Gemm<T>&)>& run, const Case& c) {
  const auto size = [&](int rows, int columns) { return at(rows, 0, columns); };
  const auto shifted = [&](const std::vector<T>& values) {
    std::vector<T> buffer = rounded<T>(std::vector<float>(static_cast<std::size_t>(c.offset), 7.0f));
    buffer.insert(buffer.end(), values.begin(), values.end());
    return buffer;
  };
  const std::vector<T> A = rounded<T>(random_values(size(c.M, c.K), 1)),
                       B = rounded<T>(random_values(size(c.K, c.N), 2));
  const std::vector<T> before =
      rounded<T>(c.beta == 0 ? std::vector<float>(size(c.M, c.N), std::numeric_limits<float>::quiet_NaN())
                             : random_values(size(c.M, c.N), 3));
  const DeviceArray<T> a(shifted(A)), b(shifted(B)), out(shifted(before));

  run({.M = c.M,
       .N = c.N,
       .K = c.K,
       .alpha = c.alpha,
       .A = a.data() + c.offset,
       .B = b.data() + c.offset,
       .beta = c.beta,
       .C = out.data() + c.offset,
       .stream = nullptr});
  check(cudaDeviceSynchronize(), "running the step");

  std::vector<float> got = floats(out.to_host());
  for (int i = 0; i < c.offset; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], 7.0f) << c;
  got.erase(got.begin(), got.begin() + c.offset);
  const Comparison result =
      compare_gemm(c.M, c.N, c.K, c.alpha, floats(A), floats(B), c.beta, floats(before), got, kRounding<T>);
  ASSERT_TRUE(result.correct()) << c << ": error " << result.max_error << " is " << result.worst_share
                                << " of its bound";
}

// A step of either table.
struct AnyStep {
  std::string id;
  int compute_capability;
  std::function<void(const Case&)> expect;
};

std::ostream& operator<<(std::ostream& out, const AnyStep& step) { return out << step.id; }

std::vector<AnyStep> steps_to_test() {
  std::vector<AnyStep> result;
  const auto add = [&]<class T>(Steps<Gemm<T>> steps) {
    for (const auto& step : steps) {
      result.push_back(
          {step.id, step.compute_capability, [run = step.run](const Case& c) { expect_correct<T>(run, c); }});
    }
  };
  add(gemm_steps<float>());
  add(gemm_steps<__nv_bfloat16>());
  return result;
}

class GemmStep : public StepTest<AnyStep> {};

TEST_P(GemmStep, IsCorrectOnBothSidesOfEveryTile) {
  for (const int M : {1, 31, 33, 127, 129}) {
    for (const int N : {1, 31, 33, 127, 129}) {
      for (const int K : {1, 33, 129}) ASSERT_NO_FATAL_FAILURE(GetParam().expect({M, N, K}));
    }
  }
}

TEST_P(GemmStep, IsCorrectWhereRowsAreAligned) {
  for (const int M : {4, 60, 132}) {
    for (const int N : {8, 64, 136}) {
      for (const int K : {4, 16, 104}) ASSERT_NO_FATAL_FAILURE(GetParam().expect({M, N, K}));
    }
  }
}

TEST_P(GemmStep, IsCorrectWhereMatricesStartAnywhere) {
  ASSERT_NO_FATAL_FAILURE(GetParam().expect({.M = 72, .N = 40, .K = 24, .offset = 1}));
}

TEST_P(GemmStep, ScalesTheProductAndKeepsWhatBetaSays) {
  for (const auto& [M, N, K] : {std::array{65, 67, 35}, std::array{64, 72, 40}}) {
    ASSERT_NO_FATAL_FAILURE(GetParam().expect({M, N, K, 0.5f, -2.0f}));
    ASSERT_NO_FATAL_FAILURE(GetParam().expect({M, N, K, 0.0f, 1.0f}));
    ASSERT_NO_FATAL_FAILURE(GetParam().expect({M, N, K, -3.0f, 0.0f}));
  }
}

TEST_P(GemmStep, TakesEmptySumsAndEmptyResults) {
  for (const Case& c : {Case{5, 7, 0}, Case{8, 8, 0, 1.0f, 3.0f}, Case{0, 7, 3}, Case{5, 0, 3}, Case{0, 0, 0}}) {
    ASSERT_NO_FATAL_FAILURE(GetParam().expect(c));
  }
}

TEST_P(GemmStep, IsCorrectInDrawnSizes) {
  support::Drawn draw(1);
  for (int i = 0; i < support::draws(4); ++i) {
    const int M = draw.size(0, 270), N = draw.size(0, 270), K = draw.size(0, 150);
    ASSERT_NO_FATAL_FAILURE(GetParam().expect({.M = M,
                                               .N = N,
                                               .K = K,
                                               .alpha = draw.coin() ? 1.0f : 0.5f,
                                               .beta = draw.coin() ? 0.0f : -2.0f,
                                               .offset = draw.coin() ? 0 : draw.between(1, 8)}));
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, GemmStep, testing::ValuesIn(steps_to_test()),
                         [](const auto& step) { return step.param.id; });

class HopperStep : public GemmStep {};

// Longer sums than a ring of stages holds, more tiles than one block, and more of them than blocks that run at once.
TEST_P(HopperStep, GoesRoundTheRingAndOverManyTiles) {
  ASSERT_NO_FATAL_FAILURE(GetParam().expect({260, 520, 712, 0.5f, 2.0f}));
  ASSERT_NO_FATAL_FAILURE(GetParam().expect({133 * 128 + 8, 8, 8}));
}

std::vector<AnyStep> hopper_steps() {
  std::vector<AnyStep> steps = steps_to_test();
  std::erase_if(steps, [](const AnyStep& step) { return !step.id.starts_with("H"); });
  return steps;
}

INSTANTIATE_TEST_SUITE_P(Ladder, HopperStep, testing::ValuesIn(hopper_steps()),
                         [](const auto& step) { return step.param.id; });

TEST(GemmLadder, CutsResultsThatAreHigherThanAGrid) {
  const int most = 65535 * 32;
  const std::vector<float> start(1);
  std::vector<float> result(1);
  std::vector<int> heights;
  std::ptrdiff_t rows = 0;
  for_each_slab(Gemm<float>{.M = 2 * most + 5, .N = 3, .K = 2, .A = start.data(), .C = result.data()}, 32,
                [&](const Gemm<float>& slab) {
                  EXPECT_EQ(slab.A - start.data(), 2 * rows);
                  EXPECT_EQ(slab.C - result.data(), 3 * rows);
                  heights.push_back(slab.M);
                  rows += slab.M;
                });
  EXPECT_EQ(heights, (std::vector<int>{most, most, 5}));
}

TEST(GemmLadder, IsCorrectInEveryTileShapeOfG9) {
  for (int number = 0; number < gemm_g9_configurations(); ++number) {
    const auto run = [&](const Gemm<float>& problem) { gemm_g9_with(number, problem); };
    for (const Case& c : {Case{33, 65, 31}, Case{36, 68, 36}, Case{132, 260, 52, 2.0f, 0.5f}, Case{129, 257, 17}}) {
      ASSERT_NO_FATAL_FAILURE(expect_correct<float>(run, c)) << "shape " << number;
    }
  }
  EXPECT_THROW(gemm_g9_with(gemm_g9_configurations(), {}), std::out_of_range);
  EXPECT_THROW(gemm_g9_with(-1, {}), std::out_of_range);
}

TEST(GemmLadder, GivesSmallProductsSmallTiles) {
  const int last = gemm_g9_configurations() - 1;
  EXPECT_EQ(gemm_g9_choice(8192, 8192, 132), 0);
  EXPECT_EQ(gemm_g9_choice(64, 64, 132), last);
  for (int size = 64; size < 8192; size *= 2) {
    EXPECT_GE(gemm_g9_choice(size, size, 132), gemm_g9_choice(size * 2, size * 2, 132));
  }
}

TEST(GemmLadder, DescribesItsSteps) {
  std::vector<std::string> ids;
  const auto add = [&]<class T>(Steps<Gemm<T>> steps) {
    for (const auto& step : steps) {
      ids.push_back(step.id);
      EXPECT_GT(std::string(step.title).size(), 5u) << step.id;
      EXPECT_LE(step.expected.least, step.expected.most) << step.id;
      EXPECT_TRUE(std::ifstream(step.source).good()) << step.id << ": " << step.source;
      EXPECT_EQ(&find_step(steps, step.id), &step);
    }
  };
  add(gemm_steps<float>());
  add(gemm_steps<__nv_bfloat16>());
  EXPECT_EQ(ids, (std::vector<std::string>{"G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "T1", "T2", "T3", "H1",
                                           "H2", "H3", "H4"}));
  EXPECT_THROW(find_step(gemm_steps<float>(), "G0"), std::invalid_argument);
}

TEST(GemmReference, NeverAcceptsNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(compare_gemm(1, 2, 1, 1, {2}, {3, 4}, 0, {nan, nan}, {6, 8}, kFloatRounding).correct());
  EXPECT_FALSE(compare_gemm(1, 2, 1, 1, {2}, {3, 4}, 0, {nan, nan}, {nan, 8}, kFloatRounding).correct());
  EXPECT_FALSE(compare_gemm(1, 2, 1, 1, {2}, {3, 4}, 0, {nan, nan}, {6, nan}, kFloatRounding).correct());
  EXPECT_FALSE(compare_gemm(1, 2, 1, 1, {2}, {3, 4}, 0, {nan, nan}, {6, 8.00001f}, kFloatRounding).correct());
}

}  // namespace
}  // namespace cadena::cuda::ladder

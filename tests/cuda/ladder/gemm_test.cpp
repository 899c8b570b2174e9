// Every step of the GEMM ladder against f64, at sizes on both sides of every tile.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/reference.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {
namespace {

using Run = void (*)(const Gemm<float>&);

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return uniform(generator); });
  return values;
}

struct Case {
  int M, N, K;
  float alpha = 1, beta = 0;
  int offset = 0;  // elements between the start of each buffer, which is aligned, and its matrix
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.M << " x " << c.N << " x " << c.K << ", alpha " << c.alpha << ", beta " << c.beta << ", offset "
             << c.offset;
}

// Runs `run` and compares; what lies before and behind C must be as it was.
void expect_correct(const std::function<void(const Gemm<float>&)>& run, const Case& c) {
  const auto size = [&](int rows, int columns) { return at(rows, 0, columns); };
  const auto shifted = [&](const std::vector<float>& values) {
    std::vector<float> buffer(static_cast<std::size_t>(c.offset), 7.0f);
    buffer.insert(buffer.end(), values.begin(), values.end());
    return buffer;
  };
  const std::vector<float> A = random_values(size(c.M, c.K), 1), B = random_values(size(c.K, c.N), 2);
  const std::vector<float> before = c.beta == 0
                                        ? std::vector<float>(size(c.M, c.N), std::numeric_limits<float>::quiet_NaN())
                                        : random_values(size(c.M, c.N), 3);
  const DeviceArray<float> a(shifted(A)), b(shifted(B)), out(shifted(before));

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

  std::vector<float> got = out.to_host();
  for (int i = 0; i < c.offset; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], 7.0f) << c;
  got.erase(got.begin(), got.begin() + c.offset);
  const Comparison result = compare_gemm(c.M, c.N, c.K, c.alpha, A, B, c.beta, before, got, kFloatRounding);
  ASSERT_TRUE(result.correct()) << c << ": error " << result.max_error << " is " << result.worst_share
                                << " of its bound";
}

class GemmStep : public testing::TestWithParam<Step<Gemm<float>>> {};

std::string id_of(const testing::TestParamInfo<Step<Gemm<float>>>& info) { return info.param.id; }

std::vector<Step<Gemm<float>>> emulated_steps() {
  std::vector<Step<Gemm<float>>> steps;
  for (const auto& step : gemm_steps<float>()) {
    if (step.emulated) steps.push_back(step);
  }
  return steps;
}

TEST_P(GemmStep, IsCorrectOnBothSidesOfEveryTile) {
  for (const int M : {1, 31, 33, 127, 129}) {
    for (const int N : {1, 31, 33, 127, 129}) {
      for (const int K : {1, 31, 33, 129}) ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {M, N, K}));
    }
  }
}

TEST_P(GemmStep, IsCorrectWhereRowsAreAligned) {
  for (const int M : {4, 60, 128, 132}) {
    for (const int N : {4, 60, 128, 132}) {
      for (const int K : {4, 16, 52}) ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {M, N, K}));
    }
  }
}

TEST_P(GemmStep, IsCorrectWhereMatricesStartAnywhere) {
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {.M = 68, .N = 36, .K = 20, .offset = 1}));
}

TEST_P(GemmStep, ScalesTheProductAndKeepsWhatBetaSays) {
  for (const auto& [M, N, K] : {std::array{65, 67, 35}, std::array{64, 68, 36}}) {
    ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {M, N, K, 0.5f, -2.0f}));
    ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {M, N, K, 0.0f, 1.0f}));
    ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {M, N, K, -3.0f, 0.0f}));
  }
}

TEST_P(GemmStep, TakesEmptySumsAndEmptyResults) {
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {5, 7, 0}));
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {8, 8, 0, 1.0f, 3.0f}));
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {0, 7, 3}));
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {5, 0, 3}));
  ASSERT_NO_FATAL_FAILURE(expect_correct(GetParam().run, {0, 0, 0}));
}

INSTANTIATE_TEST_SUITE_P(Ladder, GemmStep, testing::ValuesIn(emulated_steps()), id_of);

TEST(GemmLadder, CutsResultsThatAreHigherThanAGrid) {
  ASSERT_NO_FATAL_FAILURE(expect_correct(gemm_g2, {65535 * 32 + 5, 1, 1}));
}

TEST(GemmLadder, IsCorrectInEveryTileShapeOfG9) {
  for (int number = 0; number < gemm_g9_configurations(); ++number) {
    const auto run = [&](const Gemm<float>& problem) { gemm_g9_with(number, problem); };
    for (const Case& c : {Case{33, 65, 31}, Case{36, 68, 36}, Case{132, 260, 52, 2.0f, 0.5f}, Case{129, 257, 17}}) {
      ASSERT_NO_FATAL_FAILURE(expect_correct(run, c)) << "shape " << number;
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
  for (const auto& step : gemm_steps<float>()) {
    ids.push_back(step.id);
    EXPECT_GT(std::string(step.title).size(), 5u) << step.id;
    EXPECT_LE(step.expected.least, step.expected.most) << step.id;
    EXPECT_EQ(&find_step(gemm_steps<float>(), step.id), &step);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"}));
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

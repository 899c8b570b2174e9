#include "tensor/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/base/philox.h"
#include "tensor/cpu/parallel.h"
#include "tensor/factories.h"
#include "tensor/views.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const Dtype kFloats[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16};

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

/// Mean of ((x - center) / scale)^power.
double moment(const std::vector<double>& x, int power, double center = 0, double scale = 1) {
  double sum = 0;
  for (double v : x) sum += std::pow((v - center) / scale, power);
  return sum / static_cast<double>(x.size());
}

/// Kolmogorov and Smirnov's \f$ \sqrt n \sup |F_n - F| \f$; above 1.95 with probability 0.001 if F is right.
double kolmogorov_smirnov(std::vector<double> x, const std::function<double(double)>& cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = cdf(x[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return std::sqrt(n) * distance;
}

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

// The file kat_vectors of Random123 (Salmon, Moraes, Dror & Shaw): counter, key, result.
TEST(Philox, MatchesTheKnownAnswersOfRandom123) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox(0, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(~0ull, ~0ull, ~0ull), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Uniform, HasTheMomentsAndTheDistributionOfAUniform) {
  Generator g(1);
  const auto x = uniform(g, {100000}, -1, 3, Dtype::f64).to_vector();
  EXPECT_NEAR(mean_of(x), 1, 0.02);
  EXPECT_NEAR(moment(x, 2, 1), 16.0 / 12, 0.02);
  EXPECT_LT(kolmogorov_smirnov(x, [](double v) { return (v + 1) / 4; }), 1.95);
}

TEST(Uniform, NeverReachesTheUpperBoundInAnyDtype) {
  for (Dtype dtype : kFloats) {
    Generator g(2);
    for (auto [low, high] : {std::pair{0.0, 1.0}, {-1.0, 1.0}, {0.1, 0.3}, {1.0, 1.03125}, {-1.0, -0.5}}) {
      for (double x : uniform(g, {20000}, low, high, dtype).to_vector()) {
        ASSERT_GE(x, low) << to_string(dtype);
        ASSERT_LT(x, high) << to_string(dtype);
      }
    }
  }
  Generator g(3);  // two numbers of f64 lie in the interval, and `low + u (high - low)` would round to `high`
  for (double x : uniform(g, {1000}, 1, 1 + 0x1p-51, Dtype::f64).to_vector()) ASSERT_LT(x, 1 + 0x1p-51);
}

TEST(Uniform, RejectsEmptyIntervalsAndIntegers) {
  Generator g(1);
  EXPECT_THROW(uniform(g, {2}, 1, 1), ValueError);
  EXPECT_THROW(uniform(g, {2}, 0, kInf), ValueError);
  EXPECT_THROW(uniform(g, {2}, 0, 1e6, Dtype::f16), ValueError);
  EXPECT_THROW(uniform(g, {2}, 1.0001, 1.0002, Dtype::f16), ValueError);  // no half lies between
  EXPECT_THROW(uniform(g, {2}, 0, 1, Dtype::i64), DtypeError);
  EXPECT_EQ(g, Generator(1)) << "a rejected draw must not move the generator";
}

TEST(Normal, HasTheMomentsAndTheDistributionOfANormal) {
  Generator g(4);
  const auto x = normal(g, {100000}, 2, 3, Dtype::f64).to_vector();
  EXPECT_NEAR(mean_of(x), 2, 0.04);
  EXPECT_NEAR(moment(x, 2, 2, 3), 1, 0.02);
  EXPECT_NEAR(moment(x, 3, 2, 3), 0, 0.05);
  EXPECT_NEAR(moment(x, 4, 2, 3), 3, 0.1);
  EXPECT_LT(kolmogorov_smirnov(x, [](double v) { return normal_cdf((v - 2) / 3); }), 1.95);
}

TEST(Normal, IsFiniteInEveryDtype) {
  for (Dtype dtype : kFloats) {
    Generator g(5);
    for (double x : randn(g, {200000}, dtype).to_vector()) ASSERT_TRUE(std::isfinite(x));
  }
  Generator g(5);
  EXPECT_THROW(normal(g, {2}, 60000, 1000, Dtype::f16), ValueError);
  EXPECT_THROW(normal(g, {2}, 0, -1), ValueError);
  EXPECT_THROW(normal(g, {2}, std::nan(""), 1), ValueError);
}

TEST(TruncatedNormal, FollowsTheConditionalDistributionInEveryBranch) {
  const std::pair<double, double> intervals[] = {{-2, 2},   {-0.5, 0.25}, {1, 1.5},
                                                 {3, kInf}, {-kInf, -1},  {-kInf, kInf}};
  for (auto [low, high] : intervals) {
    Generator g(6);
    const auto x = truncated_normal(g, {50000}, 0, 1, low, high, Dtype::f64).to_vector();
    const double below = normal_cdf(low);
    const double mass = normal_cdf(high) - below;
    EXPECT_LT(kolmogorov_smirnov(x, [&](double v) { return (normal_cdf(v) - below) / mass; }), 1.95) << low;
    EXPECT_GE(*std::min_element(x.begin(), x.end()), low);
    EXPECT_LE(*std::max_element(x.begin(), x.end()), high);
  }
}

TEST(TruncatedNormal, StaysInsideItsBoundsInEveryDtype) {
  for (Dtype dtype : kFloats) {
    Generator g(7);
    for (double x : truncated_normal(g, {20000}, 1, 0.1, 0.9, 1.1, dtype).to_vector()) {
      ASSERT_GE(x, 0.9);
      ASSERT_LE(x, 1.1);
    }
  }
  Generator g(7);
  EXPECT_THROW(truncated_normal(g, {2}, 0, 1, 2, 2), ValueError);
  EXPECT_THROW(truncated_normal(g, {2}, 0, 0), ValueError);
  EXPECT_THROW(truncated_normal(g, {2}, 0, 1e-310, 1, 2), ValueError);  // 1e310 deviations away
}

TEST(TruncatedNormal, ReachesFarIntoTheTail) {
  Generator g(8);
  for (double x : truncated_normal(g, {1000}, 0, 1, 1e10, kInf, Dtype::f64).to_vector()) {
    ASSERT_GE(x, 1e10);
    ASSERT_LT(x, 1e10 + 1);
  }
}

TEST(Randint, HitsEveryIntegerEquallyOften) {
  Generator g(9);
  std::vector<double> count(7, 0);
  for (double x : randint(g, {70000}, -3, 4).to_vector()) ++count.at(static_cast<std::size_t>(x + 3));
  double chi_squared = 0;
  for (double c : count) chi_squared += (c - 10000) * (c - 10000) / 10000;
  EXPECT_LT(chi_squared, 22.5);  // 6 degrees of freedom, probability 0.001
}

TEST(Randint, CoversTheWholeRangeOfI64) {
  Generator g(10);
  const i64 least = std::numeric_limits<i64>::min();
  const Tensor x = randint(g, {1000}, least, std::numeric_limits<i64>::max());
  const i64* values = x.data<i64>();
  EXPECT_LT(*std::min_element(values, values + 1000), least / 2);
  EXPECT_GT(*std::max_element(values, values + 1000), -(least / 2));
  EXPECT_EQ(randint(g, {3}, 5, 6).to_vector(), (std::vector<double>{5, 5, 5}));
  EXPECT_THROW(randint(g, {3}, 5, 5), ValueError);
}

TEST(Bernoulli, DrawsWithTheGivenProbability) {
  Generator g(11);
  EXPECT_NEAR(mean_of(bernoulli(g, {100000}, 0.3).to_vector()), 0.3, 0.005);
  EXPECT_EQ(mean_of(bernoulli(g, {1000}, 0).to_vector()), 0);
  EXPECT_EQ(mean_of(bernoulli(g, {1000}, 1, Dtype::f16).to_vector()), 1);
  EXPECT_EQ(bernoulli(g, {2}, 0.5).dtype(), Dtype::boolean);
  EXPECT_THROW(bernoulli(g, {2}, 1.5), ValueError);
  EXPECT_THROW(bernoulli(g, {2}, std::nan("")), ValueError);
}

TEST(Bernoulli, TakesAProbabilityPerElement) {
  Generator g(12);
  const Tensor p = broadcast_to(tensor({0, 0.25, 1}), {30000, 3});
  const Tensor x = bernoulli(g, p);
  EXPECT_EQ(x.shape(), p.shape());
  EXPECT_EQ(mean_of(select(x, 1, 0).to_vector()), 0);
  EXPECT_NEAR(mean_of(select(x, 1, 1).to_vector()), 0.25, 0.01);
  EXPECT_EQ(mean_of(select(x, 1, 2).to_vector()), 1);
  EXPECT_THROW(bernoulli(g, tensor({0.5, -0.1})), ValueError);
  EXPECT_THROW(bernoulli(g, tensor({1}, Dtype::i64)), DtypeError);
}

TEST(Bernoulli, IsOneExactlyWhereTheUniformDrawIsBelow) {
  Generator first(12), second(12), third(12);
  const Tensor u = uniform(first, {1000}, 0, 1, Dtype::f64);
  EXPECT_EQ(mean_of(bernoulli(second, u).to_vector()), 0);
  EXPECT_EQ(mean_of(bernoulli(third, add(u, 0x1p-53)).to_vector()), 1);
}

TEST(Categorical, DrawsInProportionToTheWeights) {
  Generator g(13);
  std::vector<double> count(4, 0);
  for (double x : categorical(g, tensor({1, 0, 2, 5}), 80000).to_vector()) ++count.at(static_cast<std::size_t>(x));
  EXPECT_NEAR(count[0], 10000, 400);
  EXPECT_EQ(count[1], 0);
  EXPECT_NEAR(count[2], 20000, 500);
  EXPECT_NEAR(count[3], 50000, 600);
}

TEST(Categorical, DrawsOneIndexARow) {
  Generator g(14);
  const Tensor weights = tensor({{{0, 1}, {1, 0}}, {{0, 3}, {0, 1}}});
  EXPECT_EQ(categorical(g, weights).shape(), (Shape{2, 2}));
  EXPECT_EQ(categorical(g, weights).to_vector(), (std::vector<double>{1, 0, 1, 1}));
  EXPECT_EQ(categorical(g, transpose(ones({2, 5, 4}), 0, 2), 3).shape(), (Shape{4, 5, 3}));
  EXPECT_EQ(categorical(g, zeros({0, 0}), 0).shape(), (Shape{0, 0}));
}

TEST(Categorical, RejectsRowsThatAreNoDistribution) {
  Generator g(15);
  EXPECT_THROW(categorical(g, tensor({{1, 1}, {0, 0}})), ValueError);
  EXPECT_THROW(categorical(g, tensor({1, -1})), ValueError);
  EXPECT_THROW(categorical(g, tensor({1, std::nan("")})), ValueError);
  EXPECT_THROW(categorical(g, tensor({1, kInf})), ValueError);
  EXPECT_EQ(message_of<ValueError>([&] {
              categorical(g, full({1, 2}, 1e308, Dtype::f64));
            }),
            "categorical: row 0 of weights of shape (1, 2) has a negative, infinite or NaN weight, an infinite sum, or "
            "no positive weight");
  EXPECT_THROW(categorical(g, zeros({2, 0})), ValueError);
  EXPECT_THROW(categorical(g, tensor(1)), ShapeError);
  EXPECT_THROW(categorical(g, tensor({1}), -1), ValueError);
}

TEST(Permutation, HoldsEveryIndexOnce) {
  Generator g(16);
  std::vector<double> x = permutation(g, 1000).to_vector();
  EXPECT_FALSE(std::is_sorted(x.begin(), x.end()));
  std::sort(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(x[i], static_cast<double>(i));
  EXPECT_EQ(permutation(g, 0).numel(), 0);
  EXPECT_THROW(permutation(g, -1), ValueError);
}

TEST(Permutation, MakesAllOrdersEquallyOften) {
  Generator g(17);
  std::vector<double> count(6, 0);
  for (int draw = 0; draw < 12000; ++draw) {
    const auto p = permutation(g, 3).to_vector();
    ++count.at(static_cast<std::size_t>(p[0] * 2 + (p[1] > p[2] ? 1 : 0)));
  }
  double chi_squared = 0;
  for (double c : count) chi_squared += (c - 2000) * (c - 2000) / 2000;
  EXPECT_LT(chi_squared, 20.5);  // 5 degrees of freedom, probability 0.001
}

TEST(Generator, GivesTheSameNumbersForAnyNumberOfThreads) {
  const int before = cpu::num_threads();
  const auto draw = [] {
    Generator g(18);
    std::vector<Tensor> all{uniform(g, {50001}),          normal(g, {50001}, 0, 1, Dtype::f64),
                            truncated_normal(g, {50001}), randint(g, {50001}, 0, 100),
                            bernoulli(g, {50001}, 0.5),   categorical(g, broadcast_to(tensor({1, 2, 3}), {20001, 3})),
                            permutation(g, 50001)};
    std::vector<double> values;
    for (const Tensor& x : all) {
      const auto part = x.to_vector();
      values.insert(values.end(), part.begin(), part.end());
    }
    return values;
  };
  cpu::set_num_threads(1);
  const auto expected = draw();
  for (int threads = 2; threads <= 8; ++threads) {
    cpu::set_num_threads(threads);
    EXPECT_EQ(draw(), expected) << threads << " threads";
  }
  cpu::set_num_threads(before);
}

TEST(Generator, ContinuesFromItsSavedState) {
  Generator g(~0ull - 5, 41);
  rand(g, {3});
  const Tensor state = g.state();
  const auto expected = randn(g, {5}).to_vector();
  Generator restored = Generator::restore(state);
  EXPECT_EQ(randn(restored, {5}).to_vector(), expected);
  EXPECT_EQ(restored, g);
  EXPECT_THROW(Generator::restore(zeros({3}, Dtype::i64)), ShapeError);
  EXPECT_THROW(Generator::restore(zeros({2})), DtypeError);
}

TEST(Generator, DrawsDifferFromStreamToStreamAndSeedToSeed) {
  Generator a(1);
  Generator b(2);
  const auto first = rand(a, {4}).to_vector();
  EXPECT_NE(first, rand(a, {4}).to_vector());
  EXPECT_NE(first, rand(b, {4}).to_vector());
  Generator again(1);
  EXPECT_EQ(first, rand(again, {4}).to_vector());
}

}  // namespace
}  // namespace cadena

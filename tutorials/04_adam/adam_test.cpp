// The claims of chapter 4 on moving averages, Adam, weight decay and noise.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "tutorials/04_adam/descent.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

std::vector<double> random_gradients(std::uint64_t seed, i64 count) {
  Generator g(seed);
  return randn(g, {count}, Dtype::f64).to_vector();
}

// m_t after m <- beta m + (1 - beta) g from m = 0.
double moving_average(double beta, const std::vector<double>& gradients) {
  return std::accumulate(gradients.begin(), gradients.end(), 0.0,
                         [&](double m, double g) { return beta * m + (1 - beta) * g; });
}

TEST(Adam, MovingAverageUnrolled) {
  Claim claim("4.14");
  const double beta = 0.9;
  const std::vector<double> g = random_gradients(1, 30), ones(30, 1.0);
  double unrolled = 0;
  for (std::size_t i = 0; i < g.size(); ++i)
    unrolled += (1 - beta) * std::pow(beta, static_cast<double>(g.size() - 1 - i)) * g[i];
  claim.identity(moving_average(beta, g), unrolled, 1e-12);
  claim.identity(moving_average(beta, ones), 1 - std::pow(beta, 30), 1e-12);
  claim.rejects("weights-sum-to-one", moving_average(beta, ones), 1.0);
  claim.rejects("without-the-factor", moving_average(beta, g), unrolled / (1 - beta));
}

// The mean over all 2^t sequences in which each gradient is its mean plus or minus one: an exact expectation.
double expected_corrected(double beta, const std::vector<double>& means) {
  const std::size_t t = means.size();
  double total = 0;
  for (std::size_t signs = 0; signs < (std::size_t{1} << t); ++signs) {
    std::vector<double> g = means;
    for (std::size_t i = 0; i < t; ++i) g[i] += (signs >> i & 1) != 0 ? 1 : -1;
    total += moving_average(beta, g) / (1 - std::pow(beta, static_cast<double>(t)));
  }
  return total / static_cast<double>(std::size_t{1} << t);
}

TEST(Adam, CorrectedAverageIsUnbiasedForAConstantMean) {
  Claim claim("4.15");
  const std::vector<double> means(10, 0.7);
  for (const double beta : {0.5, 0.9, 0.999}) claim.identity(expected_corrected(beta, means), 0.7, 1e-10);
  claim.rejects("uncorrected", expected_corrected(0.9, means) * (1 - std::pow(0.9, 10)), 0.7);
}

TEST(Adam, CorrectedAverageLagsBehindADrift) {
  Claim claim("4.16");
  const double drift = 0.3, beta = 0.8, t = 10;
  std::vector<double> means;
  for (int i = 1; i <= 10; ++i) means.push_back(drift * i);
  const double bias = t * drift - expected_corrected(beta, means);
  claim.identity(bias, drift * (beta / (1 - beta) - t * std::pow(beta, t) / (1 - std::pow(beta, t))), 1e-10);
  claim.rejects("correction-removes-every-bias", bias, 0.0);
  claim.rejects("limit-at-once", bias, drift * beta / (1 - beta));
}

TEST(Adam, TwoStepsByHand) {
  Claim claim("4.18");
  const double rate = 0.05;
  const double moved = follow<Adam>({2, -1}, {.learning_rate = rate, .eps = 0}).back();
  claim.identity(moved, -rate * (1 + (0.08 / 0.19) / std::sqrt(0.004996 / 0.001999)), 1e-12);
  claim.identity(moved / -rate, 1.266338, 1e-6);
  claim.rejects("uncorrected", moved, -rate * (0.2 / std::sqrt(0.004) + 0.08 / std::sqrt(0.004996)));
  claim.rejects("sign-descent", moved, 0.0);
}

TEST(Adam, StepsDoNotDependOnTheScaleOfTheLoss) {
  Claim claim("4.19");
  const std::vector<double> g = random_gradients(2, 15);
  std::vector<double> scaled = g;
  for (double& value : scaled) value *= 1000;
  const AdamOptions options{.learning_rate = 0.02, .eps = 0};
  const std::vector<double> plain = follow<Adam>(g, options);
  claim.identity(follow<Adam>(scaled, options).back(), plain.back(), 1e-12);
  claim.identity(plain[1], g[0] > 0 ? -0.02 : 0.02, 1e-12);
  claim.rejects("as-gradient-descent", follow<Sgd>(scaled, {.learning_rate = 0.02}).back(),
                follow<Sgd>(g, {.learning_rate = 0.02}).back());
  claim.rejects("large-epsilon", follow<Adam>(g, {.learning_rate = 0.02, .eps = 1}).back(), plain.back());
}

// The right side of (4.20).
double reach(double beta1, double beta2, int t) {
  double sum = 0;
  for (int j = 0; j < t; ++j) sum += std::pow(beta1 * beta1 / beta2, j);
  return (1 - beta1) / std::sqrt(1 - beta2) * std::sqrt(sum) * std::sqrt(1 - std::pow(beta2, t)) /
         (1 - std::pow(beta1, t));
}

TEST(Adam, NoStepIsLongerThanCauchySchwarzAllows) {
  Claim claim("4.20");
  const double beta1 = 0.9, beta2 = 0.99;
  std::vector<std::vector<double>> runs = {random_gradients(3, 60), random_gradients(4, 60),
                                           std::vector<double>(60, 1.0), std::vector<double>(60, 1e-3)};
  runs[3].back() = 1;  // a long silence, then one gradient
  std::vector<double> growing;
  for (int i = 0; i < 60; ++i) growing.push_back(std::pow(beta2 / beta1, i));
  runs.push_back(growing);
  double longest = 0;
  for (const auto& gradients : runs) {
    const auto w = follow<Adam>(gradients, {.learning_rate = 1, .beta1 = beta1, .beta2 = beta2, .eps = 0});
    for (int t = 1; t < static_cast<int>(w.size()); ++t) {
      const auto at = static_cast<std::size_t>(t);
      claim.bound(std::abs(w[at] - w[at - 1]), reach(beta1, beta2, t));
      longest = std::max(longest, std::abs(w[at] - w[at - 1]));
    }
  }
  EXPECT_NEAR(longest, reach(beta1, beta2, 60), 1e-9) << "growing gradients attain the bound";
  claim.rejects_bound("never-longer-than-the-rate", longest, 1.0);
}

TEST(Adam, PenaltyIsDecayForGradientDescent) {
  Claim claim("4.21");
  const std::vector<double> g = random_gradients(5, 20);
  const double rate = 0.1, lambda = 0.3;
  const double computed = follow<Sgd>(g, {.learning_rate = rate, .weight_decay = lambda}, 2).back();
  double w = 2;
  for (const double value : g) w = (1 - rate * lambda) * w - rate * value;
  claim.identity(computed, w, 1e-12);
  double late = 2;
  for (const double value : g) late = (1 - rate * lambda) * (late - rate * value);
  claim.rejects("decay-after-the-step", computed, late);
}

TEST(Adam, DecoupledDecayIsAFactorBeforeAdamsStep) {
  Claim claim("4.22");
  const std::vector<double> g = random_gradients(6, 20);
  const double rate = 0.1, lambda = 0.3;
  const double computed = follow<AdamW>(g, {.learning_rate = rate, .weight_decay = lambda}, 2).back();
  const std::vector<double> adam = follow<Adam>(g, {.learning_rate = rate});  // its steps do not depend on w
  double w = 2;
  for (std::size_t t = 1; t < adam.size(); ++t) w = (1 - rate * lambda) * w + (adam[t] - adam[t - 1]);
  claim.identity(computed, w, 1e-12);
  claim.rejects("decay-through-the-moments", computed,
                follow<Adam>(g, {.learning_rate = rate, .weight_decay = lambda}, 2).back());
  // The first step of Adam with a penalty does not feel lambda's size.
  const auto first = [&](double decay) {
    return follow<Adam>({1}, {.learning_rate = rate, .eps = 0, .weight_decay = decay}, 2)[1];
  };
  EXPECT_NEAR(first(0.1), first(10), 1e-12);
}

TEST(Adam, ACycleOfTheCounterExampleMovesTheWrongWay) {
  Claim claim("4.23");
  for (const double C : {2.0, 3.0, 10.0}) {
    const double beta2 = 1 / (1 + C * C), r = std::sqrt(1 + C * C);
    const double least = r / (std::sqrt(2.0) * C) + r * r / (C * std::sqrt(3 + C * C)) - r / C;
    EXPECT_GT(least, 0);
    // The recursion of the text from several second moments up to C^2, and the library's optimizer after many cycles.
    for (const double start : {0.0, 0.1, C, C * C}) {
      double v = start, moved = 0;
      for (const double g : {C, -1.0, -1.0}) {
        v = beta2 * v + (1 - beta2) * g * g;
        moved -= g / std::sqrt(v);
      }
      claim.bound(least, moved);
    }
    std::vector<double> cycles;
    for (int i = 0; i < 60; ++i) cycles.insert(cycles.end(), {C, -1.0, -1.0});
    const auto w = follow<Adam>(cycles, {.learning_rate = 1, .beta1 = 0, .beta2 = beta2, .eps = 0});
    for (std::size_t t = 30; t + 3 < w.size(); t += 3) claim.bound(least, w[t + 3] - w[t]);
    const auto max = follow<Adam>(cycles, {.learning_rate = 1, .beta1 = 0, .beta2 = beta2, .eps = 0, .amsgrad = true});
    claim.rejects_bound("with-amsgrad", least, max.back() - max[max.size() - 4]);
  }
}

TEST(Adam, NoiseLeavesAFloorProportionalToTheRate) {
  Claim claim("4.24");
  const double rate = 0.3, lambda = 1.4, sigma = 0.8, e0 = 1.7;
  constexpr int kSteps = 11;
  double second_moment = 0;  // over all sequences of noise +sigma, -sigma: an exact expectation
  for (unsigned signs = 0; signs < (1u << kSteps); ++signs) {
    std::vector<double> noise;
    for (int t = 0; t < kSteps; ++t) noise.push_back((signs >> t & 1) != 0 ? sigma : -sigma);
    double e = e0;
    for (const double xi : noise) e -= rate * (lambda * e + xi);
    second_moment += e * e / (1u << kSteps);
  }
  const double rho = 1 - rate * lambda, decayed = std::pow(rho, 2 * kSteps);
  const double floor = rate * sigma * sigma / (lambda * (2 - rate * lambda));
  claim.identity(second_moment, decayed * e0 * e0 + floor * (1 - decayed), 1e-12);
  claim.rejects("no-floor", second_moment, decayed * e0 * e0);
  claim.rejects("floor-by-the-square-of-the-rate", second_moment, decayed * e0 * e0 + rate * floor * (1 - decayed));
}

TEST(Adam, HarmonicRateAveragesTheNoise) {
  Claim claim("4.25");
  const double lambda = 1.4, sigma = 0.8;
  constexpr int kSteps = 11;
  std::vector<double> moments(kSteps + 1, 0.0);  // E e_t^2 over all sequences of noise +sigma, -sigma
  for (unsigned signs = 0; signs < (1u << kSteps); ++signs) {
    double e = 1.7;
    for (int t = 0; t < kSteps; ++t) {
      e -= 1 / (lambda * (t + 1)) * (lambda * e + ((signs >> t & 1) != 0 ? sigma : -sigma));
      moments[static_cast<std::size_t>(t) + 1] += e * e / (1u << kSteps);
    }
  }
  for (int t = 1; t <= kSteps; ++t)
    claim.identity(moments[static_cast<std::size_t>(t)], sigma * sigma / (lambda * lambda * t), 1e-12);
  claim.rejects("square-of-the-steps", moments[kSteps], sigma * sigma / (lambda * lambda * kSteps * kSteps));
  claim.rejects("curvature-forgotten", moments[kSteps], sigma * sigma / kSteps);
}

// E (w_t - w_*)^2 for t = 0 … steps, over all sequences of noise +-sigma added to `slope`, kept in [-1, 1].
std::vector<double> squared_distances(const std::function<double(double)>& slope, double best, double sigma,
                                      const std::function<double(int)>& rate, int steps) {
  std::vector<double> moments(static_cast<std::size_t>(steps) + 1, 0.0);
  for (unsigned signs = 0; signs < (1u << steps); ++signs) {
    double w = 1;
    for (int t = 0; t <= steps; ++t) {
      moments[static_cast<std::size_t>(t)] += (w - best) * (w - best) / (1u << steps);
      w = std::clamp(w - rate(t) * (slope(w) + ((signs >> t & 1) != 0 ? sigma : -sigma)), -1.0, 1.0);
    }
  }
  return moments;
}

TEST(Adam, HarmonicRateConvergesOnStronglyConvexLosses) {
  Claim claim("4.26");
  constexpr int kSteps = 10;
  // m w^2 / 2 + c ln cosh(w - a), whose curvature lies between m and m + c, with the minimum found by bisection.
  for (const auto& [m, c, sigma] : {std::tuple{1.0, 0.0, 1.0}, {0.5, 1.0, 0.7}, {2.0, 3.0, 0.1}}) {
    const auto slope = [&, m = m, c = c](double w) { return m * w + c * std::tanh(w - 0.3); };
    double low = -1, high = 1;
    for (int i = 0; i < 100; ++i) (slope((low + high) / 2) > 0 ? high : low) = (low + high) / 2;
    const double steepest = std::max(std::abs(slope(-1)), std::abs(slope(1)));
    const double G2 = steepest * steepest + sigma * sigma;
    const auto harmonic = [m = m](int t) { return 1 / (m * (t + 1)); };
    const std::vector<double> moments = squared_distances(slope, low, sigma, harmonic, kSteps);
    for (int t = 1; t <= kSteps; ++t) claim.bound(moments[static_cast<std::size_t>(t)], G2 / (m * m * t));
    if (c == 0) claim.rejects_bound("square-of-the-steps", moments[kSteps], G2 / (m * m * kSteps * kSteps));
  }
  // Without noise, on w^2 / 2: rates whose sum is finite reach only so far.
  const auto summable = [](int t) { return 0.5 / ((t + 1) * (t + 1)); };
  const double reached = squared_distances([](double w) { return w; }, 0, 0, summable, kSteps)[kSteps];
  claim.rejects_bound("faster-is-quieter", reached, 1.0 / kSteps);
}

}  // namespace
}  // namespace cadena::tutorials

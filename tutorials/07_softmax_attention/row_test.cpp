// The claims of chapter 7 about rows: softmax. Each formula meets a run of the algorithm that knows nothing of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "tutorials/07_softmax_attention/memory.h"
#include "tutorials/07_softmax_attention/rows.h"
#include "tutorials/07_softmax_attention/schedule.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

constexpr double kExact = 1e-12;

std::vector<double> logits(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 3);
  std::vector<double> x(n);
  for (double& v : x) v = normal(random);
  return x;
}

// Bytes an element of a softmax that reads its row `reads` times: 3 as S1, 2 as S4, 1 as a row in registers would.
double softmax_bytes(std::size_t n, int reads) {
  Counted x(logits(n, 1)), y(std::vector<double>(n, 0));
  std::vector<double> registers(n);
  const auto element = [&](std::size_t i, int pass) {
    if (pass < reads) registers[i] = x.read(i);
    return registers[i];
  };
  double m = -INFINITY, s = 0;
  int pass = 0;
  if (reads == 2) {
    Part part;
    for (std::size_t i = 0; i < n; ++i) part = merge(part, {element(i, pass), 1});
    m = part.m, s = part.s, ++pass;
  } else {
    for (std::size_t i = 0; i < n; ++i) m = std::max(m, element(i, pass));
    ++pass;
    for (std::size_t i = 0; i < n; ++i) s += std::exp(element(i, pass) - m);
    ++pass;
  }
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double p = std::exp(element(i, pass) - m) / s;
    y.write(i, p), total += p;
  }
  EXPECT_NEAR(total, 1, kExact);
  return (x.bytes() + y.bytes()) / static_cast<double>(n);
}

TEST(RowKernels, BytesDecideTheShare) {
  Claim claim("7.1");
  for (const int reads : {1, 2, 3}) {
    for (const std::size_t n : {7U, 256U}) claim.identity(8 / softmax_bytes(n, reads), 2.0 / (reads + 1), kExact);
  }
  claim.rejects("passes-count-alike", 1.0 / 3, 8 / softmax_bytes(256, 3));
}

// Barriers of S1's fold, counted along its loop.
int barriers_of_a_tree(int threads) {
  int barriers = 1;  // all have written
  for (int half = threads / 2; half > 0; half /= 2) ++barriers;
  return barriers + 1;  // all have read
}

TEST(RowKernels, BarriersOfATree) {
  Claim claim("7.2");
  for (int threads = 2; threads <= 1024; threads *= 2) {
    claim.identity(barriers_of_a_tree(threads), 2 + std::log2(threads), kExact);
  }
  claim.rejects("rounds-alone", std::log2(256), barriers_of_a_tree(256));
}

// What each lane holds after steps of v_l += v_{from(l, distance)}.
template <class T, class From>
std::array<T, 32> fold(std::array<T, 32> lanes, const std::vector<int>& distances, From from) {
  for (const int distance : distances) {
    const std::array<T, 32> before = lanes;
    for (int l = 0; l < 32; ++l) {
      lanes[static_cast<std::size_t>(l)] += before[static_cast<std::size_t>(from(l, distance))];
    }
  }
  return lanes;
}
const std::vector<int> kDistances{16, 8, 4, 2, 1};
int across(int lane, int distance) { return lane ^ distance; }
int around(int lane, int distance) { return (lane + distance) % 32; }
int down(int lane, int distance) { return lane + distance < 32 ? lane + distance : lane; }

TEST(RowKernels, ButterflyReachesEveryLane) {
  Claim claim("7.3");
  const std::vector<double> x = logits(32, 2);
  std::array<double, 32> lanes;
  std::copy(x.begin(), x.end(), lanes.begin());
  const double sum = std::accumulate(x.begin(), x.end(), 0.0);
  for (const double v : fold(lanes, kDistances, across)) claim.identity(v, sum, kExact);
  claim.rejects("four-steps", fold(lanes, {8, 4, 2, 1}, across)[0], sum);
  claim.rejects("shuffle-down-in-every-lane", fold(lanes, kDistances, down)[31], sum);
}

TEST(RowKernels, ButterflyGivesEveryLaneTheSameBits) {
  Claim claim("7.4");
  const std::vector<int> rising{1, 2, 4, 8, 16};
  double apart = 0;  // of the lanes of a rotation
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<double> x = logits(32, seed);
    std::array<float, 32> lanes;
    for (std::size_t l = 0; l < 32; ++l) lanes[l] = static_cast<float>(x[l]);
    for (const auto& distances : {kDistances, rising, {4, 1, 16, 2, 8}}) {
      const auto butterfly = fold(lanes, distances, across);
      for (const float v : butterfly) claim.identity(v, butterfly[0], kExact);
    }
    const auto rotation = fold(lanes, rising, around);
    for (const float v : rotation) apart = std::fmax(apart, std::fabs(v - rotation[0]));
  }
  claim.rejects("rotation", apart, 0);
}

TEST(RowKernels, ErrorOfASharedSum) {
  Claim claim("7.5");
  std::mt19937_64 random(3);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const std::size_t n : {1000U, 16384U, 300000U}) {
    std::vector<float> x(n);
    for (float& v : x) v = uniform(random);
    double exact = 0, size = 0;
    for (const float v : x) exact += v, size += std::fabs(v);
    for (const std::size_t threads : {32U, 256U}) {
      claim.bound(std::fabs(shared_sum(x, threads) - exact), gamma_f32(sum_depth(n, threads)) * size);
    }
  }
  // A million tenths: the sum of one thread is off by almost a hundredth, that of 256 by less than 1e-4.
  const std::vector<float> tenths(1000000, 0.1f);
  const double exact = 1000000 * static_cast<double>(0.1f);
  claim.bound(std::fabs(shared_sum(tenths, 256) - exact), gamma_f32(sum_depth(tenths.size(), 256)) * exact);
  claim.rejects_bound("for-one-thread-as-well", std::fabs(shared_sum(tenths, 1) - exact),
                      gamma_f32(sum_depth(tenths.size(), 256)) * exact);
}

// Answers a cycle, of a memory that takes `latency` cycles and one request a cycle, when `flying` may be under way.
double answers_per_cycle(int flying, int latency) {
  std::vector<int> back(static_cast<std::size_t>(flying), 0);  // when each may be asked for anew
  const int cycles = 1000 * latency;
  int answers = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const auto free = std::find_if(back.begin(), back.end(), [&](int when) { return when <= cycle; });
    if (free != back.end()) *free = cycle + latency, ++answers;
  }
  return static_cast<double>(answers) / cycles;
}

TEST(RowKernels, LittlesLaw) {
  Claim claim("7.6");
  for (const int flying : {1, 2, 5, 10, 20, 40}) {
    claim.identity(answers_per_cycle(flying, 20), std::min(1.0, flying / 20.0), kExact);
  }
  claim.rejects("more-is-always-faster", 40 / 20.0, answers_per_cycle(40, 20));
}

Part part_of(const std::vector<double>& x, std::size_t begin, std::size_t end) {
  Part part;
  for (std::size_t i = begin; i < end; ++i) part = merge(part, {x[i], 1});
  return part;
}

TEST(RowKernels, PartsMergeInAnyOrder) {
  Claim claim("7.7");
  std::mt19937_64 random(4);
  for (std::uint64_t seed = 5; seed <= 10; ++seed) {
    const std::vector<double> x = logits(100, seed);
    const double m = *std::max_element(x.begin(), x.end());
    double s = 0;
    for (const double v : x) s += std::exp(v - m);
    std::vector<Part> parts;
    for (const double v : x) parts.push_back({v, 1});
    parts.push_back({});  // of nothing
    while (parts.size() > 1) {
      std::shuffle(parts.begin(), parts.end(), random);
      const Part last = parts.back();
      parts.pop_back();
      parts.back() = merge(parts.back(), last);
    }
    claim.identity(parts[0].m, m, kExact);
    claim.identity(parts[0].s, s, kExact);
  }
  const std::vector<double> x = logits(100, 5);
  const Part left = part_of(x, 0, 50), right = part_of(x, 50, 100), both = merge(left, right);
  claim.rejects("sums-added", left.s + right.s, both.s);
  const Part nothing;
  const double naive = left.s * std::exp(left.m - left.m) + nothing.s * std::exp(nothing.m - nothing.m);
  EXPECT_TRUE(std::isnan(naive)) << "-inf - -inf is no number: nothing needs care";
}

TEST(RowKernels, ThreeLogitsByHand) {
  Claim claim("7.8");
  const Part part = part_of({1, 3, 2}, 0, 3);
  claim.identity(part.s, 1.503215, 1e-6);
  claim.identity(std::exp(1 - part.m) / part.s, 0.090031, 1e-6);
  claim.rejects("without-rescaling", 1 + 1 + std::exp(-1), part.s);
}

// New maxima on the way along a row, on average over all orders of n different logits.
double new_maxima(int n) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  double met = 0, orders = 0;
  do {
    int largest = -1;
    for (const int v : order) {
      if (v > largest) largest = v, ++met;
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  return met / orders;
}

TEST(RowKernels, NewMaximaAreRare) {
  Claim claim("7.9");
  double harmonic = 0;
  for (int n = 1; n <= 9; ++n) {
    harmonic += 1.0 / n;
    claim.identity(new_maxima(n), harmonic, kExact);
  }
  claim.rejects("every-second-one", 9 / 2.0, new_maxima(9));
  claim.rejects("logarithm", std::log(9), new_maxima(9));
}

TEST(RowKernels, ShareOfBusyMultiprocessors) {
  Claim claim("7.10");
  const auto share = [](std::size_t blocks, std::size_t processors) {
    const std::vector<double> jobs(blocks, 1);
    return static_cast<double>(blocks) / (static_cast<double>(processors) * makespan(jobs, processors));
  };
  for (const std::size_t blocks : {1U, 100U, 132U, 133U, 264U, 1000U, 4096U}) {
    const double b = static_cast<double>(blocks);
    claim.identity(share(blocks, 132), b / (132 * std::ceil(b / 132)), kExact);
  }
  claim.rejects("one-more-block-does-no-harm", 1, share(133, 132));
}

}  // namespace
}  // namespace cadena::tutorials

// The claims of chapter 7 about attention.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "cadena.h"
#include "tutorials/07_softmax_attention/memory.h"
#include "tutorials/07_softmax_attention/schedule.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

constexpr double kExact = 1e-12;

// Touches all of a product C = A B of m x k and k x n.
void touch_product(Touched& memory, char a, char b, char c, i64 m, i64 k, i64 n) {
  for (i64 i = 0; i < m; ++i) {
    for (i64 l = 0; l < k; ++l) memory.touch(a, i * k + l);
  }
  for (i64 i = 0; i < k * n; ++i) memory.touch(b, i);
  for (i64 i = 0; i < m * n; ++i) memory.touch(c, i);
}

// A1, for n queries and keys of width d. The softmax works in place; it reads a number of S and writes one of P.
double bytes_of_three_kernels(i64 n, i64 d) {
  Touched memory;
  touch_product(memory, 'Q', 'K', 'S', n, d, n);
  memory.end_kernel();
  for (i64 i = 0; i < n * n; ++i) memory.touch('S', i), memory.touch('P', i);
  for (i64 i = 0; i < n; ++i) memory.touch('L', i);
  memory.end_kernel();
  touch_product(memory, 'P', 'V', 'O', n, n, d);
  memory.end_kernel();
  return memory.bytes();
}

// A2: all that blocks of `tile` queries touch, with a cache for everything.
double bytes_of_one_kernel(i64 n, i64 d, i64 tile) {
  Touched memory;
  for (i64 begin = 0; begin < n; begin += tile) {
    for (i64 i = begin; i < begin + tile; ++i) {
      memory.touch('L', i);
      for (i64 c = 0; c < d; ++c) memory.touch('Q', i * d + c), memory.touch('O', i * d + c);
    }
    for (i64 i = 0; i < n * d; ++i) memory.touch('K', i), memory.touch('V', i);
  }
  memory.end_kernel();
  return memory.bytes();
}

TEST(FlashKernels, BytesWithAndWithoutScores) {
  Claim claim("7.14");
  for (const auto& [n, d] : {std::pair<i64, i64>{64, 16}, {128, 64}, {256, 32}}) {
    const double N = static_cast<double>(n), D = static_cast<double>(d);
    claim.identity(bytes_of_three_kernels(n, d), 16 * N * N + 16 * N * D + 4 * N, kExact);
    claim.identity(bytes_of_one_kernel(n, d, 32), 16 * N * D + 4 * N, kExact);
  }
  claim.rejects("scores-move-twice", 8.0 * 64 * 64 + 16 * 64 * 16 + 4 * 64, bytes_of_three_kernels(64, 16));
}

// What blocks fetch and store, cache or not, of numbers of `size` bytes, and what they multiply.
double intensity(i64 n, i64 d, i64 tile, int size) {
  double numbers = 0, flop = 0;
  for (i64 begin = 0; begin < n; begin += tile) {
    numbers += 2 * static_cast<double>(tile * d);  // Q, O
    for (i64 key = 0; key < n; ++key) {
      numbers += 2 * static_cast<double>(d);
      flop += 2 * 2 * static_cast<double>(tile * d);
    }
  }
  return flop / (size * numbers);
}

TEST(FlashKernels, IntensityOfATileOfQueries) {
  Claim claim("7.15");
  for (const auto& [n, tile, size] : {std::array<int, 3>{4096, 64, 4}, {4096, 128, 2}, {1024, 64, 4}, {512, 128, 2}}) {
    const double N = n, B = tile;
    claim.identity(intensity(n, 64, tile, size), 2 * B * N / (size * (N + B)), kExact);
    claim.identity(intensity(n, 128, tile, size), intensity(n, 64, tile, size), kExact);  // whatever the width
  }
  claim.rejects("the-width-helps", 2 * intensity(4096, 64, 64, 4), intensity(4096, 128, 64, 4));
}

constexpr double kCores = 66.9e12, kTensor = 989.4e12, kBandwidth = 4.8e12;  // H200 SXM, data sheet

TEST(FlashKernels, RecomputingAgainstFetching) {
  Claim claim("7.16");
  const auto recompute = [](int d, double peak) {
    double flop = 0;
    for (int c = 0; c < d; ++c) flop += 2;
    return flop / peak;
  };
  for (const int d : {64, 128}) {
    for (const auto& [peak, bytes] : {std::pair{kCores, 4.0}, {kTensor, 4.0}, {kTensor, 2.0}}) {
      claim.identity(recompute(d, peak) / (bytes / kBandwidth), 2.0 * d / bytes / (peak / kBandwidth), kExact);
    }
  }
  claim.rejects("always-cheaper", 1, recompute(128, kCores) / (4 / kBandwidth));
}

// Where the registers of two 16 x 8 results lie, and those of a 16 x 16 left factor: PTX ISA, mma.m16n8k16.
std::pair<int, int> of_result(int lane, int block, int r) {
  return {lane / 4 + 8 * (r / 2), 8 * block + 2 * (lane % 4) + r % 2};
}
std::pair<int, int> of_factor(int lane, int r, int half) {
  return {lane / 4 + 8 * (r % 2), 2 * (lane % 4) + 8 * (r / 2) + half};
}

TEST(FlashKernels, ResultsAreFragments) {
  Claim claim("7.17");
  const auto misplaced = [](auto register_of) {
    int count = 0;
    for (int lane = 0; lane < 32; ++lane) {
      for (int r = 0; r < 4; ++r) {
        for (int half = 0; half < 2; ++half) {
          const auto [block, from] = register_of(r, half);
          count += of_result(lane, block, from) != of_factor(lane, r, half);
        }
      }
    }
    return static_cast<double>(count);
  };
  claim.identity(misplaced([](int r, int half) { return std::pair{r / 2, 2 * (r % 2) + half}; }), 0, kExact);
  claim.rejects("blocks-and-halves-exchanged", misplaced([](int r, int half) {
                  return std::pair{r % 2, 2 * (r / 2) + half};
                }),
                0);
}

TEST(FlashKernels, RoundedWeights) {
  Claim claim("7.18");
  const auto rounded = [](const Tensor& x) { return cast(cast(x, Dtype::bf16), Dtype::f64); };
  const auto off = [&](const Tensor& scores, const Tensor& values) {  // by rounding, and what bounds it
    const Tensor w = exp(scores - max(scores, {1}, true)), total = sum(w, {1}, true);
    const Tensor error = abs(matmul(rounded(w) - w, values) / total), size = matmul(w, abs(values)) / total;
    return std::pair{error, size};
  };
  Generator g(1);
  for (const double scale : {0.1, 1.0, 5.0}) {
    const Tensor scores = scale * randn(g, {8, 64}, Dtype::f64), values = randn(g, {64, 16}, Dtype::f64);
    const auto [error, size] = off(scores, values);
    for (i64 i = 0; i < error.numel(); ++i) {
      const double e = reshape(error, {-1}).at({i});
      claim.bound(e, 0x1p-8 * reshape(size, {-1}).at({i}));
    }
  }
  // Weights 1 and 0.501953: half way between two numbers of bf16.
  const Tensor scores = tensor({{0, std::log(0.501953)}}, Dtype::f64), values = tensor({{0}, {1}}, Dtype::f64);
  const auto [error, size] = off(scores, values);
  claim.bound(error.item(), 0x1p-8 * size.item());
  claim.rejects_bound("as-in-f16", error.item(), 0x1p-11 * size.item());
}

// Tiles of B x B scores that a causal kernel visits, for n = t B: those with a visible score.
double causal_tiles(int t, int B) {
  int visited = 0;
  for (int query = 0; query < t * B; query += B) {
    for (int key = 0; key < t * B; key += B) {
      bool visible = false;
      for (int i = query; i < query + B; ++i) {
        for (int j = key; j < key + B; ++j) visible = visible || j <= i;
      }
      visited += visible;
    }
  }
  return visited;
}

TEST(FlashKernels, CausalTiles) {
  Claim claim("7.19");
  for (const int t : {1, 2, 5, 16}) {
    claim.identity(causal_tiles(t, 8) / (t * t), (t + 1) / (2.0 * t), kExact);
  }
  claim.rejects("half-of-them", 0.5, causal_tiles(2, 8) / 4);
}

// The end of `tiles` tiles a consumer, each multiplied, then weighed, by `consumers` that take turns at two units.
double end_of_turns(int consumers, int tiles, double multiply, double weigh) {
  double multiplier_free = 0, weigher_free = 0;
  std::vector<double> ready(static_cast<std::size_t>(consumers), 0);
  for (int tile = 0; tile < tiles; ++tile) {
    for (double& at : ready) {
      multiplier_free = at = std::max(at, multiplier_free) + multiply;
      weigher_free = at = std::max(at, weigher_free) + weigh;
    }
  }
  return *std::max_element(ready.begin(), ready.end());
}

TEST(FlashKernels, TurnsHideTheShorterWork) {
  Claim claim("7.21");
  const auto gain = [](double d) {  // for tiles after the first ones, of which many
    const double multiply = 2 * d / 2048, weigh = 1.0 / 16;
    const double alone = end_of_turns(1, 2000, multiply, weigh) - end_of_turns(1, 1000, multiply, weigh);
    const double turns = end_of_turns(2, 1000, multiply, weigh) - end_of_turns(2, 500, multiply, weigh);
    return alone / turns;
  };
  for (const double d : {32.0, 64.0, 128.0, 256.0}) claim.identity(gain(d), 1 + std::min(64 / d, d / 64), 1e-9);
  claim.rejects("twice-in-any-case", 2, gain(128));
}

}  // namespace
}  // namespace cadena::tutorials

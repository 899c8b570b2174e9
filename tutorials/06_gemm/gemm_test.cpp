// The claims of chapter 6. Each formula meets a count that knows nothing of it: addresses of a warp enumerated one by
// one, loads of a tile counted in a loop.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "tutorials/06_gemm/warp.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

constexpr double kExact = 1e-12;

// Bytes that all blocks of a tiled product fetch, counted tile by tile.
double fetched_bytes(int M, int N, int K, int tile_m, int tile_n) {
  double elements = 0;
  for (int row = 0; row < M; row += tile_m) {
    for (int column = 0; column < N; column += tile_n) {
      for (int k = 0; k < K; ++k) elements += tile_m + tile_n;
    }
  }
  return 4 * elements;
}

TEST(Gemm, RooflineIsTheSlowerOfTwo) {
  Claim claim("6.2");
  const double peak = 66.9e12, bandwidth = 4.8e12;
  for (const double intensity : {0.25, 8.0, 13.9, 32.0, 500.0}) {
    const double flop = 2e12, seconds = std::max(flop / peak, flop / intensity / bandwidth);  // overlapped
    claim.identity(flop / seconds / peak, std::min(peak, bandwidth * intensity) / peak, kExact);
  }
  const double one_after_the_other = 1 / (1 / peak + 1 / (8 * bandwidth));
  claim.rejects("times-added", one_after_the_other / peak, std::min(peak, 8 * bandwidth) / peak);
}

TEST(Gemm, SectorsOfAStride) {
  Claim claim("6.3");
  for (int stride = 1; stride <= 64; ++stride) {
    const double formula = std::min(32, 31 * stride / 8 + 1);
    claim.identity(sectors([&](int lane) { return std::int64_t{4} * stride * lane; }), formula, kExact);
  }
  const auto column = [](int lane) { return std::int64_t{4} * 1024 * lane; };
  claim.rejects("bytes-over-32", 32 * 4 / 32.0, sectors(column));
  // A lane of G1 reads A at consecutive addresses, one iteration after the other: 8 iterations share a sector.
  claim.rejects("coalescing-over-time", 32 / 8.0, sectors(column));
}

// One iteration of G1 and G2 for M = N = K = n: sectors of the requests on A, B and C.
TEST(Gemm, SectorsOfTheFirstTwoSteps) {
  Claim claim("6.4");
  const std::int64_t n = 128, i = 5;
  const auto lane_is_row = [&](auto address) { return sectors([&](int lane) { return 4 * address(lane, 3); }); };
  const auto lane_is_column = [&](auto address) { return sectors([&](int lane) { return 4 * address(3, lane); }); };
  const auto a = [&](std::int64_t row, std::int64_t) { return row * n + i; };
  const auto b = [&](std::int64_t, std::int64_t column) { return i * n + column; };
  const auto c = [&](std::int64_t row, std::int64_t column) { return row * n + column; };
  claim.identity(lane_is_row(a), 32, kExact);
  claim.identity(lane_is_row(b), 1, kExact);
  claim.identity(lane_is_row(c), 32, kExact);
  claim.identity(lane_is_column(a), 1, kExact);
  claim.identity(lane_is_column(b), 4, kExact);
  claim.identity(lane_is_column(c), 4, kExact);
  claim.rejects("a-needs-four-at-least", 4, lane_is_column(a));
}

TEST(Gemm, IntensityOfATile) {
  Claim claim("6.5");
  const int n = 512;
  for (const auto& [m, w] : {std::pair{1, 1}, {32, 32}, {64, 64}, {128, 128}, {128, 256}, {64, 32}}) {
    const double counted = 2.0 * n * n * n / fetched_bytes(n, n, n, m, w);
    claim.identity(counted, static_cast<double>(m) * w / (2 * (m + w)), kExact);
    if (m == w) claim.identity(counted, m / 4.0, kExact);
  }
  const double square = 2.0 * n * n * n / fetched_bytes(n, n, n, 32, 32);
  claim.rejects("bytes-of-one-matrix", 32 / 2.0, square);
  claim.rejects("area-of-the-tile", 32 * 32 / 4.0, square);
}

TEST(Gemm, SquareTilesAreBest) {
  Claim claim("6.6");
  for (int m = 1; m <= 256; m *= 2) {
    for (int n = 1; n <= 256; n *= 2) {
      claim.bound(m * n / (2.0 * (m + n)), std::sqrt(static_cast<double>(m) * n) / 4);
    }
  }
  claim.rejects_bound("shorter-side-decides", 128 * 256 / (2.0 * (128 + 256)), 128 / 4.0);
}

// Loads of a thread that owns m x n sums, for one step along the sum, against its FMAs.
double loads_per_fma(int m, int n) {
  int loads = 0, fmas = 0;
  for (int i = 0; i < m; ++i) ++loads;
  for (int j = 0; j < n; ++j) ++loads;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) ++fmas;
  }
  return static_cast<double>(loads) / fmas;
}

TEST(Gemm, LoadsPerFma) {
  Claim claim("6.7");
  for (const auto& [m, n] : {std::pair{1, 1}, {8, 1}, {8, 8}, {16, 8}, {64, 1}}) {
    claim.identity(loads_per_fma(m, n), 1.0 / m + 1.0 / n, kExact);
  }
  claim.rejects("sixty-four-sums-are-sixty-four-sums", loads_per_fma(64, 1), loads_per_fma(8, 8));
}

TEST(Gemm, ConflictsOfAStride) {
  Claim claim("6.8");
  for (int stride = 1; stride <= 96; ++stride) {
    claim.identity(wavefronts([&](int lane) { return std::int64_t{stride} * lane; }), std::gcd(stride, 32), kExact);
  }
  claim.rejects("even-strides-conflict-by-their-size", 6, wavefronts([](int lane) { return std::int64_t{6} * lane; }));
}

// Eight lanes read 16 bytes each down a column of a tile whose rows are `row` words.
int quarter_warp(int row) {
  return wavefronts([&](int lane) { return std::int64_t{row} * lane; }, 8, 4);
}

TEST(Gemm, ConflictsOfFloat4) {
  Claim claim("6.9");
  for (int row = 4; row <= 160; row += 4) claim.identity(quarter_warp(row), std::gcd(row / 4, 8), kExact);
  claim.rejects("padding-by-one", std::gcd(33, 32), quarter_warp(33));
}

TEST(Gemm, SwizzleSpreadsAColumn) {
  Claim claim("6.10");
  // Chunks of 16 bytes, eight to a row of 128 bytes: chunk c of row r lies at c xor r mod 8.
  const auto column = [](int c, int divisor) {
    return wavefronts([&](int r) { return std::int64_t{32} * r + 4 * (c ^ (r / divisor % 8)); }, 8, 4);
  };
  for (int c = 0; c < 8; ++c) claim.identity(column(c, 1), 1, kExact);
  for (int r = 0; r < 8; ++r) {
    std::set<int> places;
    for (int c = 0; c < 8; ++c) places.insert(c ^ r);
    claim.identity(static_cast<double>(places.size()), 8, kExact);
  }
  claim.rejects("row-halved", column(3, 2), column(3, 1));
  claim.rejects("not-swizzled", column(3, 8), column(3, 1));
}

TEST(Gemm, SharedBytesOfAWarpTile) {
  Claim claim("6.11");
  const auto counted = [](int m, int n) {  // rows and columns a warp reads, once each, for one step along the sum
    std::set<int> rows, columns;
    int fmas = 0;
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) rows.insert(i), columns.insert(j), ++fmas;
    }
    return 4.0 * static_cast<double>(rows.size() + columns.size()) / fmas;
  };
  for (const auto& [m, n] : {std::pair{16, 128}, {32, 64}, {64, 64}, {32, 32}, {16, 32}}) {
    claim.identity(counted(m, n), 4.0 * (1.0 / m + 1.0 / n), kExact);
  }
  claim.rejects("area-alone-decides", counted(16, 128), counted(32, 64));
}

// Different elements of a 16 x 8 matrix that 32 lanes hold in four registers.
template <class Row, class Column>
double held(Row row, Column column) {
  std::set<std::pair<int, int>> elements;
  for (int lane = 0; lane < 32; ++lane) {
    for (int r = 0; r < 4; ++r) elements.emplace(row(lane, r), column(lane, r));
  }
  return static_cast<double>(elements.size());
}

TEST(Gemm, FragmentsHoldEachElementOnce) {
  Claim claim("6.12");
  const auto row = [](int lane, int r) { return lane / 4 + r / 2 * 8; };
  const auto column = [](int lane, int r) { return lane % 4 * 2 + r % 2; };
  claim.identity(held(row, column), 16 * 8, kExact);
  claim.rejects("eight-lanes-a-row", held([](int lane, int r) { return lane / 8 + r / 2 * 8; }, column), 16 * 8);
}

}  // namespace
}  // namespace cadena::tutorials

// What the steps of the ladders of softmax, layer norm and elementwise functions claim to move, counted. Sizes are such
// that rows are whole sectors and warps are full, so that the counts follow from the addresses alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/ladder/softmax/steps.h"
#include "cuda/runtime/microscope/report.h"

namespace cadena::cuda::ladder {
namespace {

using microscope::Counts;
using microscope::Operation;
using microscope::Space;

/// What all kernels of a step did together in device memory.
struct Traffic {
  Counts loads, stores, atomics;
  double worst_load = 0;  ///< sectors per request of the line that loads worst
  uint64_t blocks = 0, special = 0, memory_bytes = 0;

  double moved_per(double elements) const {
    return static_cast<double>(loads.moved_bytes() + stores.moved_bytes()) / elements;
  }
  double bytes_per_load() const {
    return static_cast<double>(loads.requested_bytes) / static_cast<double>(loads.requests);
  }
};

Traffic look_at(const std::function<void()>& run) {
  microscope::reset();
  run();
  check(cudaDeviceSynchronize(), "running the step");
  const microscope::Report report = microscope::make_report();
  EXPECT_TRUE(report.findings.empty());
  Traffic all;
  for (const auto& kernel : report.kernels) {
    all.blocks += kernel.launches * kernel.grid.x;
    all.special += kernel.operations.special;
    all.memory_bytes += kernel.memory_bytes();
    for (const auto& line : kernel.memory) {
      if (line.space != Space::global) continue;
      (line.operation == Operation::load    ? all.loads
       : line.operation == Operation::store ? all.stores
                                            : all.atomics) += line.counts;
      if (line.operation == Operation::load) {
        all.worst_load = std::max(all.worst_load, line.per_request(line.counts.sectors));
      }
    }
  }
  return all;
}

Traffic softmax_traffic(const char* id, int rows, int columns) {
  const std::vector<float> x(at(rows, 0, columns), 0.25f);
  const DeviceArray<float> in(x), out(x);
  const DeviceArray<SoftmaxPart> parts{std::vector<SoftmaxPart>(kSoftmaxParts)};
  const Softmax problem{.rows = rows, .columns = columns, .in = in.data(), .out = out.data(), .parts = parts.data()};
  return look_at([&] { find_step(softmax_steps(), id).run(problem); });
}

TEST(SoftmaxCounts, ThreePassesMove16BytesAnElementAndTwoPasses12) {
  for (const char* id : {"S1", "S2", "S3"}) EXPECT_EQ(softmax_traffic(id, 4, 1024).moved_per(4096), 16) << id;
  EXPECT_EQ(softmax_traffic("S4", 4, 1024).moved_per(4096), 12);
}

// However often it is read, the row comes from memory once and goes back once.
TEST(SoftmaxCounts, EveryStepNeeds8BytesAnElementOfMemory) {
  for (const char* id : {"S1", "S2", "S3", "S4"}) EXPECT_EQ(softmax_traffic(id, 4, 1024).memory_bytes, 8u * 4096) << id;
}

TEST(SoftmaxCounts, Float4LoadsMove512BytesInsteadOf128) {
  EXPECT_EQ(softmax_traffic("S2", 2, 1024).bytes_per_load(), 128);
  EXPECT_EQ(softmax_traffic("S3", 2, 1024).bytes_per_load(), 512);
  EXPECT_EQ(softmax_traffic("S3", 2, 1024).loads.requests * 4, softmax_traffic("S2", 2, 1024).loads.requests);
}

// One row of 16,384: 16 parts, two kernels. A part is stored once (a sector) and loaded by all 16 blocks (4 sectors).
TEST(SoftmaxCounts, SplitRowsHave512ElementsABlock) {
  const Traffic one = softmax_traffic("S4", 1, 16384), split = softmax_traffic("S5", 1, 16384);
  EXPECT_EQ(16384 / one.blocks, 16384u);
  EXPECT_EQ(16384 / split.blocks, 512u);
  EXPECT_EQ(split.loads.sectors, one.loads.sectors + 16 * 16 * 8 / 32);
  EXPECT_LE(split.stores.sectors, one.stores.sectors + 16 * 2);
}

Traffic layer_norm_traffic(const char* id, int rows, int columns) {
  const std::vector<float> matrix(at(rows, 0, columns), 0.25f), row(at(1, 0, columns), 1), column(at(rows, 0, 1), 0);
  const DeviceArray<float> x(matrix), weight(row), bias(row), y(matrix), mean(column), rstd(column);
  const LayerNorm problem{.rows = rows,
                          .columns = columns,
                          .x = x.data(),
                          .weight = weight.data(),
                          .bias = bias.data(),
                          .y = y.data(),
                          .mean = mean.data(),
                          .rstd = rstd.data()};
  return look_at([&] { find_step(layer_norm_steps(), id).run(problem); });
}

// Lanes along a column ask for a sector each, lanes along a row share them.
TEST(LayerNormCounts, LoadsCost32SectorsAndAlongRowsFour) {
  EXPECT_EQ(layer_norm_traffic("L1", 32, 64).worst_load, 32);
  EXPECT_EQ(layer_norm_traffic("L2", 4, 256).worst_load, 4);
}

TEST(LayerNormCounts, Float4LoadsMove512BytesInsteadOf128) {
  EXPECT_EQ(layer_norm_traffic("L2", 4, 1024).bytes_per_load(), 128);
  EXPECT_EQ(layer_norm_traffic("L3", 4, 1024).bytes_per_load(), 512);
  EXPECT_EQ(layer_norm_traffic("L4", 4, 1024).bytes_per_load(), 512);
}

// x three times or once, weight, bias and y; and for each row a sector for its mean and one for rstd.
TEST(LayerNormCounts, RegistersSaveTwoReadsOfThree) {
  const double statistics = 2 * 32 / 1024.0;
  EXPECT_EQ(layer_norm_traffic("L3", 4, 1024).moved_per(4096), 24 + statistics);
  EXPECT_EQ(layer_norm_traffic("L4", 4, 1024).moved_per(4096), 16 + statistics);
}

Traffic gradient_traffic(const char* id, int rows, int columns) {
  const std::vector<float> matrix(at(rows, 0, columns), 0.25f), row(at(1, 0, columns), 1), column(at(rows, 0, 1), 1);
  const DeviceArray<float> dy(matrix), x(matrix), weight(row), mean(column), rstd(column);
  const DeviceArray<float> dx(matrix), dweight(row), dbias(row),
      slabs(std::vector<float>(2 * kLayerNormSlabs * row.size()));
  const LayerNormGradient problem{.rows = rows,
                                  .columns = columns,
                                  .dy = dy.data(),
                                  .x = x.data(),
                                  .weight = weight.data(),
                                  .mean = mean.data(),
                                  .rstd = rstd.data(),
                                  .dx = dx.data(),
                                  .dweight = dweight.data(),
                                  .dbias = dbias.data(),
                                  .slabs = slabs.data()};
  return look_at([&] { find_step(layer_norm_gradient_steps(), id).run(problem); });
}

TEST(LayerNormCounts, SlabsNeedNoAtomics) {
  EXPECT_EQ(gradient_traffic("LB1", 8, 256).atomics.lanes, 2u * 8 * 256);
  EXPECT_EQ(gradient_traffic("LB2", 8, 256).atomics.lanes, 0u);
  EXPECT_EQ(gradient_traffic("LB3", 8, 256).atomics.lanes, 0u);
}

// 64 x 1024. The warps of a block read mean and rstd of a row, a sector each: 8 warps along a row of 1024; in the sums
// of LB2 a warp for 32 elements. LB2 has one slab of 64 rows, LB3 two of 32; each stores and loads two rows of sums,
// and the results are two rows more. The weights are read twice for each row by LB2, once for each slab by LB3.
TEST(LayerNormCounts, OneWalkSavesTwoReadsOfThree) {
  const double row = 4.0 / 64, statistics = 8 * 2 * 32 / 1024.0;
  EXPECT_EQ(gradient_traffic("LB2", 64, 1024).moved_per(65536),
            (6 + 1 + 2) * 4 + statistics + 2 * 32 / 32.0 + (2 + 2 + 2) * row);
  EXPECT_EQ(gradient_traffic("LB3", 64, 1024).moved_per(65536), 3 * 4 + statistics + 2 * row + (4 + 4 + 2) * row);
}

template <class T>
Traffic bias_gelu_traffic(const char* id) {
  const std::vector<T> matrix(16 * 256, T(0.25f)), row(256, T(0.5f));
  const DeviceArray<T> in(matrix), bias(row), out(matrix), between(matrix);
  const BiasGelu<T> problem{
      .rows = 16, .columns = 256, .in = in.data(), .bias = bias.data(), .out = out.data(), .between = between.data()};
  return look_at([&] { find_step(bias_gelu_steps<T>(), id).run(problem); });
}

TEST(BiasGeluCounts, FusionMovesThreePassesInsteadOfFive) {
  EXPECT_EQ(bias_gelu_traffic<float>("E1").moved_per(4096), 20);
  EXPECT_EQ(bias_gelu_traffic<float>("E2").moved_per(4096), 12);
  EXPECT_EQ(bias_gelu_traffic<float>("E3").moved_per(4096), 12);
  EXPECT_EQ(bias_gelu_traffic<__half>("E1h").moved_per(4096), 10);
  EXPECT_EQ(bias_gelu_traffic<__half>("E2h").moved_per(4096), 6);
  EXPECT_EQ(bias_gelu_traffic<__half>("E3h").moved_per(4096), 6);
}

TEST(BiasGeluCounts, WideLoadsMove512Bytes) {
  EXPECT_EQ(bias_gelu_traffic<float>("E2").bytes_per_load(), 128);
  EXPECT_EQ(bias_gelu_traffic<float>("E3").bytes_per_load(), 512);
  EXPECT_EQ(bias_gelu_traffic<__half>("E2h").bytes_per_load(), 64);
  EXPECT_EQ(bias_gelu_traffic<__half>("E3h").bytes_per_load(), 512);
}

Traffic rotary_traffic(const char* id) {
  const std::vector<float> values(8 * 16 * 128, 0.25f);
  const DeviceArray<float> in(values), out(values), turns(std::vector<float>(16 * 128));
  const Rotary problem{
      .sequences = 8, .positions = 16, .pairs = 64, .in = in.data(), .out = out.data(), .turns = turns.data()};
  return look_at([&] { find_step(rotary_steps(), id).run(problem); });
}

// A power and a sine with its cosine for each element, each pair, or each pair of one of 8 sequences.
TEST(RotaryCounts, PairsHalveTheSpecialFunctionsAndATableSharesThem) {
  constexpr uint64_t kElements = 8 * 16 * 128;
  EXPECT_EQ(rotary_traffic("P1").special, 2 * kElements);
  EXPECT_EQ(rotary_traffic("P2").special, kElements);
  EXPECT_EQ(rotary_traffic("P3").special, kElements / 8);
}

// P3: numbers, table and results, and the table stored once in two stores of every second number.
TEST(RotaryCounts, PairsAreLoadedOnce) {
  constexpr double kElements = 8 * 16 * 128;
  EXPECT_EQ(rotary_traffic("P1").moved_per(kElements), 12);
  EXPECT_EQ(rotary_traffic("P2").moved_per(kElements), 8);
  EXPECT_EQ(rotary_traffic("P3").moved_per(kElements), 12 + 2 * 4 / 8.0);
}

}  // namespace
}  // namespace cadena::cuda::ladder

/// Counts of whole kernels against what their addresses imply.
#include <gtest/gtest.h>

#include <string>

#include "cuda/runtime/microscope/report.h"
#include "tests/cuda/microscope/kernels.h"

namespace cadena::cuda::microscope {
namespace {

class Microscope : public testing::Test {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { EXPECT_TRUE(make_report().findings.empty()); }

  static KernelReport look_at(const std::string& name) { return make_report().kernel(name); }
  /// What the line of kernels.cu that ends with `mark` does.
  static MemoryLine line(const KernelReport& kernel, const std::string& mark, Operation operation,
                         Space space = Space::global) {
    const int number = test::line_of("kernels.cu", mark);
    for (const MemoryLine& each : kernel.memory) {
      if (each.place.line == number && each.operation == operation && each.space == space) return each;
    }
    ADD_FAILURE() << "nothing is counted at the line of " << mark;
    return {};
  }
  static double sectors(const MemoryLine& line) { return line.per_request(line.counts.sectors); }
  static double wavefronts(const MemoryLine& line) { return line.per_request(line.counts.wavefronts); }
};

// 64 x 64: the lanes of a warp own 32 rows, so A and C cost a sector a lane and B is one address for all.
TEST_F(Microscope, NaiveGemmCosts32And1And32Sectors) {
  test::gemm_naive(64);
  const KernelReport kernel = look_at("gemm_naive_kernel");
  const MemoryLine a = line(kernel, "NAIVE A", Operation::load), b = line(kernel, "NAIVE B", Operation::load),
                   c = line(kernel, "NAIVE C", Operation::store);
  EXPECT_EQ(sectors(a), 32);
  EXPECT_EQ(sectors(b), 1);
  EXPECT_EQ(sectors(c), 32);
  EXPECT_EQ(a.counts.requests, 64u * 64 * 64 / 32);
  EXPECT_EQ(a.counts.lanes, 64u * 64 * 64);
  EXPECT_EQ(a.counts.ideal_sectors, 4 * a.counts.requests);
  EXPECT_EQ(b.counts.ideal_sectors, b.counts.requests);
  EXPECT_EQ(c.counts.requests, 64u * 64 / 32);
  EXPECT_EQ(c.bytes, 4u);
}

TEST_F(Microscope, CoalescedGemmCosts1And4And4Sectors) {
  test::gemm_coalesced(64);
  const KernelReport kernel = look_at("gemm_coalesced_kernel");
  EXPECT_EQ(sectors(line(kernel, "COALESCED A", Operation::load)), 1);
  EXPECT_EQ(sectors(line(kernel, "COALESCED B", Operation::load)), 4);
  EXPECT_EQ(sectors(line(kernel, "COALESCED C", Operation::store)), 4);
}

// 33 columns: in each row one warp has 32 lanes and another one. A row of 132 bytes begins at byte 4 of a sector for
// rows that are not multiples of 8: then 32 floats span 5 sectors instead of 4. Of 33 rows 5 are (0, 8, 16, 24, 32).
TEST_F(Microscope, OddSizesHaveIdleLanesAndSectorsCutInTwo) {
  test::gemm_coalesced(33);
  const MemoryLine c = line(look_at("gemm_coalesced_kernel"), "COALESCED C", Operation::store);
  EXPECT_EQ(c.counts.requests, 33u * 2);
  EXPECT_EQ(c.counts.lanes, 33u * 33);
  EXPECT_EQ(c.counts.sectors, 5u * 4 + 28u * 5 + 33u);
  EXPECT_EQ(c.counts.needed_bytes, 33u * 33 * 4);
}

// Each of three loads (two reads of memory that is ever different, one write): 3 x 64 x 64 x 4 bytes.
TEST_F(Microscope, MemoryMovesEachSectorOnce) {
  test::gemm_naive(64);
  const KernelReport kernel = look_at("gemm_naive_kernel");
  EXPECT_EQ(kernel.sectors_read * 32, 2u * 64 * 64 * 4);
  EXPECT_EQ(kernel.sectors_written * 32, 64u * 64 * 4);
}

TEST_F(Microscope, GemmComputes2MNK) {
  test::gemm_naive(33);
  test::gemm_coalesced(64);
  test::gemm_tiled(64);
  EXPECT_EQ(look_at("gemm_naive_kernel").flop(), 2u * 33 * 33 * 33);
  EXPECT_EQ(look_at("gemm_coalesced_kernel").flop(), 2u * 64 * 64 * 64);
  EXPECT_EQ(look_at("gemm_tiled_kernel").flop(), 2u * 64 * 64 * 64);
}

TEST_F(Microscope, ArithmeticIsCountedOnItsLine) {
  test::gemm_naive(32);
  const int number = test::line_of("kernels.cu", "NAIVE FMA");
  uint64_t f32 = 0;
  for (const ArithmeticLine& each : look_at("gemm_naive_kernel").arithmetic) {
    if (each.place.line == number) f32 += each.arithmetic.f32;
  }
  EXPECT_EQ(f32, 2u * 32 * 32 * 32);
}

TEST_F(Microscope, TensorCoresComputeAllOfAGemmThatUsesThem) {
  test::gemm_tensor(32);
  const KernelReport kernel = look_at("gemm_tensor_kernel");
  EXPECT_EQ(kernel.tensor, 2u * 32 * 32 * 32);
  EXPECT_EQ(kernel.operations.f32, 0u);
  EXPECT_EQ(kernel.bound.arithmetic_us, 0);
  EXPECT_GT(kernel.bound.tensor_us, 0);
}

// Per element expf, a square root, a product, a quotient and a sum in f32; one fused multiply-add in f64.
TEST_F(Microscope, FunctionsAreCountedApart) {
  test::functions(100);
  const KernelReport kernel = look_at("functions_kernel");
  EXPECT_EQ(kernel.operations.special, 100u);
  EXPECT_EQ(kernel.operations.f32, 400u);
  EXPECT_EQ(kernel.operations.f64, 200u);
}

TEST_F(Microscope, CopiesMoveWhatTheyNeed) {
  test::copy(1024);
  test::copy_float4(1024);
  const MemoryLine one = line(look_at("copy_kernel"), "COPY", Operation::load),
                   four = line(look_at("copy_float4_kernel"), "COPY4", Operation::load);
  EXPECT_EQ(sectors(one), 4);
  EXPECT_EQ(sectors(four), 16);
  EXPECT_EQ(four.bytes, 16u);
  EXPECT_EQ(four.counts.requests * 4, one.counts.requests);
  EXPECT_EQ(one.counts.moved_bytes(), one.counts.needed_bytes);
  EXPECT_EQ(look_at("copy_kernel").flop(), 0u);
}

TEST_F(Microscope, TransposeCosts32WavefrontsAndPaddedOne) {
  test::transpose(64);
  test::transpose_padded(64);
  const auto kernel = look_at("transpose_kernel<32>"), padded = look_at("transpose_kernel<33>");
  const MemoryLine out = line(kernel, "TILE OUT", Operation::load, Space::shared);
  EXPECT_EQ(wavefronts(out), 32);
  EXPECT_EQ(out.counts.excess_wavefronts(), 31 * out.counts.requests);
  EXPECT_EQ(wavefronts(line(padded, "TILE OUT", Operation::load, Space::shared)), 1);
  EXPECT_EQ(wavefronts(line(kernel, "TILE IN", Operation::store, Space::shared)), 1);
  EXPECT_EQ(sectors(line(kernel, "TILE OUT", Operation::store)), 4);
}

// Rows of 32 bytes: rows 0 and 4 of a matrix begin in the same bank. Rows of 48 bytes: 12 banks further, all different.
TEST_F(Microscope, LdmatrixCosts8WavefrontsAndPadded4) {
  test::load_matrices();
  test::load_matrices_padded();
  const MemoryLine plain = line(look_at("load_matrices_kernel<16>"), "LDMATRIX", Operation::load, Space::shared),
                   padded = line(look_at("load_matrices_kernel<24>"), "LDMATRIX", Operation::load, Space::shared);
  EXPECT_EQ(plain.counts.requests, 1u);
  EXPECT_EQ(wavefronts(plain), 8);
  EXPECT_EQ(wavefronts(padded), 4);
}

// Lane l of a warp counts value l % 4: 8 lanes at each of 4 addresses.
TEST_F(Microscope, AtomicsTellHowManyLanesMeet) {
  test::histogram(130);
  test::histogram_shared(128);
  const MemoryLine global = line(look_at("histogram_kernel"), "ATOMIC", Operation::atomic),
                   shared = line(look_at("histogram_shared_kernel"), "SHARED ATOMIC", Operation::atomic, Space::shared);
  EXPECT_EQ(global.counts.requests, 5u);
  EXPECT_EQ(global.counts.lanes, 130u);
  EXPECT_EQ(global.counts.serial_passes, 4u * 8 + 1);
  EXPECT_EQ(shared.per_request(shared.counts.serial_passes), 8);
}

TEST_F(Microscope, CountsOfSeveralLaunchesAdd) {
  test::copy(128);
  test::copy(256);
  const KernelReport kernel = look_at("copy_kernel");
  EXPECT_EQ(kernel.launches, 2u);
  EXPECT_EQ(line(kernel, "COPY", Operation::load).counts.lanes, 384u);
  EXPECT_EQ(kernel.grid.x, 2u);
}

TEST_F(Microscope, PlacesHaveColumns) {
  test::copy(128);
  const MemoryLine load = line(look_at("copy_kernel"), "COPY", Operation::load);
  EXPECT_NE(load.place.file.find("kernels.cu"), std::string::npos);
  if (load.place.column != 0) {
    EXPECT_GE(load.place.column, 22);  // from[i]
    EXPECT_LE(load.place.column, 28);
  }
}

TEST_F(Microscope, AnUnknownKernelIsNamedWithTheKnownOnes) {
  test::copy(128);
  try {
    look_at("softmax");
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "microscope: no kernel 'softmax' has run; there are copy_kernel");
  }
}

}  // namespace
}  // namespace cadena::cuda::microscope

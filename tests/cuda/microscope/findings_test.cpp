/// Planted faults are found, with both lines; correct kernels stay silent.
#include <gtest/gtest.h>

#include <algorithm>

#include "cuda/runtime/microscope/report.h"
#include "cuda/runtime/microscope/write.h"
#include "tests/cuda/microscope/kernels.h"

namespace cadena::cuda::microscope {
namespace {

class Finds : public testing::Test {
 protected:
  void SetUp() override { reset(); }

  /// Exactly one fault is found: this one, at the lines of bugs.cu (or `file`) that end with these marks, in any order.
  static FindingReport expect(Fault fault, const std::string& mark, const std::string& other = "",
                              const std::string& file = "bugs.cu") {
    const Report report = make_report();
    std::string all;
    for (const FindingReport& each : report.findings) all += to_sentence(each) + "\n";
    EXPECT_EQ(report.findings.size(), 1u) << all;
    if (report.findings.size() != 1) return {};
    const FindingReport& found = report.findings[0];
    EXPECT_EQ(found.finding.fault, fault) << all;
    const int line = test::line_of(file, mark), other_line = other.empty() ? 0 : test::line_of(file, other);
    EXPECT_EQ(std::minmax(found.place.line, found.other.line), std::minmax(line, other_line)) << all;
    EXPECT_NE(found.place.file.find(file), std::string::npos) << all;
    return found;
  }
};

TEST_F(Finds, ABarrierMissingBetweenWarps) {
  test::missing_syncthreads();
  const FindingReport found = expect(Fault::missing_syncthreads, "UNSYNCED READ", "UNSYNCED WRITE");
  EXPECT_EQ(found.kernel, "missing_syncthreads_kernel");
  EXPECT_EQ(found.finding.thread.x + unsigned(found.finding.other_thread), 63u);
}

TEST_F(Finds, AWriteOfWhatAnotherWarpStillReads) {
  test::missing_syncthreads_before_write();
  expect(Fault::missing_syncthreads, "LATE WRITE", "EARLY READ");
}

TEST_F(Finds, ASyncwarpMissingBetweenLanes) {
  test::missing_syncwarp();
  expect(Fault::missing_syncwarp, "LANE READ", "LANE WRITE");
}

TEST_F(Finds, BlocksThatWriteTheSameWord) {
  test::race_between_blocks();
  const Report report = make_report();
  ASSERT_FALSE(report.findings.empty());
  for (const FindingReport& each : report.findings) {
    EXPECT_EQ(each.finding.fault, Fault::race_between_blocks);
    EXPECT_EQ(each.place.line, test::line_of("bugs.cu", "BLOCKS"));
    EXPECT_EQ(each.other.line, test::line_of("bugs.cu", "BLOCKS"));
    EXPECT_EQ(each.finding.block.x, 1u);
    EXPECT_EQ(each.finding.other_block, 0u);
  }
}

TEST_F(Finds, AFenceMissingBetweenBlocks) {
  test::sum_by_last_block_without_fence(1000);
  expect(Fault::race_between_blocks, "PARTIAL READ", "PARTIAL WRITE", "kernels.cu");
}

TEST_F(Finds, ReadsOfSharedMemoryThatNobodyWrote) {
  test::uninitialised_shared();
  const FindingReport found = expect(Fault::uninitialised_shared, "HALF WRITTEN");
  EXPECT_EQ(found.finding.times, 32u);
  EXPECT_GE(found.finding.thread.x, 32u);
}

TEST_F(Finds, ReadsOfDynamicSharedMemoryThatNobodyWrote) {
  test::uninitialised_dynamic();
  expect(Fault::uninitialised_shared, "DYNAMIC");
}

TEST_F(Finds, ReadsOfDeviceMemoryThatNobodyWrote) {
  test::uninitialised_global();
  EXPECT_EQ(expect(Fault::uninitialised_global, "NEVER WRITTEN").finding.detail,
            "4 bytes at byte 0 of a buffer of 256");
}

TEST_F(Finds, AReadPastTheEnd) {
  const std::string message = test::out_of_bounds_read();
  EXPECT_NE(message.find("out of bounds: a read of 4 bytes at byte 256 of a buffer of 256 bytes"), std::string::npos)
      << message;
  EXPECT_EQ(expect(Fault::out_of_bounds, "ONE TOO FAR").finding.thread.x, 63u);
}

TEST_F(Finds, AWritePastTheEnd) {
  EXPECT_NE(test::out_of_bounds_write(), "");
  EXPECT_EQ(expect(Fault::out_of_bounds, "GRID TOO LARGE").finding.block.x, 1u);
}

TEST_F(Finds, AWritePastTheEndOfSharedMemory) {
  EXPECT_NE(test::out_of_bounds_shared(), "");
  const FindingReport found = expect(Fault::out_of_bounds, "SHARED TOO SMALL");
  EXPECT_EQ(found.finding.detail, "a write of 4 bytes at byte 256 of the block's 256 bytes of dynamic shared memory");
}

TEST_F(Finds, AnIndexThatRunsIntoTheNextStaticArray) {
  EXPECT_NE(test::beyond_static_array(), "");
  const FindingReport found = expect(Fault::failed_launch, "INTO THE NEXT ARRAY");
  EXPECT_EQ(found.finding.detail, "out of bounds: index 32 of an array float [32]");
}

TEST_F(Finds, AVectorThatIsNotAligned) {
  EXPECT_NE(test::misaligned(), "");
  const FindingReport found = expect(Fault::failed_launch, "BETWEEN TWO FLOAT4");
  EXPECT_EQ(found.finding.detail, "misaligned access: float4 at an address that is 4 past a multiple of 16");
}

// Programs of students do not ask whether a launch went well: the report says it all the same.
TEST_F(Finds, AKernelThatTheEmulatorStops) {
  EXPECT_NE(test::divergent_barrier(), "");
  const FindingReport found = expect(Fault::failed_launch, "ANOTHER BARRIER");
  EXPECT_EQ(found.finding.thread.x, 32u);
  EXPECT_NE(found.finding.detail.find("divergent __syncthreads"), std::string::npos);
}

TEST_F(Finds, LaunchesThatAreRefused) {
  test::too_many_threads();
  const Report report = make_report();
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_TRUE(report.kernels.empty());
  EXPECT_EQ(to_sentence(report.findings[0]),
            "the launch failed: only what it did until then, if anything, is counted\n    divergent_barrier_kernel: "
            "block (2048,1,1) exceeds "
            "the device's limit (1024,1024,64)\n    2 times");
  EXPECT_EQ(report.findings[1].finding.times, 1u);
}

TEST_F(Finds, PointersToHostMemory) {
  test::host_memory();
  EXPECT_EQ(expect(Fault::host_memory, "HOST").finding.times, 64u);
}

TEST_F(Finds, ACopyThatNobodyWaitedFor) {
  test::missing_wait();
  expect(Fault::uninitialised_shared, "NOT THERE YET");
}

TEST_F(Finds, NothingInCorrectKernels) {
  test::gemm_naive(33);
  test::gemm_tiled(33);
  test::gemm_tensor(32);
  test::copy_float4(512);
  test::transpose(64);
  test::load_matrices();
  test::histogram(1000);
  test::histogram_shared(1000);
  test::softmax(3, 100);
  test::halve_in_place(101);
  test::reverse_halves();
  test::async_pipeline(512);
  test::half_warp_sums();
  test::warp_exchange();
  test::sum_by_last_block(1000);
  for (const FindingReport& each : make_report().findings) ADD_FAILURE() << to_sentence(each);
}

TEST_F(Finds, NothingInTheNextKernelAfterAFailure) {
  test::out_of_bounds_write();
  reset();
  test::gemm_tiled(32);
  EXPECT_TRUE(make_report().findings.empty());
}

}  // namespace
}  // namespace cadena::cuda::microscope

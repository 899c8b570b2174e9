#include "cuda/runtime/microscope/request.h"

#include <gtest/gtest.h>

namespace cadena::cuda::microscope {
namespace {

/// Lane l accesses `base + l * stride`, for the first `lanes` lanes.
Request strided(uint64_t base, uint64_t stride, int lanes = 32) {
  Request request;
  for (int lane = 0; lane < lanes; ++lane) {
    request.lanes |= 1u << lane;
    request.address[size_t(lane)] = base + uint64_t(lane) * stride;
  }
  return request;
}

TEST(GlobalRequest, ConsecutiveFloatsAreFourSectors) {
  const GlobalCost cost = cost_in_global_memory(strided(4096, 4), 4);
  EXPECT_EQ(cost.sectors, 4u);
  EXPECT_EQ(cost.ideal_sectors, 4u);
  EXPECT_EQ(cost.needed_bytes, 128u);
}

TEST(GlobalRequest, AShiftByOneFloatCostsAFifthSector) {
  const GlobalCost cost = cost_in_global_memory(strided(4100, 4), 4);
  EXPECT_EQ(cost.sectors, 5u);
  EXPECT_EQ(cost.ideal_sectors, 4u);
}

TEST(GlobalRequest, AStrideOfASectorOrMoreCostsASectorALane) {
  EXPECT_EQ(cost_in_global_memory(strided(4096, 32), 4).sectors, 32u);
  EXPECT_EQ(cost_in_global_memory(strided(4096, 4096), 4).sectors, 32u);
  EXPECT_EQ(cost_in_global_memory(strided(4096, 4096), 4).ideal_sectors, 4u);
  EXPECT_EQ(cost_in_global_memory(strided(4096, 8), 4).sectors, 8u);
}

TEST(GlobalRequest, OneAddressForAllIsOneSector) {
  const GlobalCost cost = cost_in_global_memory(strided(4096, 0), 4);
  EXPECT_EQ(cost.sectors, 1u);
  EXPECT_EQ(cost.ideal_sectors, 1u);
  EXPECT_EQ(cost.needed_bytes, 4u);
}

TEST(GlobalRequest, FourFloatsALaneAreSixteenSectors) {
  EXPECT_EQ(cost_in_global_memory(strided(4096, 16), 16).sectors, 16u);
}

TEST(GlobalRequest, DescendingAddressesCostTheSame) {
  Request request;
  request.lanes = ~0u;
  for (size_t lane = 0; lane < 32; ++lane) request.address[lane] = 8192 - 4 * lane;
  EXPECT_EQ(cost_in_global_memory(request, 4).sectors, 5u);
}

TEST(GlobalRequest, ActiveLanesAloneCount) {
  EXPECT_EQ(cost_in_global_memory(strided(4096, 4, 7), 4).sectors, 1u);
  EXPECT_EQ(cost_in_global_memory(strided(4096, 4, 9), 4).sectors, 2u);
  EXPECT_EQ(cost_in_global_memory(Request{}, 4).sectors, 0u);
}

TEST(GlobalRequest, AnAccessAcrossASectorsEndCountsBoth) {
  EXPECT_EQ(cost_in_global_memory(strided(4096 + 30, 0, 1), 4).sectors, 2u);
}

TEST(SharedRequest, ConsecutiveWordsAreOneWavefront) {
  const SharedCost cost = cost_in_shared_memory(strided(1024, 4), 4);
  EXPECT_EQ(cost.wavefronts, 1u);
  EXPECT_EQ(cost.ideal_wavefronts, 1u);
}

TEST(SharedRequest, AColumnOfARowOf32WordsIs32Wavefronts) {
  const SharedCost cost = cost_in_shared_memory(strided(1024, 128), 4);
  EXPECT_EQ(cost.wavefronts, 32u);
  EXPECT_EQ(cost.ideal_wavefronts, 1u);
}

TEST(SharedRequest, AColumnOfARowOf33WordsIsOne) {
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 132), 4).wavefronts, 1u);
}

TEST(SharedRequest, AStrideOfTwoWordsIsTwo) { EXPECT_EQ(cost_in_shared_memory(strided(1024, 8), 4).wavefronts, 2u); }

TEST(SharedRequest, LanesAtOneWordShareIt) {
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 0), 4).wavefronts, 1u);
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 1), 1).wavefronts, 1u);
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 2), 2).wavefronts, 1u);
}

TEST(SharedRequest, WideAccessesGoByHalfAndQuarterWarps) {
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 8), 8).wavefronts, 2u);
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 16), 16).wavefronts, 4u);
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 16), 16).ideal_wavefronts, 4u);
  EXPECT_EQ(cost_in_shared_memory(strided(1024, 128), 16).wavefronts, 32u);
}

TEST(Atomic, CountsTheLanesAtOneAddress) {
  EXPECT_EQ(most_lanes_at_one_address(strided(1024, 4)), 1u);
  EXPECT_EQ(most_lanes_at_one_address(strided(1024, 0)), 32u);
  EXPECT_EQ(most_lanes_at_one_address(Request{}), 0u);
  Request request = strided(1024, 4);
  request.address[31] = request.address[0];
  EXPECT_EQ(most_lanes_at_one_address(request), 2u);
}

}  // namespace
}  // namespace cadena::cuda::microscope

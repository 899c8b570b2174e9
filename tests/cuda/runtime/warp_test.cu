// Warp instructions and the barriers that vote, against what the CUDA C++ Programming Guide says of each.
#include "cuda/runtime/warp.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "cuda/ladder/machine.h"
#include "cuda/runtime/launch.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

/// What 32 lanes get from `kernel`, `count` values a lane.
template <class Kernel>
std::vector<int> of_lanes(Kernel kernel, size_t count) {
  DeviceVector<int> out(32 * count);
  launch(kernel, {.block = 32}, out.data());
  return out.host();
}

/// Value `index` of `count` of each lane is `expected(lane)`.
void expect(const std::vector<int>& got, size_t count, size_t index, const std::function<int(int)>& expected) {
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(got[size_t(lane) * count + index], expected(lane)) << "value " << index << ", lane " << lane;
  }
}

__global__ void shuffles(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  int* mine = out + 8 * lane;
  mine[0] = __shfl_sync(kFullWarp, lane, 5, 8);
  mine[1] = __shfl_sync(kFullWarp, lane, 13, 8);
  mine[2] = __shfl_up_sync(kFullWarp, lane, 3, 8);
  mine[3] = __shfl_down_sync(kFullWarp, lane, 3, 8);
  mine[4] = __shfl_xor_sync(kFullWarp, lane, 12, 8);
  mine[5] = __shfl_xor_sync(kFullWarp, lane, 21);
  mine[6] = static_cast<int>(__shfl_sync(kFullWarp, 1000000000000ll * lane, 7) / 1000000000000ll);
  mine[7] = static_cast<int>(__shfl_down_sync(kFullWarp, 0.5 * lane, 16));
}

TEST(Shuffle, StaysInItsGroupOfLanes) {
  const auto got = of_lanes(shuffles, 8);
  expect(got, 8, 0, [](int lane) { return lane / 8 * 8 + 5; });
  expect(got, 8, 1, [](int lane) { return lane / 8 * 8 + 5; });  // 13 modulo the width
  expect(got, 8, 2, [](int lane) { return lane % 8 >= 3 ? lane - 3 : lane; });
  expect(got, 8, 3, [](int lane) { return lane % 8 < 5 ? lane + 3 : lane; });
  // An exchange may reach groups before the own one, but none behind it.
  expect(got, 8, 4, [](int lane) { return (lane ^ 12) < lane / 8 * 8 + 8 ? lane ^ 12 : lane; });
  expect(got, 8, 5, [](int lane) { return lane ^ 21; });
  expect(got, 8, 6, [](int) { return 7; });
  expect(got, 8, 7, [](int lane) { return (lane < 16 ? lane + 16 : lane) / 2; });
}

__global__ void votes(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  int* mine = out + 8 * lane;
  mine[0] = static_cast<int>(__ballot_sync(kFullWarp, lane % 3 == 0));
  mine[1] = __any_sync(kFullWarp, lane == 31);
  mine[2] = __all_sync(kFullWarp, lane < 31);
  int equal = -1;
  mine[3] = static_cast<int>(__match_any_sync(kFullWarp, lane / 8));
  mine[4] = static_cast<int>(__match_all_sync(kFullWarp, 3.5, &equal));
  mine[5] = equal;
  mine[6] = static_cast<int>(__match_all_sync(kFullWarp, lane / 31, &equal));
  mine[7] = equal;
}

TEST(Vote, TellsEachLaneOfAll) {
  const auto got = of_lanes(votes, 8);
  expect(got, 8, 0, [](int) { return 0x49249249; });
  expect(got, 8, 1, [](int) { return 1; });
  expect(got, 8, 2, [](int) { return 0; });
  expect(got, 8, 3, [](int lane) { return static_cast<int>(0xffu << lane / 8 * 8); });
  expect(got, 8, 4, [](int) { return -1; });
  expect(got, 8, 5, [](int) { return 1; });
  expect(got, 8, 6, [](int) { return 0; });
  expect(got, 8, 7, [](int) { return 0; });
}

__global__ void votes_of_two_branches(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  if (lane % 2 == 0) {
    out[lane] = static_cast<int>(__ballot_sync(0x55555555u, lane < 16));
  } else {
    out[lane] = static_cast<int>(__ballot_sync(0xaaaaaaaau, lane < 16));
  }
}

TEST(Vote, OfTheLanesOfABranch) {
  expect(of_lanes(votes_of_two_branches, 1), 1, 0, [](int lane) { return lane % 2 == 0 ? 0x5555 : 0xaaaa; });
}

__global__ void reductions(int* out) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800  // which has these instructions
  const int lane = static_cast<int>(threadIdx.x);
  int* mine = out + 7 * lane;
  const unsigned half = lane < 16 ? 0xffffu : 0xffff0000u;
  mine[0] = __reduce_add_sync(half, lane);
  mine[1] = __reduce_max_sync(kFullWarp, -lane);
  mine[2] = static_cast<int>(__reduce_max_sync(kFullWarp, static_cast<unsigned>(-lane)));
  mine[3] = static_cast<int>(__reduce_min_sync(kFullWarp, static_cast<unsigned>(lane + 7)));
  mine[4] = static_cast<int>(__reduce_and_sync(kFullWarp, 6u | static_cast<unsigned>(lane % 2)));
  mine[5] = static_cast<int>(__reduce_or_sync(half, 1u << lane));
  mine[6] = static_cast<int>(__reduce_xor_sync(kFullWarp, 3u << lane));
#endif
}

TEST(Reduce, OverTheLanesOfTheMask) {
  if (!ladder::runs_here(80)) GTEST_SKIP() << "needs compute capability 8.0";
  const auto got = of_lanes(reductions, 7);
  expect(got, 7, 0, [](int lane) { return lane < 16 ? 120 : 376; });
  expect(got, 7, 1, [](int) { return 0; });
  expect(got, 7, 2, [](int) { return -1; });
  expect(got, 7, 3, [](int) { return 7; });
  expect(got, 7, 4, [](int) { return 6; });
  expect(got, 7, 5, [](int lane) { return static_cast<int>(lane < 16 ? 0xffffu : 0xffff0000u); });
  expect(got, 7, 6, [](int) { return 1; });
}

// Lanes of a branch add up with one atomic operation for as many as come together; nobody says how many these are.
__global__ void count_together(int* counter, int* tickets, int* lanes_named) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (threadIdx.x % 3 != 0) return;
  const unsigned active = __activemask();
  const int leader = __ffs(static_cast<int>(active)) - 1;
  int ticket = lane == leader ? atomicAdd(counter, __popc(active)) : 0;
  ticket = __shfl_sync(active, ticket, leader) + __popc(active & ((1u << lane) - 1));
  atomicAdd(&tickets[ticket], 1);
  if ((active >> lane & 1) != 0) atomicAdd(lanes_named, 1);
}

TEST(ActiveMask, NamesLanesThatCanMeet) {
  DeviceVector<int> counter(std::vector<int>{0}), tickets(std::vector<int>(86, 0)), named(std::vector<int>{0});
  launch(count_together, {.block = 256}, counter.data(), tickets.data(), named.data());
  EXPECT_EQ(counter.host()[0], 86);
  EXPECT_EQ(named.host()[0], 86);
  EXPECT_EQ(tickets.host(), std::vector<int>(86, 1));
}

__global__ void masks_of_two_branches(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  if (lane < 5) {
    out[lane] = static_cast<int>(__activemask());
  } else {
    out[lane] = static_cast<int>(__activemask());
  }
}

TEST(ActiveMask, NamesNoLaneOfAnotherBranch) {
  const auto got = of_lanes(masks_of_two_branches, 1);
  for (int lane = 0; lane < 32; ++lane) {
    const auto mask = static_cast<unsigned>(got[size_t(lane)]), branch = lane < 5 ? 0x1fu : ~0x1fu;
    EXPECT_EQ(mask & ~branch, 0u) << lane;
    EXPECT_NE(mask & 1u << lane, 0u) << lane;
  }
}

__global__ void barriers_that_vote(int* out) {
  const int rank = thread_rank();
  out[rank * 3] = __syncthreads_count(rank % 3 == 0);
  out[rank * 3 + 1] = __syncthreads_and(rank < 100);
  out[rank * 3 + 2] = __syncthreads_or(rank == 99);
}

TEST(Barrier, CountsVotes) {
  DeviceVector<int> out(300);
  launch(barriers_that_vote, {.block = dim3(10, 5, 2)}, out.data());
  const auto got = out.host();
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(got[3 * i], 34);
    EXPECT_NE(got[3 * i + 1], 0);
    EXPECT_NE(got[3 * i + 2], 0);
  }
}

}  // namespace
}  // namespace cadena::cuda

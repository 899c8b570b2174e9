// What the emulator does for Hopper: TMA, barriers in shared memory, wgmma, clusters; and what it says of bugs in their
// use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/hopper/tma.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"
#include "cuda/runtime/tensor_map.h"
#include "tests/cuda/runtime/device_vector.h"
#include "tests/cuda/runtime/emulated/failure.h"

namespace cadena::cuda {
namespace {

using testing::HasSubstr;
using Bf16 = __nv_bfloat16;

struct Shared {
  Bf16 a[64][64], b[64][64];
  Barrier full;
};
constexpr size_t kSharedBytes = sizeof(Shared) + 1024;

enum class Bug { none, no_wait, no_wgmma_wait, no_fence, no_init, too_many_bytes, too_many_arrivals, overwritten };

// D = A B of 64 x 64 matrices by one warpgroup. A is stored as (64, sum) where its rows run along the sum, otherwise
// transposed; so is B.
template <Rows rows_of_a, Rows rows_of_b, Bug bug>
__global__ void multiply(const __grid_constant__ CUtensorMap A, const __grid_constant__ CUtensorMap B, float* D) {
  Shared& shared = *aligned_shared<Shared>();
  if (threadIdx.x == 0 && bug != Bug::no_init) {
    barrier_init(&shared.full, 1);
    barriers_ready();
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    barrier_expect(&shared.full, (bug == Bug::too_many_bytes ? 2 : 1) * (sizeof shared.a + sizeof shared.b));
    if (bug == Bug::too_many_arrivals) barrier_arrive(&shared.full);
    tma_load(shared.a, A, 0, 0, &shared.full);
    tma_load(shared.b, B, 0, 0, &shared.full);
  }
  if (bug != Bug::no_wait) barrier_wait(&shared.full, 0);
  float d[32] = {};
  if (bug != Bug::no_fence) wgmma_fence();
  for (int k = 0; k < 64; k += 16) {
    const auto a = rows_of_a == Rows::along ? k_major_descriptor(&shared.a[0][k]) : mn_major_descriptor(shared.a[k], 0);
    const auto b = rows_of_b == Rows::along ? k_major_descriptor(&shared.b[0][k]) : mn_major_descriptor(shared.b[k], 0);
    wgmma<rows_of_a, rows_of_b>(d, a, b);
  }
  wgmma_commit();
  if (bug == Bug::overwritten && threadIdx.x == 0) {
    barrier_expect(&shared.full, sizeof shared.b);
    tma_load(shared.b, A, 0, 0, &shared.full);
  }
  if (bug != Bug::no_wgmma_wait) wgmma_wait<0>(d);
  const int lane = threadIdx.x % 32;
  for (int i = 0; i < 32; ++i) {
    const int row = threadIdx.x / 32 * 16 + lane / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    D[row * 64 + column] = d[i];
  }
  if (bug == Bug::no_wgmma_wait) wgmma_wait<0>(d);
  if (bug == Bug::no_wait) barrier_wait(&shared.full, 0);
}

// Small integers: products and sums are exact.
std::vector<float> integers(int seed) {
  std::vector<float> values(64 * 64);
  for (int i = 0; i < 64 * 64; ++i) values[size_t(i)] = float((i * 37 + i / 64 * 11 + seed) % 9 - 4);
  return values;
}

std::vector<Bf16> as_stored(const std::vector<float>& x, bool transposed) {
  std::vector<Bf16> stored;
  for (size_t r = 0; r < 64; ++r) {
    for (size_t c = 0; c < 64; ++c) stored.push_back(__float2bfloat16(transposed ? x[c * 64 + r] : x[r * 64 + c]));
  }
  return stored;
}

template <Rows rows_of_a, Rows rows_of_b, Bug bug = Bug::none>
std::vector<float> product() {
  const DeviceVector<Bf16> a(as_stored(integers(1), rows_of_a == Rows::across)),
      b(as_stored(integers(5), rows_of_b == Rows::along));
  DeviceVector<float> d(std::vector<float>(64 * 64));
  launch(multiply<rows_of_a, rows_of_b, bug>, {.block = 128, .shared_bytes = kSharedBytes},
         tile_map(a.data(), 64, 64, 64), tile_map(b.data(), 64, 64, 64), d.data());
  return d.host();
}

std::vector<float> exact() {
  const std::vector<float> a = integers(1), b = integers(5);
  std::vector<float> d(64 * 64);
  for (size_t i = 0; i < 64; ++i) {
    for (size_t k = 0; k < 64; ++k) {
      for (size_t j = 0; j < 64; ++j) d[i * 64 + j] += a[i * 64 + k] * b[k * 64 + j];
    }
  }
  return d;
}

TEST(EmulatedHopper, MultipliesTilesAsTmaLeavesThem) {
  EXPECT_EQ((product<Rows::along, Rows::along>()), exact());
  EXPECT_EQ((product<Rows::along, Rows::across>()), exact());
  EXPECT_EQ((product<Rows::across, Rows::along>()), exact());
  EXPECT_EQ((product<Rows::across, Rows::across>()), exact());
}

template <Bug bug>
std::string failure() {
  return failure_of([] { product<Rows::along, Rows::across, bug>(); });
}

TEST(EmulatedHopper, ShowsWhatWasThereBeforeWhereNobodyWaits) {
  const unsigned long seed = emulated::seed();
  emulated::set_seed(0);  // under another one, work may be done before anybody could wait for it
  EXPECT_NE((product<Rows::along, Rows::across, Bug::no_wgmma_wait>()), exact());
  EXPECT_NE((product<Rows::along, Rows::across, Bug::no_wait>()), exact());
  emulated::set_seed(seed);
}

TEST(EmulatedHopper, SaysWhatIsWrong) {
  EXPECT_THAT(failure<Bug::no_fence>(), HasSubstr("no wgmma.fence"));
  EXPECT_THAT(failure<Bug::no_init>(), HasSubstr("an mbarrier that nobody has initialized"));
  EXPECT_THAT(failure<Bug::too_many_arrivals>(), HasSubstr("more than the 1 arrivals of a phase"));
  EXPECT_THAT(failure<Bug::overwritten>(), HasSubstr("over a factor of a wgmma that its warps have not waited for"));
  const std::string waits = failure<Bug::too_many_bytes>();
  EXPECT_THAT(waits, HasSubstr("deadlock: thread "));
  EXPECT_THAT(waits, HasSubstr("waits in mbarrier wait for parity 0"));
  EXPECT_THAT(waits, HasSubstr("hopper_test.cu:"));
}

__global__ void store_and_leave(const __grid_constant__ CUtensorMap D) {
  Shared& shared = *aligned_shared<Shared>();
  tma_store(D, shared.a, 0, 0);
  tma_store_commit();
}

TEST(EmulatedHopper, StopsAThreadThatLeavesItsStoresBehind) {
  const unsigned long seed = emulated::seed();
  emulated::set_seed(0);  // under another one, the store may be done before the thread leaves
  EXPECT_THAT(failure_of([] {
                const DeviceVector<Bf16> d(std::vector<Bf16>(64 * 64));
                launch(store_and_leave, {.shared_bytes = kSharedBytes}, tile_map(d.data(), 64, 64, 64));
              }),
              HasSubstr("without waiting for its TMA stores"));
  emulated::set_seed(seed);
}

// Each block tells its neighbour in the cluster its number by a barrier: nobody leaves before both have come.
__global__ void meet(int* ranks) {
  Barrier& barrier = *aligned_shared<Barrier>();
  if (threadIdx.x == 0) barrier_init(&barrier, 32);
  cluster_sync();
  barrier_arrive_at(&barrier, cluster_rank() ^ 1);
  barrier_wait(&barrier, 0);
  if (threadIdx.x == 0) ranks[blockIdx.x] = int(cluster_rank());
  cluster_sync();
}

TEST(EmulatedHopper, RunsTheBlocksOfAClusterTogether) {
  DeviceVector<int> ranks(std::vector<int>(6, -1));
  launch(meet, {.grid = 6, .block = 32, .cluster = 2, .shared_bytes = 2048}, ranks.data());
  EXPECT_EQ(ranks.host(), (std::vector<int>{0, 1, 0, 1, 0, 1}));
  EXPECT_THROW(launch(meet, {.grid = 5, .block = 32, .cluster = 2, .shared_bytes = 2048}, ranks.data()), CudaError);
}

// Block 1 answers block 0 at a barrier of block `to`, and nobody waits for the answer.
__global__ void arrive_late(int to) {
  Barrier& barrier = *aligned_shared<Barrier>();
  if (threadIdx.x == 0) barrier_init(&barrier, 32);
  cluster_sync();
  if (cluster_rank() == 0) return barrier_arrive_at(&barrier, 1);
  barrier_wait(&barrier, 0);
  barrier_arrive_at(&barrier, unsigned(to));
}

TEST(EmulatedHopper, StopsWhoReachesIntoABlockThatHasEndedOrIsNotThere) {
  const unsigned long seed = emulated::seed();
  emulated::set_seed(0);  // under another one, block 0 may end later
  EXPECT_THAT(failure_of([] { launch(arrive_late, {.grid = 2, .block = 32, .cluster = 2, .shared_bytes = 2048}, 0); }),
              HasSubstr("block 0 of the cluster has ended, and its shared memory with it"));
  EXPECT_THAT(failure_of([] { launch(arrive_late, {.grid = 2, .block = 32, .cluster = 2, .shared_bytes = 2048}, 2); }),
              HasSubstr("block 2 of a cluster of 2"));
  emulated::set_seed(seed);
}

// Each block fetches its part of x and adds it to the one y: y = y + the sum of the parts.
struct Part {
  float x[64];
  Barrier full;
};

__global__ void add_parts(const float* x, float* y) {
  Part& part = *aligned_shared<Part>();
  if (threadIdx.x == 0) {
    barrier_init(&part.full, 1);
    barriers_ready();
    barrier_expect(&part.full, sizeof part.x);
    tma_load_bytes(part.x, x + 64 * blockIdx.x, sizeof part.x, &part.full);
    barrier_wait(&part.full, 0);
    tma_add(y, part.x, sizeof part.x);
    tma_store_commit();
    tma_store_wait_read<0>();
  }
}

TEST(EmulatedHopper, AddsWhatSeveralBlocksFetched) {
  std::vector<float> parts(3 * 64), start(64), expected(64);
  for (size_t i = 0; i < 64; ++i) {
    expected[i] = start[i] = float(i) / 2;
    for (size_t b = 0; b < 3; ++b) expected[i] += parts[64 * b + i] = float(i * (b + 1) % 11) - 5;
  }
  const DeviceVector<float> x(parts);
  DeviceVector<float> y(start);
  launch(add_parts, {.grid = 3, .block = 32, .shared_bytes = sizeof(Part) + 1024}, x.data(), y.data());
  EXPECT_EQ(y.host(), expected);
}

TEST(EmulatedHopper, RefusesMapsThatTheDriverRefuses) {
  const DeviceVector<Bf16> x(std::vector<Bf16>(64 * 64));
  EXPECT_THROW(tile_map(x.data() + 1, 8, 64, 64), CudaError);  // not aligned to 16 bytes
  EXPECT_THROW(tile_map(x.data(), 8, 63, 64), CudaError);      // nor its rows
  EXPECT_THROW(tile_map(x.data(), 8, 64, 257), CudaError);     // a box has 256 rows at most
  EXPECT_THROW(tile_map(x.data(), 0, 64, 64), CudaError);      // nothing to copy
}

}  // namespace
}  // namespace cadena::cuda

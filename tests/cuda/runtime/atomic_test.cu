// Atomic operations: the value they leave, the value they return, in global and in shared memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cuda/runtime/launch.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

__global__ void update_all(int* i, unsigned* u, long long* l, unsigned long long* ul, float* f, double* d) {
  const int k = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const auto n = static_cast<unsigned>(k);
  atomicAdd(&i[0], k);
  atomicSub(&i[1], k);
  atomicMin(&i[2], 50 - k);
  atomicMax(&i[3], 50 - k);
  atomicAnd(&i[4], ~(1 << k % 7));
  atomicOr(&i[5], 1 << k % 7);
  atomicXor(&i[6], 1 << k % 7);
  atomicAdd(&u[0], n);
  atomicInc(&u[1], 9u);
  atomicDec(&u[2], 9u);
  atomicMax(&u[3], n);
  atomicMin(&u[4], n);
  atomicMin(&l[0], -1000000000000ll * k);
  atomicMax(&l[1], 1000000000000ll * k);
  atomicAdd(&ul[0], 10000000000ull);
  atomicOr(&ul[1], 1ull << k % 64);
  atomicMax(&ul[2], 1ull << k % 64);
  atomicAdd(f, 0.5f);
  atomicAdd(d, 0.25);
}

// 128 threads, k = 0 to 127; 0 + ... + 127 = 8128.
TEST(Atomic, LeavesTheResultOfAllUpdates) {
  const DeviceVector<int> i(std::vector<int>{0, 0, 0, 0, -1, 0, 0});
  const DeviceVector<unsigned> u(std::vector<unsigned>{0, 0, 0, 0, 9});
  const DeviceVector<long long> l(std::vector<long long>{0, 0});
  const DeviceVector<unsigned long long> ul(std::vector<unsigned long long>{0, 0, 0});
  const DeviceVector<float> f(std::vector<float>{0});
  const DeviceVector<double> d(std::vector<double>{0});
  launch(update_all, {.grid = 4, .block = 32}, i.data(), u.data(), l.data(), ul.data(), f.data(), d.data());
  // Bit b is flipped 19 times where b < 2, otherwise 18 times: 128 = 18 x 7 + 2.
  EXPECT_EQ(i.host(), (std::vector<int>{8128, -8128, -77, 50, -128, 127, 3}));
  // 128 steps of a counter of 10 values: 8 upward; downward from 0 the first goes to 9, and 127 more to 2.
  EXPECT_EQ(u.host(), (std::vector<unsigned>{8128, 8, 2, 127, 0}));
  EXPECT_EQ(l.host(), (std::vector<long long>{-127000000000000, 127000000000000}));
  EXPECT_EQ(ul.host(), (std::vector<unsigned long long>{1280000000000, ~0ull, 1ull << 63}));
  EXPECT_EQ(f.host()[0], 64.0f);
  EXPECT_EQ(d.host()[0], 32.0);
}

__global__ void take_tickets(unsigned* next, unsigned* taken, unsigned* exchanged) {
  __shared__ unsigned own;
  if (threadIdx.x == 0) own = atomicAdd(next, blockDim.x);
  __syncthreads();
  const unsigned mine = atomicAdd(&own, 1u);
  taken[mine] = mine;
  exchanged[mine] = atomicExch(next + 1, mine);
}

TEST(Atomic, ReturnsWhatWasThere) {
  const unsigned n = 192;
  const DeviceVector<unsigned> next(std::vector<unsigned>{0, n}), taken(n), exchanged(n);
  launch(take_tickets, {.grid = 3, .block = 64}, next.data(), taken.data(), exchanged.data());
  auto tickets = taken.host(), seen = exchanged.host();
  for (unsigned k = 0; k < n; ++k) EXPECT_EQ(tickets[k], k);
  seen.push_back(next.host()[1]);  // a chain: everyone's value is returned once, and one stays
  std::sort(seen.begin(), seen.end());
  for (unsigned k = 0; k <= n; ++k) EXPECT_EQ(seen[k], k);
}

/// As CUDA's guide does it: the first read is a plain one, and where it is stale, the exchange says so.
template <class T>
__attribute__((no_sanitize("thread"))) __global__ void multiply_by_exchange(T* product) {
  T old = *product, assumed;
  do {
    assumed = old;
    old = atomicCAS(product, assumed, static_cast<T>(assumed * 3));
  } while (old != assumed);
}

template <class T>
void expect_product() {
  const DeviceVector<T> product(std::vector<T>{1, 7});  // the neighbour stays
  launch(multiply_by_exchange<T>, {.grid = 5, .block = 2}, product.data());
  EXPECT_EQ(product.host(), (std::vector<T>{static_cast<T>(59049), 7}));  // 3 to the tenth
}

TEST(Atomic, ComparesAndExchanges) {
  expect_product<int>();
  expect_product<unsigned>();
  expect_product<unsigned long long>();
  expect_product<unsigned short>();
}

__global__ void lock_and_count(int* lock, volatile int* count) {
  for (bool done = false; !done;) {
    if (atomicCAS(lock, 0, 1) != 0) continue;
    __threadfence();
    *count = *count + 1;
    __threadfence();
    atomicExch(lock, 0);
    done = true;
  }
}

TEST(Atomic, HoldsALock) {
  const DeviceVector<int> lock(std::vector<int>{0, 0});
  launch(lock_and_count, {.grid = 6, .block = 40}, lock.data(), lock.data() + 1);
  EXPECT_EQ(lock.host(), (std::vector<int>{0, 240}));
}

}  // namespace
}  // namespace cadena::cuda

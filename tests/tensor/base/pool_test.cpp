#include "tensor/base/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tensor/base/error.h"

namespace cadena {
namespace {

TEST(Pool, BlocksAreAlignedAndDoNotOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 200u, 1024u, 1025u, 100000u}) {
    for (int repeat = 0; repeat < 3; ++repeat) {
      auto* block = static_cast<unsigned char*>(pool_allocate(bytes));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u) << bytes;
      std::memset(block, static_cast<int>(blocks.size()), bytes);
      blocks.emplace_back(block, bytes);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t k = 0; k < blocks[i].second; ++k) ASSERT_EQ(blocks[i].first[k], i);
  }
  for (const auto& [block, bytes] : blocks) pool_free(block, bytes);
}

TEST(Pool, BlocksInUseAreDistinctAfterManyRounds) {
  for (int round = 0; round < 100; ++round) {
    std::set<void*> blocks;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(blocks.insert(pool_allocate(48)).second);
    for (void* block : blocks) pool_free(block, 48);
  }
}

TEST(Pool, AnyThreadMayFree) {
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) blocks.push_back(pool_allocate(96));
  }).join();
  std::thread([&] {
    for (void* block : blocks) pool_free(block, 96);
  }).join();
  void* block = pool_allocate(96);
  std::memset(block, 1, 96);
  pool_free(block, 96);
}

TEST(Pool, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int round = 0; round < 2000; ++round) {
        const auto bytes = static_cast<std::size_t>(1 + (round * 37 + t) % 1500);
        auto* block = static_cast<unsigned char*>(pool_allocate(bytes));
        std::memset(block, t, bytes);
        ASSERT_EQ(block[bytes - 1], t);
        pool_free(block, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Pool, FreeingNothingIsAllowed) { pool_free(nullptr, 64); }

TEST(Pool, RunningOutOfMemoryThrows) {
  try {
    pool_allocate(std::size_t{1} << 62);
    FAIL() << "2^62 bytes were allocated";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("4611686018427387904 bytes"), std::string::npos) << error.what();
  }
}

TEST(Pool, NewFreesTheMemoryOfAnObjectThatThrows) {
  struct Thrower {
    Thrower() { throw std::runtime_error("no"); }
    char bytes[64];
  };
  EXPECT_THROW(pool_new<Thrower>(), std::runtime_error);
  struct Counter {
    int* alive;
    explicit Counter(int* count) : alive(count) { ++*alive; }
    ~Counter() { --*alive; }
  };
  int alive = 0;
  Counter* counter = pool_new<Counter>(&alive);
  EXPECT_EQ(alive, 1);
  pool_delete(counter);
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace cadena

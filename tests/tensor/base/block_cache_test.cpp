#include "tensor/base/block_cache.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/base/keep_blocks.h"
#include "tests/support/limited_memory.h"

namespace cadena {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(BlockCache, BlocksAreAlignedAndDoNotOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (int round = 0; round < 2; ++round) {  // the second time from what was kept
    for (std::size_t bytes : {0ul, 100ul, 65535ul, 65536ul, 65537ul, 81920ul, 81921ul, 131071ul, 1000000ul}) {
      for (int repeat = 0; repeat < 2; ++repeat) {
        auto* block = static_cast<unsigned char*>(block_allocate(bytes));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u) << bytes;
        std::memset(block, static_cast<int>(blocks.size()), bytes);
        blocks.emplace_back(block, bytes);
      }
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      for (std::size_t k = 0; k < blocks[i].second; ++k) ASSERT_EQ(blocks[i].first[k], i);
    }
    for (const auto& [block, bytes] : blocks) block_free(block, bytes);
    blocks.clear();
  }
}

TEST(BlockCache, ABlockThatWasGivenBackServesTheNextRequestOfItsSize) {
  if (!kKeepBlocks) GTEST_SKIP() << "sanitizers see every block come and go";
  for (std::size_t bytes : {100000ul, kMiB, 5 * kMiB, 64 * kMiB}) {
    std::thread([bytes] {  // has kept nothing yet
      void* block = block_allocate(bytes);
      block_free(block, bytes);
      EXPECT_GE(kept_block_bytes(), bytes);
      EXPECT_LE(kept_block_bytes(), bytes + bytes / 4);
      void* larger = block_allocate(bytes + bytes / 2);
      EXPECT_NE(larger, block) << bytes;
      EXPECT_EQ(block_allocate(bytes - bytes / 100), block) << bytes;
      EXPECT_EQ(kept_block_bytes(), 0u);
      block_free(larger, bytes + bytes / 2);
      block_free(block, bytes);
    })
        .join();
  }
}

TEST(BlockCache, AThreadKeepsNoMoreThanItsShare) {
  if (!kKeepBlocks) GTEST_SKIP() << "sanitizers see every block come and go";
  std::thread([] {
    std::vector<void*> blocks;
    for (int i = 0; i < 6; ++i) blocks.push_back(block_allocate(60 * kMiB));  // untouched, so without memory
    for (void* block : blocks) {
      block_free(block, 60 * kMiB);
      EXPECT_LE(kept_block_bytes(), 256 * kMiB);
    }
    EXPECT_GE(kept_block_bytes(), 60 * kMiB);
    void* huge = block_allocate(65 * kMiB);
    const std::size_t before = kept_block_bytes();
    block_free(huge, 65 * kMiB);
    EXPECT_EQ(kept_block_bytes(), before);
  }).join();
}

TEST(BlockCache, AnyThreadMayFree) {
  void* block = nullptr;
  std::thread([&] { block = block_allocate(kMiB); }).join();
  std::memset(block, 1, kMiB);
  std::thread([&] { block_free(block, kMiB); }).join();
  block_free(nullptr, kMiB);
}

TEST(BlockCache, WhatIsKeptIsFreedBeforeMemoryRunsOut) {
  if (!kKeepBlocks) GTEST_SKIP() << "sanitizers see every block come and go";
  if (!test::memory_can_be_limited()) GTEST_SKIP() << "limits on memory have no effect here";
  for (std::size_t bytes : {56 * kMiB, 80 * kMiB}) {  // of a size that is kept, and larger
    EXPECT_EXIT(std::thread([bytes] {                 // one that keeps nothing yet
                  void* const first = block_allocate(64 * kMiB);
                  block_free(block_allocate(60 * kMiB), 60 * kMiB);
                  block_free(first, 64 * kMiB);
                  test::limit_memory(0);
                  block_allocate(bytes);
                  std::_Exit(kept_block_bytes() == 0 ? 7 : 1);
                })
                    .join(),
                testing::ExitedWithCode(7), "")
        << bytes;
  }
}

TEST(BlockCache, RunningOutOfMemoryThrows) { EXPECT_THROW(block_allocate(std::size_t{1} << 62), MemoryError); }

}  // namespace
}  // namespace cadena

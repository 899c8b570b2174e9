#include "cuda/kernels/private_pool.h"

#include <gtest/gtest.h>

namespace cadena::cuda {
namespace {

TEST(PrivatePool, HandsOutAgainWhatWasGivenBack) {
  const auto pool = std::make_shared<PrivatePool>();
  void* large = pool->take(1000);
  void* small = pool->take(300);
  EXPECT_NE(large, small);
  EXPECT_TRUE(PrivatePool::give_back(large));
  EXPECT_TRUE(PrivatePool::give_back(small));
  EXPECT_EQ(pool->take(200), small);  // the smallest that fits
  EXPECT_EQ(pool->take(600), large);
  void* none_fits = pool->take(600);
  EXPECT_NE(none_fits, large);
  for (void* data : {large, small, none_fits}) EXPECT_TRUE(PrivatePool::give_back(data));
  void* tiny = pool->take(10);  // a block far too large would be missed elsewhere
  EXPECT_NE(tiny, small);
  EXPECT_TRUE(PrivatePool::give_back(tiny));
}

TEST(PrivatePool, KnowsItsOwn) {
  int anything = 0;
  EXPECT_FALSE(PrivatePool::give_back(&anything));
  const auto pool = std::make_shared<PrivatePool>();
  void* data = pool->take(64);
  EXPECT_FALSE(PrivatePool::give_back(&anything));
  EXPECT_TRUE(PrivatePool::give_back(data));
  EXPECT_FALSE(PrivatePool::give_back(data));
}

TEST(PrivatePool, LivesAsLongAsItsBlocks) {
  auto pool = std::make_shared<PrivatePool>();
  const std::weak_ptr<PrivatePool> seen = pool;
  void* data = pool->take(64);
  pool.reset();
  EXPECT_FALSE(seen.expired());
  EXPECT_TRUE(PrivatePool::give_back(data));
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace cadena::cuda

#include "tensor/base/free_list.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace cadena {
namespace {

TEST(FreeList, GivesBackWhatWasPutLastFirst) {
  FreeList list;
  EXPECT_TRUE(list.is_empty());
  void* const first = std::aligned_alloc(64, 64);
  void* const second = std::aligned_alloc(64, 128);
  list.put(first);
  list.put(second);
  EXPECT_FALSE(list.is_empty());
  EXPECT_EQ(list.take(), second);
  EXPECT_EQ(list.take(), first);
  EXPECT_TRUE(list.is_empty());
  list.put(second);
  list.put(first);
  list.release();  // what is not freed, here and at the end, the sanitizer reports
  EXPECT_TRUE(list.is_empty());
  list.put(std::aligned_alloc(64, 64));
}

}  // namespace
}  // namespace cadena

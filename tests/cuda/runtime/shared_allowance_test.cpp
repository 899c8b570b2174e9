#include "cuda/runtime/shared_allowance.h"

#include <gtest/gtest.h>

namespace cadena::cuda {
namespace {

TEST(SharedAllowance, IsForOneKernelOnOneDevice) {
  const int kernel = 0, other = 0;
  SharedAllowance allowance;
  EXPECT_FALSE(allowance.covers(0, &kernel, 1));
  allowance.set(0, &kernel, 64 << 10);
  EXPECT_TRUE(allowance.covers(0, &kernel, 64 << 10));
  EXPECT_TRUE(allowance.covers(0, &kernel, 1));
  EXPECT_FALSE(allowance.covers(0, &kernel, (64 << 10) + 1));
  EXPECT_FALSE(allowance.covers(1, &kernel, 1));
  EXPECT_FALSE(allowance.covers(0, &other, 1));
  allowance.clear();
  EXPECT_FALSE(allowance.covers(0, &kernel, 1));
}

}  // namespace
}  // namespace cadena::cuda

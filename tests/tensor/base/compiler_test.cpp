#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

// GCC 12.2 with AVX stores a block of equal constants that ends in zeros as if it had no zeros, see
// cmake/CadenaOptions.cmake. Shapes and literals are such blocks.
namespace cadena {
namespace {

template <class T>
[[gnu::noinline]] void expect_blocks(const std::vector<T>& x, int ones, int count) {
  ASSERT_EQ(x.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) EXPECT_EQ(x[static_cast<std::size_t>(i)], i < ones ? T{1} : T{0}) << i;
}

TEST(Compiler, StoresConstantsThatEndInZeros) {
  expect_blocks<double>({1, 1, 1, 0}, 3, 4);
  expect_blocks<double>({1, 1, 0, 0}, 2, 4);
  expect_blocks<double>({1, 1, 1, 1, 1, 1, 1, 0}, 7, 8);
  expect_blocks<std::int64_t>({1, 1, 1, 0}, 3, 4);
  expect_blocks<float>({1, 1, 1, 1, 1, 1, 0, 0}, 6, 8);
}

}  // namespace
}  // namespace cadena

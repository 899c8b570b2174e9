#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "tests/support/expect_values.h"
#include "tests/support/slope.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

TEST(MaximumSlope, TiesOfMaximumAndMinimumAreSharedInHalves) {
  const auto [a, b] = slopes([](auto& u, auto& v) { return maximum(u, v); }, {1, 2, 3}, {2, 2, 2});
  expect_values(a, {0, 0.5, 1});
  expect_values(b, {1, 0.5, 0});
  const auto [c, d] = slopes([](auto& u, auto& v) { return minimum(u, v); }, {1, 2, 3}, {2, 2, 2});
  expect_values(c, {1, 0.5, 0});
  expect_values(d, {0, 0.5, 1});
}

TEST(MaximumSlope, MaximumOfAVariableWithItselfPassesAll) {
  expect_values(slope([](const Variable& x) { return maximum(x, x); }, {-1, 3}), {1, 1});
}

}  // namespace
}  // namespace cadena

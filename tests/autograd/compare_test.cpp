#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/compare.h"
#include "autograd/exponential.h"
#include "autograd/rounding.h"
#include "tensor/compare.h"
#include "tests/support/expect_values.h"
#include "tests/support/slope.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

TEST(WhereSlope, WhereKeepsInfinityOfTheOtherBranchOut) {
  const auto [a, b] = slopes([](auto& u, auto& v) { return where(gt(u.value(), 0), u, v); }, {1, -1}, {5, 6});
  expect_values(a, {1, 0});
  expect_values(b, {0, 1});
  expect_values(slope([](const Variable& x) { return where(gt(x.value(), 0), log(clamp_min(x, 1e-3)), 0); }, {-1, 2}),
                {0, 0.5});
}

}  // namespace
}  // namespace cadena

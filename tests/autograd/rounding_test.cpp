#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/rounding.h"
#include "tests/support/expect_values.h"
#include "tests/support/slope.h"

// Expected values: PyTorch 1.13.
namespace cadena {
namespace {

using Unary = std::function<Variable(const Variable&)>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(RoundingSlope, AbsHasSlopeZeroAtZero) {
  expect_values(slope([](const Variable& x) { return abs(x); }, {-2, -0.0, 0, 2}), {-1, 0, 0, 1});
}

TEST(RoundingSlope, ClampPassesEverythingAtItsBounds) {
  expect_values(slope([](const Variable& x) { return clamp(x, -1, 1); }, {-2, -1, 0, 1, 2, kNan}), {0, 1, 1, 1, 0, 0});
  expect_values(slope([](const Variable& x) { return clamp_min(x, 0); }, {-1, 0, 1}), {0, 1, 1});
  expect_values(slope([](const Variable& x) { return clamp_max(x, 0); }, {-1, 0, 1}), {1, 1, 0});
}

TEST(RoundingSlope, RoundingHasSlopeZero) {
  for (const Unary& f :
       {Unary([](const Variable& x) { return round(x); }), Unary([](const Variable& x) { return floor(x); }),
        Unary([](const Variable& x) { return ceil(x); }), Unary([](const Variable& x) { return sign(x); })}) {
    expect_values(slope([&](const Variable& x) { return f(x) + x * 0; }, {-1.5, 0, 0.3}), {0, 0, 0});
    EXPECT_FALSE(f(parameter(tensor({1.5}))).requires_grad());
  }
}

}  // namespace
}  // namespace cadena

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/tensor.h"
#include "tensor/views.h"

namespace cadena {

/// The elements of x in row-major order are `expected`, each to a relative error of `tolerance`; NaN equals NaN alone.
inline void expect_values(const Tensor& x, const std::vector<double>& expected, double tolerance = 1e-14) {
  const std::vector<double> actual = x.to_vector();
  ASSERT_EQ(actual.size(), expected.size()) << "shape " << to_string(x.shape());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) EXPECT_TRUE(std::isnan(actual[i])) << "element " << i << " is " << actual[i];
    else if (std::isinf(expected[i])) EXPECT_EQ(actual[i], expected[i]) << "element " << i;
    else EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << "element " << i;
  }
}

/// Runs `f`, which must throw `Kind` with a message that contains `words`.
template <class Kind, class F>
void expect_error(F&& f, const std::string& words) {
  try {
    f();
    ADD_FAILURE() << "nothing was thrown, expected: " << words;
  } catch (const Kind& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

/// x in memory of its device with gaps, backwards and column-major: every op must give the same for it.
inline Tensor scattered(const Tensor& x) {
  if (x.rank() == 0) return x;
  Shape wide = x.shape();
  for (i64& extent : wide) extent *= 2;
  Shape turned = wide;
  std::vector<int> order;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    order.push_back(axis);
    turned[x.rank() - 1 - axis] = wide[axis];
  }
  Tensor view = permute(zeros(turned, x.dtype(), x.device()), Axes(std::span<const int>(order)));
  for (int axis = 0; axis < x.rank(); ++axis) view = slice(view, axis, {.step = 2});
  view = flip(view);
  copy_into(view, x);
  return view;
}

}  // namespace cadena

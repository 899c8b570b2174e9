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

/// Every element is the expected one, each to an error of `tolerance` relative to its magnitude or 1; NaN equals NaN
/// alone.
inline void expect_values(const std::vector<double>& actual, const std::vector<double>& expected,
                          double tolerance = 1e-12) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) EXPECT_TRUE(std::isnan(actual[i])) << "element " << i << " is " << actual[i];
    else if (std::isinf(expected[i])) EXPECT_EQ(actual[i], expected[i]) << "element " << i;
    else EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << "element " << i;
  }
}

/// The same for the elements of x in row-major order.
inline void expect_values(const Tensor& x, const std::vector<double>& expected, double tolerance = 1e-12) {
  expect_values(x.to_vector(), expected, tolerance);
}

/// The same, and the shapes are equal.
inline void expect_values(const Tensor& x, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(x.shape(), expected.shape());
  expect_values(x.to_vector(), expected.to_vector(), tolerance);
}

/// Quarters between -2.25 and 2.25 that repeat after 19 elements: \f$ x_i = ((37 i + s) \bmod 19 - 9) / 4 \f$, exact in
/// every floating dtype and easily made again by another tool.
inline Tensor pattern(const Shape& shape, i64 seed = 11, Dtype dtype = Dtype::f64) {
  std::vector<double> values;
  for (i64 i = 0; i < shape.numel(); ++i) values.push_back(static_cast<double>((i * 37 + seed) % 19 - 9) / 4);
  return from_values(std::span<const double>(values), shape, dtype);
}

/// The message of the `Kind` that f throws; fails the test if it throws nothing or something else.
template <class Kind, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Kind& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "an exception of another type: " << error.what();
    return {};
  }
  ADD_FAILURE() << "no exception";
  return {};
}

/// Runs `f`, which must throw `Kind` with a message that contains `words`.
template <class Kind, class F>
void expect_error(F&& f, const std::string& words) {
  const std::string message = message_of<Kind>(f);
  EXPECT_NE(message.find(words), std::string::npos) << message;
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

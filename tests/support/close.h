#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/tensor.h"
#include "tensor/views.h"

/// What tests of tensors share.
namespace cadena::support {

/// Every element within `tolerance` of the expected one, relative to its magnitude or 1; NaN only where NaN is
/// expected.
inline void expect_close(const std::vector<double>& actual, const std::vector<double>& expected,
                         double tolerance = 1e-12) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i], e = expected[i];
    const bool same = a == e || (std::isnan(a) && std::isnan(e));
    const bool close = std::abs(a - e) <= tolerance * std::max(1.0, std::abs(e));
    EXPECT_TRUE(same || close) << "element " << i << " is " << a << ", expected " << e;
  }
}
inline void expect_close(const Tensor& actual, const std::vector<double>& expected, double tolerance = 1e-12) {
  expect_close(actual.to_vector(), expected, tolerance);
}
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(actual.shape(), expected.shape());
  expect_close(actual.to_vector(), expected.to_vector(), tolerance);
}

/// Quarters between -2.25 and 2.25 that repeat after 19 elements: \f$ x_i = ((37 i + s) \bmod 19 - 9) / 4 \f$, exact in
/// every floating dtype and easily made again by another tool.
inline Tensor pattern(const Shape& shape, i64 seed = 11, Dtype dtype = Dtype::f64) {
  std::vector<double> values;
  for (i64 i = 0; i < shape.numel(); ++i) values.push_back(static_cast<double>((i * 37 + seed) % 19 - 9) / 4);
  return from_values(std::span<const double>(values), shape, dtype);
}

/// The same values in other places of memory: axes in reverse order, with gaps, the last axis backwards.
inline Tensor strided(const Tensor& x) {
  if (x.rank() == 0) return x;
  std::vector<int> reversed;
  for (int axis = x.rank() - 1; axis >= 0; --axis) reversed.push_back(axis);
  const Axes order{std::span<const int>(reversed)};
  const Tensor turned = flip(permute(x, order), 0);
  Shape wide = turned.shape();
  wide[wide.rank() - 1] = 2 * wide[wide.rank() - 1] + 1;
  const Tensor room = zeros(wide, x.dtype(), x.device());
  const Tensor gaps = slice(room, -1, {0, 2 * turned.size(-1), 2});
  copy_into(gaps, turned);
  return permute(flip(gaps, 0), order);
}

/// The message of the `E` that f throws; fails the test if it throws nothing or something else.
template <class E, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "an exception of another type: " << error.what();
    return {};
  }
  ADD_FAILURE() << "no exception";
  return {};
}

}  // namespace cadena::support

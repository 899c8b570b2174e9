#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/copy.h"
#include "tensor/random.h"
#include "tests/support/expect_values.h"

/// Tests of kernels on Device::cuda() against the same op on the CPU in f64.
namespace cadena::support {

inline constexpr Dtype kFloatingDtypes[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16};
inline constexpr Dtype kAllDtypes[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean};

/// Half the distance between 1 and the next number of the dtype.
inline double unit_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return 0x1p-24;
    case Dtype::f64: return 0x1p-53;
    case Dtype::f16: return 0x1p-11;
    case Dtype::bf16: return 0x1p-8;
    default: return 0;
  }
}

/// Random values, f64, on the CPU.
inline Tensor random(const Shape& shape, std::uint64_t seed = 1) {
  Generator generator(seed);
  return normal(generator, shape, 0, 1, Dtype::f64);
}

/// Random integers in [low, high), on the CPU.
inline Tensor random_index(const Shape& shape, i64 low, i64 high, std::uint64_t seed = 2) {
  Generator generator(seed);
  return randint(generator, shape, low, high);
}

inline Tensor on_cuda(const Tensor& x) { return to(x, Device::cuda()); }

/// The largest difference, in parts of the largest expected magnitude or 1; infinite where one of the two is NaN or
/// they are different infinities, or the shapes differ.
inline double distance(const Tensor& actual, const Tensor& expected) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (actual.shape() != expected.shape()) return kFar;
  const std::vector<double> a = actual.to_vector(), e = expected.to_vector();
  double scale = 1, worst = 0;
  for (const double x : e) scale = std::isfinite(x) ? std::max(scale, std::abs(x)) : scale;
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]))) continue;
    const double difference = std::abs(a[i] - e[i]) / scale;
    worst = difference >= 0 ? std::max(worst, difference) : kFar;
  }
  return worst;
}

/// The same elements to the bit, and of one dtype, with `actual` on the device.
inline void expect_same(const Tensor& actual, const Tensor& expected) {
  EXPECT_EQ(actual.device(), Device::cuda());
  EXPECT_EQ(actual.dtype(), expected.dtype());
  EXPECT_EQ(actual.shape(), expected.shape());
  EXPECT_EQ(distance(actual, expected), 0);
}

/// `f(operands)`, one or several tensors, for all floating dtypes and two layouts on the device, against f in f64 on
/// the CPU for the same values. The bound, in parts of the largest magnitude: one rounding to the dtype, and `units`
/// roundings in the dtype of the computation.
template <class F>
void expect_agreement(const std::vector<Tensor>& operands, double units, F f) {
  for (const Dtype dtype : kFloatingDtypes) {
    for (const bool gaps : {false, true}) {
      std::vector<Tensor> there, here;
      for (const Tensor& x : operands) {
        const Tensor rounded = is_floating(x.dtype()) ? cast(x, dtype) : x;
        here.push_back(is_floating(x.dtype()) ? cast(rounded, Dtype::f64) : x);
        there.push_back(gaps ? scattered(on_cuda(rounded)) : on_cuda(rounded));
      }
      const std::vector<Tensor> actual = f(there), expected = f(here);
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        const bool rounded = is_floating(actual[i].dtype());
        EXPECT_EQ(actual[i].device(), Device::cuda());
        const double once = rounded && size_of(actual[i].dtype()) == 2 ? unit_of(dtype) : 0;
        const double bound = rounded ? once + units * unit_of(compute_dtype(dtype)) : 0;
        const double error = distance(actual[i], expected[i]);
        EXPECT_LE(error, bound) << "result " << i << " in " << to_string(dtype) << (gaps ? ", strided" : "");
      }
    }
  }
}

}  // namespace cadena::support

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/tensor.h"
#include "tests/support/expect_values.h"

/// What the tests of the CUDA kernels share: one computation on the CUDA device in the dtype it ships, and on the CPU
/// in f64 from the same values.
namespace cadena::parity {

using Tensors = std::vector<Tensor>;

inline const std::vector<Dtype> kFloats{Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16};

/// Shapes of odd sizes: around a warp, a block, a pack, and one that several blocks share.
inline const std::vector<Shape> kMatrices{{1, 1}, {3, 31}, {33, 1}, {5, 128}, {129, 3}, {2, 1000}, {7, 2049}, {300, 5}};

/// The error that one rounding to `dtype` and a few in its compute type explain.
inline double bound(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return 1e-13;
    case Dtype::f32: return 4e-6;
    case Dtype::f16: return 6e-4;
    case Dtype::bf16: return 5e-3;
    default: return 0;
  }
}

/// Normal values, different ones for each seed.
inline Tensor noise(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1) {
  Generator generator(seed);
  return normal(generator, shape, mean, deviation, Dtype::f64);
}

/// Every element of the device's result within `tolerance` of the CPU's, relative to its magnitude or 1; NaN only where
/// the CPU has NaN.
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  EXPECT_EQ(actual.device(), Device::cuda());
  ASSERT_EQ(actual.shape(), expected.shape());
  const std::vector<double> a = to(actual, Device::cpu()).to_vector(), e = expected.to_vector();
  int wrong = 0;
  for (std::size_t i = 0; i < e.size() && wrong < 3; ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
    if (same || std::abs(a[i] - e[i]) <= tolerance * std::max(1.0, std::abs(e[i]))) continue;
    ++wrong;
    ADD_FAILURE() << to_string(actual.dtype()) << " " << to_string(actual.shape()) << ": element " << i << " is "
                  << a[i] << ", expected " << e[i];
  }
}

inline Tensors as_list(const Tensor& x) { return {x}; }
inline Tensors as_list(const Tensors& x) { return x; }

/// f(inputs), a tensor or several, on the device is what it is on the CPU: `inputs` row-major, then scattered. Floating
/// inputs are f64 and taken in every dtype of `dtypes`; the CPU computes in f64 what the device computes in that dtype,
/// to `scale` times its bound. Integers and booleans stay what they are, and results of these dtypes are exact.
template <class F>
void expect_parity(const Tensors& inputs, F f, double scale = 1, const std::vector<Dtype>& dtypes = kFloats) {
  for (const Dtype dtype : dtypes) {
    Tensors exact, plain, elsewhere;
    for (const Tensor& x : inputs) {
      const Tensor typed = is_floating(x.dtype()) ? cast(x, dtype) : x;
      exact.push_back(is_floating(x.dtype()) ? cast(typed, Dtype::f64) : x);
      plain.push_back(to(typed, Device::cuda()));
      elsewhere.push_back(scattered(to(typed, Device::cuda())));
    }
    const Tensors expected = as_list(f(exact));
    for (const Tensors& on_device : {plain, elsewhere}) {
      const Tensors actual = as_list(f(on_device));
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        expect_close(actual[i], expected[i], scale * bound(actual[i].dtype()));
      }
    }
  }
}

/// The same for inputs that are taken as they are: results equal the CPU's to the bit.
template <class F>
void expect_equal(const Tensors& inputs, F f) {
  Tensors plain, elsewhere;
  for (const Tensor& x : inputs) {
    plain.push_back(to(x, Device::cuda()));
    elsewhere.push_back(scattered(to(x, Device::cuda())));
  }
  const Tensors expected = as_list(f(inputs));
  for (const Tensors& on_device : {plain, elsewhere}) {
    const Tensors actual = as_list(f(on_device));
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) expect_close(actual[i], expected[i], 0);
  }
}

}  // namespace cadena::parity

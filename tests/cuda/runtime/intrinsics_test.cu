// Arithmetic that CUDA adds to C++. Expected bits were computed by Python's integers and fractions.Fraction.
#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/runtime/launch.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

constexpr int kOperands = 6, kFunctions = 9;

__global__ void integer_functions(const unsigned* left, const unsigned* right, unsigned* out) {
  const unsigned x = left[threadIdx.x], y = right[threadIdx.x];
  const int a = static_cast<int>(x), b = static_cast<int>(y);
  const unsigned results[kFunctions] = {unsigned(__popc(x)),
                                        unsigned(__clz(a)),
                                        unsigned(__ffs(a)),
                                        __brev(x),
                                        __umulhi(x, y),
                                        unsigned(__mulhi(a, b)),
                                        __funnelshift_l(x, y, 37u),
                                        __funnelshift_r(x, y, 37u),
                                        __byte_perm(x, y, 0xb470u)};
  for (int i = 0; i < kFunctions; ++i) out[i * kOperands + threadIdx.x] = results[i];
}

TEST(Intrinsics, OfIntegers) {
  const DeviceVector<unsigned> x(std::vector{0u, 1u, 0x80000000u, 0xffffffffu, 0x12345678u, 0x00f000f0u});
  const DeviceVector<unsigned> y(std::vector{5u, 0xffffffffu, 3u, 0xdeadbeefu, 0x80000000u, 0x01234567u});
  DeviceVector<unsigned> out(kOperands * kFunctions);
  launch(integer_functions, {.block = kOperands}, x.data(), y.data(), out.data());
  const std::vector<std::vector<unsigned>> expected = {
      {0x0, 0x1, 0x1, 0x20, 0xd, 0x8},
      {0x20, 0x1f, 0x0, 0x0, 0x3, 0x8},
      {0x0, 0x1, 0x20, 0x1, 0x4, 0x5},
      {0x0, 0x80000000, 0x1, 0xffffffff, 0x1e6a2c48, 0xf000f00},
      {0x0, 0x0, 0x1, 0xdeadbeee, 0x91a2b3c, 0x11112},
      {0x0, 0xffffffff, 0xfffffffe, 0x0, 0xf6e5d4c4, 0x11112},
      {0xa0, 0xffffffe0, 0x70, 0xd5b7ddff, 0x2, 0x2468ace0},
      {0x28000000, 0xf8000000, 0x1c000000, 0x7fffffff, 0x91a2b3, 0x38078007},
      {0x50000, 0xffff01, 0xff030000, 0xffefdeff, 0x8078, 0x6701f0}};
  const auto got = out.host();
  for (size_t i = 0; i < kFunctions; ++i) {
    for (size_t j = 0; j < kOperands; ++j) EXPECT_EQ(got[i * kOperands + j], expected[i][j]) << i << ", " << j;
  }
}

__global__ void long_functions(unsigned long long x, unsigned long long y, unsigned long long* out) {
  const auto a = static_cast<long long>(x);
  out[0] = static_cast<unsigned long long>(__clzll(a));
  out[1] = static_cast<unsigned long long>(__ffsll(a));
  out[2] = static_cast<unsigned long long>(__popcll(x));
  out[3] = __umul64hi(x, y);
}

TEST(Intrinsics, OfLongIntegers) {
  DeviceVector<unsigned long long> out(4);
  launch(long_functions, {}, 0x123456789abcdef0ull, 0xfedcba9876543210ull, out.data());
  EXPECT_EQ(out.host(), (std::vector<unsigned long long>{3, 5, 32, 0x121fa00ad77d7422ull}));
}

__global__ void to_integers(const float* x, int* out) {
  const float own = x[threadIdx.x];
  int* mine = out + 6 * threadIdx.x;
  mine[0] = __float2int_rn(own);
  mine[1] = __float2int_rz(own);
  mine[2] = __float2int_rd(own);
  mine[3] = __float2int_ru(own);
  mine[4] = static_cast<int>(__float2uint_rn(own));
  mine[5] = static_cast<int>(__float2uint_rz(own));
}

TEST(Intrinsics, ConvertWithARoundingModeAndSaturate) {
  const DeviceVector<float> x(std::vector{2.5f, -2.5f, 3e9f, -3e9f, std::nanf("")});
  DeviceVector<int> out(30);
  launch(to_integers, {.block = 5}, x.data(), out.data());
  const int most = INT_MAX, least = INT_MIN, unsigned_3e9 = static_cast<int>(3000000000u);
  EXPECT_EQ(out.host(), (std::vector<int>{2,
                                          2,
                                          2,
                                          3,
                                          2,
                                          2,  //
                                          -2,
                                          -2,
                                          -3,
                                          -2,
                                          0,
                                          0,  //
                                          most,
                                          most,
                                          most,
                                          most,
                                          unsigned_3e9,
                                          unsigned_3e9,  //
                                          least,
                                          least,
                                          least,
                                          least,
                                          0,
                                          0,  //
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0}));
}

__global__ void fast(float x, float* out) {
  const float results[] = {__expf(x),        __logf(x),   __log2f(x), __sinf(x), __cosf(x), __powf(x, 1.5f),
                           __fdividef(x, 3), __exp10f(x), rsqrtf(x),  tanhf(x),  __tanf(x), __saturatef(x)};
  for (unsigned i = 0; i < sizeof results / sizeof results[0]; ++i) out[i] = results[i];
}

// A GPU's fast functions are off by some units in the last place.
TEST(Intrinsics, OfFastMath) {
  DeviceVector<float> out(12);
  const double x = 1.25;
  launch(fast, {}, 1.25f, out.data());
  const double expected[] = {std::exp(x),      std::log(x),      std::log2(x), std::sin(x),
                             std::cos(x),      std::pow(x, 1.5), x / 3,        std::pow(10.0, x),
                             1 / std::sqrt(x), std::tanh(x),     std::tan(x),  1.0};
  const auto got = out.host();
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(got[i], expected[i], 4e-6 * std::abs(expected[i])) << i;
}

}  // namespace
}  // namespace cadena::cuda

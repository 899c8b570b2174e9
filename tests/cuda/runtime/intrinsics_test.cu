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

constexpr int kOperands = 6, kFunctions = 19;

__global__ void integer_functions(const unsigned* left, const unsigned* right, unsigned* out) {
  const unsigned x = left[threadIdx.x], y = right[threadIdx.x];
  const int a = static_cast<int>(x), b = static_cast<int>(y);
  const unsigned results[kFunctions] = {unsigned(__popc(x)),
                                        unsigned(__clz(a)),
                                        unsigned(__ffs(a)),
                                        __brev(x),
                                        __umul24(x, y),
                                        unsigned(__mul24(a, b)),
                                        __umulhi(x, y),
                                        unsigned(__mulhi(a, b)),
                                        unsigned(__hadd(a, b)),
                                        __urhadd(x, y),
                                        __sad(a, b, 7u),
                                        __usad(x, y, 7u),
                                        __funnelshift_l(x, y, 37u),
                                        __funnelshift_r(x, y, 37u),
                                        __funnelshift_lc(x, y, 37u),
                                        __funnelshift_rc(x, y, 37u),
                                        __byte_perm(x, y, 0xb470u),
                                        unsigned(__dp4a(a, b, 9)),
                                        __dp4a(x, y, 9u)};
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
      {0x0, 0xffffff, 0x0, 0xee524111, 0x0, 0x31a11090},
      {0x0, 0xffffffff, 0x0, 0x524111, 0x0, 0xcaa11090},
      {0x0, 0x0, 0x1, 0xdeadbeee, 0x91a2b3c, 0x11112},
      {0x0, 0xffffffff, 0xfffffffe, 0x0, 0xf6e5d4c4, 0x11112},
      {0x2, 0x0, 0xc0000001, 0xef56df77, 0xc91a2b3c, 0x109a32b},
      {0x3, 0x80000000, 0x40000002, 0xef56df77, 0x491a2b3c, 0x109a32c},
      {0xc, 0x9, 0x8000000a, 0x21524117, 0x9234567f, 0x33447e},
      {0xc, 0x5, 0x80000004, 0x21524117, 0x6dcba98f, 0x33447e},
      {0xa0, 0xffffffe0, 0x70, 0xd5b7ddff, 0x2, 0x2468ace0},
      {0x28000000, 0xf8000000, 0x1c000000, 0x7fffffff, 0x91a2b3, 0x38078007},
      {0x0, 0x1, 0x80000000, 0xffffffff, 0x12345678, 0xf000f0},
      {0x5, 0xffffffff, 0x3, 0xdeadbeef, 0x80000000, 0x1234567},
      {0x50000, 0xffff01, 0xff030000, 0xffefdeff, 0x8078, 0x6701f0},
      {0x9, 0x8, 0x9, 0xd1, 0xfffff709, 0xfffff769},
      {0x9, 0x108, 0x9, 0x334d1, 0x909, 0x8169}};
  const auto got = out.host();
  for (size_t i = 0; i < kFunctions; ++i) {
    for (size_t j = 0; j < kOperands; ++j) EXPECT_EQ(got[i * kOperands + j], expected[i][j]) << i << ", " << j;
  }
}

__global__ void long_functions(unsigned long long x, unsigned long long y, unsigned long long* out) {
  const auto a = static_cast<long long>(x), b = static_cast<long long>(y);
  out[0] = __brevll(x);
  out[1] = static_cast<unsigned long long>(__clzll(a));
  out[2] = static_cast<unsigned long long>(__ffsll(a));
  out[3] = static_cast<unsigned long long>(__popcll(x));
  out[4] = __umul64hi(x, y);
  out[5] = static_cast<unsigned long long>(__mul64hi(a, b));
}

TEST(Intrinsics, OfLongIntegers) {
  DeviceVector<unsigned long long> out(6);
  launch(long_functions, {}, 0x123456789abcdef0ull, 0xfedcba9876543210ull, out.data());
  EXPECT_EQ(out.host(), (std::vector<unsigned long long>{0xf7b3d591e6a2c48ull, 3, 5, 32, 0x121fa00ad77d7422ull,
                                                         0xffeb49923cc09532ull}));
}

__global__ void directed(float a, float b, float c, unsigned* out) {
  const float results[] = {
      __fadd_rn(a, b),        __fadd_rz(a, b),
      __fadd_rd(a, b),        __fadd_ru(a, b),
      __fsub_rn(a, b),        __fsub_rz(a, b),
      __fsub_rd(a, b),        __fsub_ru(a, b),
      __fmul_rn(a, b),        __fmul_rz(a, b),
      __fmul_rd(a, b),        __fmul_ru(a, b),
      __fdiv_rn(b, a),        __fdiv_rz(b, a),
      __fdiv_rd(b, a),        __fdiv_ru(b, a),
      __fmaf_rn(a, c, b),     __fmaf_rz(a, c, b),
      __fmaf_rd(a, c, b),     __fmaf_ru(a, c, b),
      __frcp_rn(c),           __frcp_rz(c),
      __frcp_rd(c),           __frcp_ru(c),
      __fsqrt_rn(c),          __fsqrt_rz(c),
      __fsqrt_rd(c),          __fsqrt_ru(c),
      __fmul_rz(3e38f, a),    __fmul_rd(3e38f, a * 2),
      __fadd_ru(0.0f, b * 0), __fadd_rd(a, -a),
      __fsub_rd(a, a),        __fadd_rz(a, -a),
      __fadd_rd(0.0f, b * 0), __fadd_rd(0.0f, a * 0),
      __fmul_rd(0.0f, a),     __fmaf_rd(a, 2.0f, -2 * a),
  };
  for (unsigned i = 0; i < sizeof results / sizeof results[0]; ++i) out[i] = __float_as_uint(results[i]);
}

TEST(Intrinsics, RoundToTheSideAskedFor) {
  DeviceVector<unsigned> out(38);
  launch(directed, {}, 1.1f, -3.3e-9f, 0.7f, out.data());
  EXPECT_EQ(out.host(), (std::vector<unsigned>{0x3f8ccccd, 0x3f8ccccc, 0x3f8ccccc, 0x3f8ccccd,  // add
                                               0x3f8ccccd, 0x3f8ccccd, 0x3f8ccccd, 0x3f8cccce,  // sub
                                               0xb17973a3, 0xb17973a3, 0xb17973a4, 0xb17973a3,  // mul
                                               0xb14e288f, 0xb14e288e, 0xb14e288f, 0xb14e288e,  // div
                                               0x3f451eb8, 0x3f451eb8, 0x3f451eb8, 0x3f451eb9,  // fma
                                               0x3fb6db6e, 0x3fb6db6d, 0x3fb6db6d, 0x3fb6db6e,  // rcp
                                               0x3f562f5a, 0x3f562f59, 0x3f562f59, 0x3f562f5a,  // sqrt
                                               0x7f7843b0, 0x7f7fffff, 0x00000000,  // near and beyond the end
                                               0x80000000, 0x80000000, 0x00000000, 0x80000000,  // zeros of sums
                                               0x00000000, 0x00000000, 0x80000000}));
}

__global__ void sums_with_little(float one, float little, float* out) {
  out[0] = __fadd_ru(one, little);
  out[1] = __fadd_rd(one, little);
  out[2] = __fsub_rz(one, little);
  out[3] = __fmaf_rd(one, one, -little);
}

// f64 has no room for 1 + 2^-100 either. The neighbours of 1 are 1 + 2^-23 and 1 - 2^-24.
TEST(Intrinsics, RoundSumsThatNotEvenDoublesHold) {
  DeviceVector<float> out(4);
  launch(sums_with_little, {}, 1.0f, 0x1p-100f, out.data());
  EXPECT_EQ(out.host(), (std::vector<float>{1 + 0x1p-23f, 1, 1 - 0x1p-24f, 1 - 0x1p-24f}));
}

__global__ void unfused(float a, float b, float c, float* out) {
  out[0] = __fadd_rn(a * b, c);  // the product is rounded, then the sum
  out[1] = __fmul_rn(a, b) + c;
}

// (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, of which f32 keeps 1 + 2^-11: what a fused operation keeps is lost.
TEST(Intrinsics, RoundedProductsAreNotFused) {
  DeviceVector<float> out(2);
  launch(unfused, {}, 1 + 0x1p-12f, 1 + 0x1p-12f, -(1 + 0x1p-11f), out.data());
  EXPECT_EQ(out.host(), std::vector<float>(2, 0.0f));
}

__global__ void to_integers(const float* x, int* out, long long* out_64) {
  const float own = x[threadIdx.x];
  int* mine = out + 8 * threadIdx.x;
  mine[0] = __float2int_rn(own);
  mine[1] = __float2int_rz(own);
  mine[2] = __float2int_rd(own);
  mine[3] = __float2int_ru(own);
  mine[4] = static_cast<int>(__float2uint_rn(own));
  mine[5] = static_cast<int>(__float2uint_rz(own));
  mine[6] = __double2int_rz(double(own));
  mine[7] = __double2int_rn(double(own));
  out_64[threadIdx.x] = __float2ll_rz(own);
}

TEST(Intrinsics, ConvertWithARoundingModeAndSaturate) {
  const DeviceVector<float> x(std::vector{2.5f, -2.5f, 3e9f, -3e9f, std::nanf("")});
  DeviceVector<int> out(40);
  DeviceVector<long long> out_64(5);
  launch(to_integers, {.block = 5}, x.data(), out.data(), out_64.data());
  const int most = INT_MAX, least = INT_MIN, unsigned_3e9 = static_cast<int>(3000000000u);
  EXPECT_EQ(out.host(), (std::vector<int>{2,
                                          2,
                                          2,
                                          3,
                                          2,
                                          2,
                                          2,
                                          2,  //
                                          -2,
                                          -2,
                                          -3,
                                          -2,
                                          0,
                                          0,
                                          -2,
                                          -2,  //
                                          most,
                                          most,
                                          most,
                                          most,
                                          unsigned_3e9,
                                          unsigned_3e9,
                                          most,
                                          most,  //
                                          least,
                                          least,
                                          least,
                                          least,
                                          0,
                                          0,
                                          least,
                                          least,  //
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          least,
                                          least}));
  EXPECT_EQ(out_64.host(), (std::vector<long long>{2, -2, 3000000000, -3000000000, LLONG_MIN}));
}

__global__ void bits_of_doubles(double x, int* out, double* again) {
  out[0] = __double2hiint(x);
  out[1] = __double2loint(x);
  *again = __hiloint2double(out[0], out[1]);
}

TEST(Intrinsics, TakeDoublesApart) {
  DeviceVector<int> out(2);
  DeviceVector<double> again(1);
  launch(bits_of_doubles, {}, -1.1, out.data(), again.data());
  EXPECT_EQ(out.host(), (std::vector<int>{static_cast<int>(0xbff19999), static_cast<int>(0x9999999a)}));
  EXPECT_EQ(again.host(), std::vector<double>{-1.1});
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

__global__ void half_turns(float* out) {
  const float x[] = {0.0f, 0.5f, 1.0f, 1.5f, -3.0f, 1e8f};
  for (int i = 0; i < 6; ++i) {
    out[2 * i] = sinpif(x[i]);
    out[2 * i + 1] = cospif(x[i]);
  }
}

TEST(Intrinsics, SinesOfHalfTurnsAreExact) {
  DeviceVector<float> out(12);
  launch(half_turns, {}, out.data());
  EXPECT_EQ(out.host(), (std::vector<float>{0, 1, 1, 0, 0, -1, -1, 0, 0, -1, 0, 1}));
}

__global__ void extremes(int n, unsigned u, float f, double d, double* out) {
  out[0] = max(n, u);  // -1 is the largest unsigned number
  out[1] = min(n, u);
  out[2] = min(f, d);
  out[3] = max(n, 3);
  out[4] = max(f, NAN);
  out[5] = static_cast<double>(min(7ll, 9ull));
}

TEST(Intrinsics, MinAndMaxOfMixedTypes) {
  DeviceVector<double> out(6);
  launch(extremes, {}, -1, 4u, 1.5f, 1.25, out.data());
  EXPECT_EQ(out.host(), (std::vector<double>{4294967295.0, 4, 1.25, 3, 1.5, 7}));
}

__global__ void vectors(float* out) {
  const double3 d = make_double3(1, 2, 4);
  const ushort4 s = make_ushort4(5, 6, 7, 8);
  const char3 c = make_char3(9, 10, 11);
  const ulonglong2 l = make_ulonglong2(12, 13);
  out[0] = static_cast<float>(d.z + s.z + c.y) + static_cast<float>(l.x);
}

TEST(Vectors, OfEveryTypeAndLength) {
  static_assert(sizeof(float3) == 12 && alignof(float4) == 16 && alignof(short4) == 8 && alignof(char4) == 4 &&
                alignof(double2) == 16 && sizeof(uchar3) == 3);
  DeviceVector<float> out(1);
  launch(vectors, {}, out.data());
  EXPECT_EQ(out.host(), std::vector<float>{33});
}

}  // namespace
}  // namespace cadena::cuda

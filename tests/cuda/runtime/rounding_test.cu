// Directed rounding of f64, and conversions. Expected bits were computed by Python's fractions.Fraction, which are
// exact.
#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/runtime/launch.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

using Bits = std::vector<unsigned long long>;

__global__ void directed(double a, double b, double c, unsigned long long* out) {
  const double root = b < 0 ? -b : b;
  const double results[] = {
      __dadd_rn(a, b),   __dsub_rn(a, b),  __dmul_rn(a, b),  __fma_rn(a, c, b), __ddiv_rn(a, c),   __drcp_rn(c),
      __dsqrt_rn(root),  __dadd_rz(a, b),  __dsub_rz(a, b),  __dmul_rz(a, b),   __fma_rz(a, c, b), __ddiv_rz(a, c),
      __drcp_rz(c),      __dsqrt_rz(root), __dadd_rd(a, b),  __dsub_rd(a, b),   __dmul_rd(a, b),   __fma_rd(a, c, b),
      __ddiv_rd(a, c),   __drcp_rd(c),     __dsqrt_rd(root), __dadd_ru(a, b),   __dsub_ru(a, b),   __dmul_ru(a, b),
      __fma_ru(a, c, b), __ddiv_ru(a, c),  __drcp_ru(c),     __dsqrt_ru(root),
  };
  for (int i = 0; i < 28; ++i) out[i] = static_cast<unsigned long long>(__double_as_longlong(results[i]));
}

Bits directed_bits(double a, double b, double c) {
  DeviceVector<unsigned long long> out(28);
  launch(directed, {}, a, b, c, out.data());
  return out.host();
}

// In each: a + b, a - b, a b, a c + b, a / c, 1 / c and the root of |b|; to the nearest, toward zero, down, up.
TEST(Rounding, OfDoublesToTheSideAskedFor) {
  EXPECT_EQ(directed_bits(1.1, -3.3e-9, 0.7),
            (Bits{0x3ff1999998b6d363, 0x3ff199999a7c5fd1, 0xbe2f2e7454b721a1, 0x3fe8a3d70877e436, 0x3ff924924924924a,
                  0x3ff6db6db6db6db7, 0x3f0e1e38b21bc693, 0x3ff1999998b6d363, 0x3ff199999a7c5fd0, 0xbe2f2e7454b721a1,
                  0x3fe8a3d70877e436, 0x3ff924924924924a, 0x3ff6db6db6db6db7, 0x3f0e1e38b21bc693, 0x3ff1999998b6d363,
                  0x3ff199999a7c5fd0, 0xbe2f2e7454b721a2, 0x3fe8a3d70877e436, 0x3ff924924924924a, 0x3ff6db6db6db6db7,
                  0x3f0e1e38b21bc693, 0x3ff1999998b6d364, 0x3ff199999a7c5fd1, 0xbe2f2e7454b721a1, 0x3fe8a3d70877e437,
                  0x3ff924924924924b, 0x3ff6db6db6db6db8, 0x3f0e1e38b21bc694}));
  EXPECT_EQ(directed_bits(-1.0 / 3, 0x1p-60, 7),
            (Bits{0xbfd5555555555555, 0xbfd5555555555555, 0xbc15555555555555, 0xc002aaaaaaaaaaaa, 0xbfa8618618618618,
                  0x3fc2492492492492, 0x3e10000000000000, 0xbfd5555555555554, 0xbfd5555555555555, 0xbc15555555555555,
                  0xc002aaaaaaaaaaaa, 0xbfa8618618618618, 0x3fc2492492492492, 0x3e10000000000000, 0xbfd5555555555555,
                  0xbfd5555555555556, 0xbc15555555555555, 0xc002aaaaaaaaaaab, 0xbfa8618618618618, 0x3fc2492492492492,
                  0x3e10000000000000, 0xbfd5555555555554, 0xbfd5555555555555, 0xbc15555555555555, 0xc002aaaaaaaaaaaa,
                  0xbfa8618618618618, 0x3fc2492492492493, 0x3e10000000000000}));
}

TEST(Rounding, OfDoublesAtTheEndsOfTheirRange) {
  EXPECT_EQ(directed_bits(0x1p-1074, 0.25, 3),
            (Bits{0x3fd0000000000000, 0xbfd0000000000000, 0x0000000000000000, 0x3fd0000000000000, 0x0000000000000000,
                  0x3fd5555555555555, 0x3fe0000000000000, 0x3fd0000000000000, 0xbfcfffffffffffff, 0x0000000000000000,
                  0x3fd0000000000000, 0x0000000000000000, 0x3fd5555555555555, 0x3fe0000000000000, 0x3fd0000000000000,
                  0xbfd0000000000000, 0x0000000000000000, 0x3fd0000000000000, 0x0000000000000000, 0x3fd5555555555555,
                  0x3fe0000000000000, 0x3fd0000000000001, 0xbfcfffffffffffff, 0x0000000000000001, 0x3fd0000000000001,
                  0x0000000000000001, 0x3fd5555555555556, 0x3fe0000000000000}));
  EXPECT_EQ(directed_bits(1.5e308, 1.25, 1e-300),
            (Bits{0x7feab36d48e1acf0, 0x7feab36d48e1acf0, 0x7ff0000000000000, 0x41a1e1a302800000, 0x7ff0000000000000,
                  0x7e37e43c8800759b, 0x3ff1e3779b97f4a8, 0x7feab36d48e1acf0, 0x7feab36d48e1acef, 0x7fefffffffffffff,
                  0x41a1e1a302800000, 0x7fefffffffffffff, 0x7e37e43c8800759b, 0x3ff1e3779b97f4a7, 0x7feab36d48e1acf0,
                  0x7feab36d48e1acef, 0x7fefffffffffffff, 0x41a1e1a302800000, 0x7fefffffffffffff, 0x7e37e43c8800759b,
                  0x3ff1e3779b97f4a7, 0x7feab36d48e1acf1, 0x7feab36d48e1acf0, 0x7ff0000000000000, 0x41a1e1a302800001,
                  0x7ff0000000000000, 0x7e37e43c8800759c, 0x3ff1e3779b97f4a8}));
}

// Twice the digits have no room for 1 + 2^-300 either.
TEST(Rounding, OfSumsThatTwiceTheDigitsDoNotHold) {
  EXPECT_EQ(directed_bits(1, 0x1p-300, -1),
            (Bits{0x3ff0000000000000, 0x3ff0000000000000, 0x2d30000000000000, 0xbff0000000000000, 0xbff0000000000000,
                  0xbff0000000000000, 0x3690000000000000, 0x3ff0000000000000, 0x3fefffffffffffff, 0x2d30000000000000,
                  0xbfefffffffffffff, 0xbff0000000000000, 0xbff0000000000000, 0x3690000000000000, 0x3ff0000000000000,
                  0x3fefffffffffffff, 0x2d30000000000000, 0xbff0000000000000, 0xbff0000000000000, 0xbff0000000000000,
                  0x3690000000000000, 0x3ff0000000000001, 0x3ff0000000000000, 0x2d30000000000000, 0xbfefffffffffffff,
                  0xbff0000000000000, 0xbff0000000000000, 0x3690000000000000}));
}

__global__ void of_special_numbers(double inf, double zero, double* out) {
  const double results[] = {__dadd_rz(inf, 1),   __ddiv_ru(1, zero),    __dmul_rd(inf, -1.0),
                            __dsub_ru(inf, inf), __dsqrt_rd(-1 - zero), __fma_ru(inf, zero, 1.0),
                            __dadd_rd(1, -1),    __dadd_ru(1, -1),      __ddiv_rz(zero, -1.0)};
  for (int i = 0; i < 9; ++i) out[i] = results[i];
}

TEST(Rounding, LeavesInfinitiesNanAndZeros) {
  DeviceVector<double> out(9);
  launch(of_special_numbers, {}, INFINITY, 0.0, out.data());
  const auto got = out.host();
  EXPECT_EQ(got[0], INFINITY);
  EXPECT_EQ(got[1], INFINITY);
  EXPECT_EQ(got[2], -INFINITY);
  for (const int i : {3, 4, 5}) EXPECT_TRUE(std::isnan(got[static_cast<size_t>(i)])) << i;
  const std::vector<bool> is_negative{true, false, true};  // of the zeros
  for (size_t i = 6; i < 9; ++i) {
    EXPECT_EQ(got[i], 0) << i;
    EXPECT_EQ(std::signbit(got[i]), is_negative[i - 6]) << i;
  }
}

__global__ void to_floats(long long l, unsigned long long u, double d, float* out) {
  const float results[] = {
      __ll2float_rn(l),
      __ll2float_rz(l),
      __ll2float_rd(l),
      __ll2float_ru(l),  //
      __ull2float_rn(u),
      __ull2float_rz(u),
      __ull2float_rd(u),
      __ull2float_ru(u),  //
      __double2float_rn(d),
      __double2float_rz(d),
      __double2float_rd(d),
      __double2float_ru(d),  //
      __int2float_rn(int(l)),
      __int2float_rz(int(l)),
      __int2float_rd(int(l)),
      __int2float_ru(int(l)),
      __uint2float_rn(unsigned(u)),
      __uint2float_rz(unsigned(u)),
      __uint2float_rd(unsigned(u)),
      __uint2float_ru(unsigned(u)),
  };
  for (int i = 0; i < 20; ++i) out[i] = results[i];
}

std::vector<float> floats_of(long long l, unsigned long long u, double d) {
  DeviceVector<float> out(20);
  launch(to_floats, {}, l, u, d, out.data());
  return out.host();
}

TEST(Rounding, OfIntegersAndDoublesToFloats) {
  constexpr float kMost = 0x1.fffffep127f, kLeast = 0x1p-149f;
  // 2^63 - 1, of which int has -1; 2^63 + 1, of which unsigned has 1; 3.5e38 is more than f32 has.
  EXPECT_EQ(floats_of(LLONG_MAX, (1ull << 63) + 1, 3.5e38),
            (std::vector<float>{0x1p63f,  0x1.fffffep62f, 0x1.fffffep62f, 0x1p63f,         //
                                0x1p63f,  0x1p63f,        0x1p63f,        0x1.000002p63f,  //
                                INFINITY, kMost,          kMost,          INFINITY,       -1, -1, -1, -1, 1, 1, 1, 1}));
  EXPECT_EQ(floats_of(-16777219, 16777217, -1e-46), (std::vector<float>{-16777220, -16777218, -16777220, -16777218,  //
                                                                        16777216,  16777216,  16777216,  16777218,   //
                                                                        0,         0,         -kLeast,   0,          //
                                                                        -16777220, -16777218, -16777220, -16777218,  //
                                                                        16777216,  16777216,  16777216,  16777218}));
}

__global__ void to_doubles(long long l, unsigned long long u, double* out) {
  const double results[] = {__ll2double_rn(l),       __ll2double_rz(l),
                            __ll2double_rd(l),       __ll2double_ru(l),
                            __ull2double_rn(u),      __ull2double_rz(u),
                            __ull2double_rd(u),      __ull2double_ru(u),
                            __int2double_rn(int(l)), __uint2double_rn(unsigned(u))};
  for (int i = 0; i < 10; ++i) out[i] = results[i];
}

TEST(Rounding, OfIntegersToDoubles) {
  DeviceVector<double> out(10);
  launch(to_doubles, {}, -LLONG_MAX, ULLONG_MAX, out.data());
  EXPECT_EQ(out.host(),
            (std::vector<double>{-0x1p63, -0x1.fffffffffffffp62, -0x1p63, -0x1.fffffffffffffp62,  //
                                 0x1p64, 0x1.fffffffffffffp63, 0x1.fffffffffffffp63, 0x1p64, 1, 4294967295.0}));
}

/// From f32 and f64, to nearest, toward zero, down and up.
__global__ void to_long_integers(float f, double d, long long* l, unsigned long long* u, unsigned* w) {
  const long long signed_ones[] = {__float2ll_rn(f),  __float2ll_rz(f),  __float2ll_rd(f),  __float2ll_ru(f),
                                   __double2ll_rn(d), __double2ll_rz(d), __double2ll_rd(d), __double2ll_ru(d)};
  const unsigned long long unsigned_ones[] = {__float2ull_rn(f),  __float2ull_rz(f),  __float2ull_rd(f),
                                              __float2ull_ru(f),  __double2ull_rn(d), __double2ull_rz(d),
                                              __double2ull_rd(d), __double2ull_ru(d)};
  const unsigned words[] = {__double2uint_rn(d), __double2uint_rz(d), __double2uint_rd(d), __double2uint_ru(d)};
  for (int i = 0; i < 8; ++i) {
    l[i] = signed_ones[i];
    u[i] = unsigned_ones[i];
    if (i < 4) w[i] = words[i];
  }
}

struct Integers {
  std::vector<long long> l;
  Bits u;
  std::vector<unsigned> w;
};
Integers integers_of(float f, double d) {
  DeviceVector<long long> l(8);
  DeviceVector<unsigned long long> u(8);
  DeviceVector<unsigned> w(4);
  launch(to_long_integers, {}, f, d, l.data(), u.data(), w.data());
  return {l.host(), u.host(), w.host()};
}

TEST(Rounding, OfFloatingPointToLongIntegers) {
  const Integers near = integers_of(-2.5f, 3.5);
  EXPECT_EQ(near.l, (std::vector<long long>{-2, -2, -3, -2, 4, 3, 3, 4}));
  EXPECT_EQ(near.u, (Bits{0, 0, 0, 0, 4, 3, 3, 4}));
  EXPECT_EQ(near.w, (std::vector<unsigned>{4, 3, 3, 4}));
  const Integers far = integers_of(1e19f, -1e19);
  EXPECT_EQ(far.l, (std::vector<long long>{LLONG_MAX, LLONG_MAX, LLONG_MAX, LLONG_MAX,  //
                                           LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN}));
  EXPECT_EQ(far.u, (Bits{9999999980506447872u, 9999999980506447872u, 9999999980506447872u, 9999999980506447872u,  //
                         0, 0, 0, 0}));
  EXPECT_EQ(far.w, (std::vector<unsigned>(4, 0)));
  const Integers none = integers_of(NAN, NAN);  // the uppermost bit: PTX ISA, cvt
  EXPECT_EQ(none.l, std::vector<long long>(8, LLONG_MIN));
  EXPECT_EQ(none.u, Bits(8, 1ull << 63));
  EXPECT_EQ(none.w, std::vector<unsigned>(4, 1u << 31));
}

}  // namespace
}  // namespace cadena::cuda

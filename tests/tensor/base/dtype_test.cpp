#include "tensor/base/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tensor/base/error.h"
#include "tensor/base/number.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

constexpr Dtype kAll[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean};

TEST(DtypeTest, PromotesAsPyTorchDoes) {
  // torch.promote_types of PyTorch 1.13, rows and columns in the order of kAll
  using enum Dtype;
  constexpr Dtype kExpected[6][6] = {{f32, f64, f32, f32, f32, f32},  {f64, f64, f64, f64, f64, f64},
                                     {f32, f64, f16, f32, f16, f16},  {f32, f64, f32, bf16, bf16, bf16},
                                     {f32, f64, f16, bf16, i64, i64}, {f32, f64, f16, bf16, i64, boolean}};
  for (int a = 0; a < 6; ++a) {
    for (int b = 0; b < 6; ++b) {
      EXPECT_EQ(promote(kAll[a], kAll[b]), kExpected[a][b]) << to_string(kAll[a]) << ' ' << to_string(kAll[b]);
    }
  }
}

TEST(DtypeTest, RealResultsOfIntegersAreF32) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) EXPECT_EQ(floating_dtype(dtype), dtype);
  for (Dtype dtype : {Dtype::i64, Dtype::boolean}) EXPECT_EQ(floating_dtype(dtype), Dtype::f32);
}

TEST(DtypeTest, NumbersMeetTensors) {
  EXPECT_EQ(Number(2).meet(Dtype::i64), Dtype::i64);
  EXPECT_EQ(Number(2).meet(Dtype::boolean), Dtype::i64);
  EXPECT_EQ(Number(2.0).meet(Dtype::i64), Dtype::f32);
  EXPECT_EQ(Number(0.5).meet(Dtype::f16), Dtype::f16);
  EXPECT_EQ(Number(2).meet(Dtype::f64), Dtype::f64);
  EXPECT_EQ(Number(3).negated().as<i64>(), -3);
  EXPECT_EQ(Number(0.5).negated().as<double>(), -0.5);
  EXPECT_FALSE(Number(0.5).negated().is_integer());
}

TEST(DtypeTest, NumbersAtTheEndsOfI64) {
  constexpr i64 kLowest = std::numeric_limits<i64>::min(), kHighest = std::numeric_limits<i64>::max();
  EXPECT_EQ(Number(1e30).as<i64>(), kHighest);  // undefined behaviour unless it saturates
  EXPECT_EQ(Number(-1e30).as<i64>(), kLowest);
  EXPECT_EQ(Number(std::nanf("")).as<i64>(), 0);
  EXPECT_EQ(Number(kLowest).negated().as<i64>(), kLowest);
  EXPECT_EQ(Number(kLowest).negated().as<double>(), 0x1p63);
  EXPECT_EQ(Number(std::uint64_t{7}).as<i64>(), 7);
  expect_error<ValueError>([] { Number(std::uint64_t{1} << 63); }, "Number: 9.22337e+18 is no i64");
}

TEST(DtypeTest, SizesAndNames) {
  EXPECT_EQ(size_of(Dtype::f32), sizeof(float));
  EXPECT_EQ(size_of(Dtype::f64), sizeof(double));
  EXPECT_EQ(size_of(Dtype::f16), sizeof(half));
  EXPECT_EQ(size_of(Dtype::bf16), sizeof(bfloat16));
  EXPECT_EQ(size_of(Dtype::i64), sizeof(i64));
  EXPECT_EQ(size_of(Dtype::boolean), sizeof(bool));
  EXPECT_STREQ(to_string(Dtype::boolean), "bool");
  EXPECT_STREQ(to_string(Dtype::bf16), "bf16");
}

TEST(DtypeTest, DispatchGivesTheTypeOfTheDtype) {
  for (Dtype dtype : kAll) {
    by_dtype("op", dtype, [&]<class T>() {
      EXPECT_EQ(dtype_of<T>, dtype);
      EXPECT_EQ(sizeof(T), size_of(dtype));
      EXPECT_EQ(std::is_floating_point_v<compute_t<T>>, is_floating(dtype));
    });
  }
}

TEST(DtypeTest, DispatchRefusesDtypesWithoutAKernel) {
  const auto nothing = []<class T>() {};
  expect_error<DtypeError>([&] { by_float("op", Dtype::i64, nothing); }, "op: dtype is i64");
  expect_error<DtypeError>([&] { by_float("op", Dtype::boolean, nothing); }, "op: dtype is bool");
  expect_error<DtypeError>([&] { by_number("op", Dtype::boolean, nothing); }, "expected a number");
}

}  // namespace
}  // namespace cadena

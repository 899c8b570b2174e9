#include "tensor/print.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

// Expected texts: numpy.array2string(x, separator=", ", prefix="tensor(", suffix=")") of NumPy 1.24.2.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Print, AlignsColumnsAtThePoint) {
  EXPECT_EQ(to_string(tensor({{1, 2.5}, {-3, 4}})),
            "tensor([[ 1. ,  2.5],\n"
            "        [-3. ,  4. ]], f32, cpu)");
}

TEST(Print, ShowsNanInfinityAndNegativeZero) {
  EXPECT_EQ(to_string(tensor({{1, kNan}, {-kInf, kInf}})),
            "tensor([[  1.,  nan],\n"
            "        [-inf,  inf]], f32, cpu)");
  EXPECT_EQ(to_string(tensor({kNan, kInf})), "tensor([nan, inf], f32, cpu)");
  EXPECT_EQ(to_string(tensor({0.0, -0.0, 1})), "tensor([ 0., -0.,  1.], f32, cpu)");
}

TEST(Print, ShowsScalarsEmptyAndUndefinedTensors) {
  EXPECT_EQ(to_string(tensor(3.5)), "tensor(3.5, f32, cpu)");
  EXPECT_EQ(to_string(tensor(1, Dtype::boolean)), "tensor(True, bool, cpu)");
  EXPECT_EQ(to_string(zeros({0})), "tensor([], f32, cpu)");
  EXPECT_EQ(to_string(zeros({2, 0, 3}, Dtype::f64)), "tensor([], shape=(2, 0, 3), f64, cpu)");
  EXPECT_EQ(to_string(Tensor()), "tensor(undefined)");
}

TEST(Print, ShowsIntegersAndBooleans) {
  const i64 values[] = {1, -20, 300, std::numeric_limits<i64>::max()};
  EXPECT_EQ(to_string(from_values(values, {2, 2})),
            "tensor([[                  1,                 -20],\n"
            "        [                300, 9223372036854775807]], i64, cpu)");
  EXPECT_EQ(to_string(tensor({{1, 0}, {1, 1}}, Dtype::boolean)),
            "tensor([[ True, False],\n"
            "        [ True,  True]], bool, cpu)");
  EXPECT_EQ(to_string(tensor({1, 1}, Dtype::boolean)), "tensor([ True,  True], bool, cpu)");  // NumPy 1.24
}

TEST(Print, UsesTheFewestDigitsThatIdentifyAValueInItsDtype) {
  EXPECT_EQ(to_string(tensor({1.0 / 3, 2.0 / 3, 1})), "tensor([0.33333334, 0.6666667 , 1.        ], f32, cpu)");
  EXPECT_EQ(to_string(tensor({1.0 / 3, 2.0 / 3, 1}, Dtype::f64)),
            "tensor([0.33333333, 0.66666667, 1.        ], f64, cpu)");
  EXPECT_EQ(to_string(tensor({0.1, 0.3333, 1}, Dtype::f16)), "tensor([0.1   , 0.3333, 1.    ], f16, cpu)");
  EXPECT_EQ(to_string(tensor({10632, 65504}, Dtype::f16)), "tensor([10632., 65504.], f16, cpu)");  // NumPy 1.24
  EXPECT_EQ(to_string(tensor(10632, Dtype::f16)), "tensor(10632., f16, cpu)");
  EXPECT_EQ(to_string(tensor({0.1, 3, 25}, Dtype::bf16)), "tensor([ 0.1,  3. , 25. ], bf16, cpu)");
}

TEST(Print, TurnsToExponentsWhenMagnitudesDiffer) {
  const Dtype f64 = Dtype::f64;
  EXPECT_EQ(to_string(tensor({1000, 1}, f64)), "tensor([1000.,    1.], f64, cpu)");
  EXPECT_EQ(to_string(tensor({1001, 1}, f64)), "tensor([1.001e+03, 1.000e+00], f64, cpu)");
  EXPECT_EQ(to_string(tensor({0, 0.0001})), "tensor([0.e+00, 1.e-04], f32, cpu)");
  EXPECT_EQ(to_string(tensor({1e-200, kNan, -1e10}, f64)), "tensor([ 1.e-200,      nan, -1.e+010], f64, cpu)");
  EXPECT_EQ(to_string(tensor({5e-324, 1.7976931348623157e308}, f64)),
            "tensor([4.94065646e-324, 1.79769313e+308], f64, cpu)");
  EXPECT_EQ(to_string(tensor({0.1, 0.3333, 1, 65504}, Dtype::f16)),
            "tensor([9.998e-02, 3.333e-01, 1.000e+00, 6.550e+04], f16, cpu)");
}

TEST(Print, PutsAnEmptyLineBetweenMatrices) {
  EXPECT_EQ(to_string(reshape(arange(0, 12), {2, 2, 3})),
            "tensor([[[ 0,  1,  2],\n"
            "         [ 3,  4,  5]],\n"
            "\n"
            "        [[ 6,  7,  8],\n"
            "         [ 9, 10, 11]]], i64, cpu)");
}

TEST(Print, WrapsLongRows) {
  EXPECT_EQ(to_string(arange(0, 18, 1, Dtype::f64) * 1.125),
            "tensor([ 0.   ,  1.125,  2.25 ,  3.375,  4.5  ,  5.625,  6.75 ,  7.875,\n"
            "         9.   , 10.125, 11.25 , 12.375, 13.5  , 14.625, 15.75 , 16.875,\n"
            "        18.   , 19.125], f64, cpu)");
}

TEST(Print, AbbreviatesLargeTensors) {
  EXPECT_EQ(to_string(reshape(arange(0, 2000), {40, 50})),
            "tensor([[   0,    1,    2, ...,   47,   48,   49],\n"
            "        [  50,   51,   52, ...,   97,   98,   99],\n"
            "        [ 100,  101,  102, ...,  147,  148,  149],\n"
            "        ...,\n"
            "        [1850, 1851, 1852, ..., 1897, 1898, 1899],\n"
            "        [1900, 1901, 1902, ..., 1947, 1948, 1949],\n"
            "        [1950, 1951, 1952, ..., 1997, 1998, 1999]], i64, cpu)");
  EXPECT_EQ(to_string(reshape(arange(0, 2000, 1, Dtype::f32) / 7, {2, 1000})),
            "tensor([[0.0000000e+00, 1.4285715e-01, 2.8571430e-01, ..., 1.4242857e+02,\n"
            "         1.4257143e+02, 1.4271428e+02],\n"
            "        [1.4285715e+02, 1.4300000e+02, 1.4314285e+02, ..., 2.8528571e+02,\n"
            "         2.8542856e+02, 2.8557144e+02]], f32, cpu)");
}

TEST(Print, ShowsViewsAsTheyAre) {
  const Tensor x = reshape(arange(0, 6), {2, 3});
  EXPECT_EQ(to_string(flip(transpose(x), {1})),
            "tensor([[3, 0],\n"
            "        [4, 1],\n"
            "        [5, 2]], i64, cpu)");
  EXPECT_EQ(to_string(broadcast_to(tensor(7), {2, 2})),
            "tensor([[7., 7.],\n"
            "        [7., 7.]], f32, cpu)");
}

TEST(Print, FollowsItsOptions) {
  EXPECT_EQ(to_string(tensor({1.0 / 3, 2}), {.precision = 2}), "tensor([0.33, 2.  ], f32, cpu)");
  EXPECT_EQ(to_string(arange(0, 9), {.threshold = 5, .edge_items = 1}), "tensor([0, ..., 8], i64, cpu)");
  EXPECT_EQ(to_string(arange(0, 9), {.threshold = 5, .edge_items = std::numeric_limits<i64>::max()}),
            to_string(arange(0, 9)));
  EXPECT_THROW(to_string(tensor(1), {.precision = -1}), ValueError);
  EXPECT_THROW(to_string(tensor(1), {.edge_items = 0}), ValueError);
}

TEST(Print, WritesToStreams) {
  std::ostringstream stream;
  stream << tensor({1, 2}, Dtype::i64);
  EXPECT_EQ(stream.str(), "tensor([1, 2], i64, cpu)");
}

TEST(Print, WritesWhatATensorIsToStreams) {
  const Tensor x = transpose(zeros({2, 3}, Dtype::bf16));
  std::ostringstream stream;
  stream << x.shape() << ' ' << x.strides() << ' ' << x.dtype() << ' ' << x.device();
  EXPECT_EQ(stream.str(), "(3, 2) (1, 3) bf16 cpu");
}

}  // namespace
}  // namespace cadena

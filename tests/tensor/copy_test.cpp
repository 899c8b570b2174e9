#include "tensor/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Copy, OwnsItsValuesInRowMajorOrder) {
  const Tensor x = reshape(arange(0, 6), {2, 3});
  const Tensor y = copy(transpose(x));
  EXPECT_TRUE(y.is_contiguous());
  EXPECT_EQ(y.to_vector(), (Values{0, 3, 1, 4, 2, 5}));
  fill(y, 9);
  EXPECT_EQ(x.to_vector(), (Values{0, 1, 2, 3, 4, 5}));
}

TEST(Contiguous, CopiesOnlyWhatIsStrided) {
  const Tensor x = zeros({2, 3});
  EXPECT_TRUE(contiguous(x).is_same(x));
  EXPECT_FALSE(contiguous(transpose(x)).storage() == x.storage());
}

TEST(Cast, RoundsAsTheDtypesDo) {
  const Tensor x = tensor({1.0 / 3, -2.75, 65519, 0, kInf}, Dtype::f64);
  // numpy.float16 and torch.bfloat16 of these values
  EXPECT_EQ(cast(x, Dtype::f16).to_vector(), (Values{0.333251953125, -2.75, 65504, 0, kInf}));
  EXPECT_EQ(cast(x, Dtype::bf16).to_vector(), (Values{0.333984375, -2.75, 65536, 0, kInf}));
  EXPECT_EQ(cast(tensor({-2.75, 2.75}), Dtype::i64).to_vector(), (Values{-2, 2}));
  EXPECT_EQ(cast(tensor({0, -0.0, 0.25, kNan}), Dtype::boolean).to_vector(), (Values{0, 0, 1, 1}));
  EXPECT_TRUE(std::isnan(cast(tensor(kNan), Dtype::f16).item()));
  EXPECT_TRUE(cast(x, Dtype::f64).is_same(x));
}

TEST(CopyInto, ReachesThroughViewsAndOverlaps) {
  const Tensor x = arange(0, 5);
  copy_into(slice(x, 0, {1}), slice(x, 0, {0, 4}));
  EXPECT_EQ(x.to_vector(), (Values{0, 0, 1, 2, 3}));
  copy_into(x, flip(x));
  EXPECT_EQ(x.to_vector(), (Values{3, 2, 1, 0, 0}));
  EXPECT_THAT([&] { copy_into(x, zeros({4})); }, ThrowsMessage<ShapeError>(HasSubstr("copy_into: shapes differ")));
}

TEST(AddInto, AddsInPlace) {
  const Tensor x = tensor({1, 2, 3});
  add_into(x, tensor({10, 20, 30}));
  add_into(x, flip(x));
  EXPECT_EQ(x.to_vector(), (Values{44, 44, 44}));
  add_into(x, x);
  EXPECT_EQ(x.to_vector(), (Values{88, 88, 88}));
  EXPECT_THAT([&] { add_into(x, tensor({1, 2, 3}, Dtype::f64)); }, ThrowsMessage<DtypeError>(HasSubstr("add_into")));
}

TEST(WritesInPlace, CountAsVersionsAndRefuseBroadcastViews) {
  const Tensor x = zeros({2, 1});
  const auto before = x.version();
  fill(x, 1);
  EXPECT_EQ(x.version(), before + 1);
  EXPECT_THAT(
      [&] {
        add_into(broadcast_to(x, {2, 2}), zeros({2, 2}));
      },
      ThrowsMessage<Error>(HasSubstr("broadcast view")));
}

TEST(Cast, ToIntegersIsDefinedForEveryReal) {
  constexpr i64 least = std::numeric_limits<i64>::min(), most = std::numeric_limits<i64>::max();
  const double reals[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, 0x1p63, -0x1p63, -2.9};
  const i64 expected[] = {0, most, least, most, least, most, least, -2};
  const Tensor x = from_values(reals, {8}, Dtype::f64);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(cast(x, Dtype::i64).data<i64>()[i], expected[i]) << reals[i];
    EXPECT_EQ(cast(cast(x, Dtype::f32), Dtype::i64).data<i64>()[i], expected[i]) << reals[i];
  }
  EXPECT_EQ(*full({}, -0x1p63, Dtype::i64).data<i64>(), least);
  EXPECT_EQ(*full({}, -2.9, Dtype::i64).data<i64>(), -2);
  EXPECT_THROW(tensor(NAN, Dtype::i64), ValueError);
}

}  // namespace
}  // namespace cadena

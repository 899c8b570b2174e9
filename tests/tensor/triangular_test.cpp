#include "tensor/triangular.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

// Expected values: NumPy 1.24.2 (tril, triu) and PyTorch 1.13 (diag_embed).
namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

TEST(Triangles, AreCutAtAnyDiagonal) {
  const Tensor x = reshape(arange(1, 13), {3, 4});
  EXPECT_EQ(tril(x).to_vector(), (Values{1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0}));
  EXPECT_EQ(tril(x, -2).to_vector(), (Values{0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0}));
  EXPECT_EQ(tril(x, 1).to_vector(), (Values{1, 2, 0, 0, 5, 6, 7, 0, 9, 10, 11, 12}));
  EXPECT_EQ(triu(x).to_vector(), (Values{1, 2, 3, 4, 0, 6, 7, 8, 0, 0, 11, 12}));
  EXPECT_EQ(triu(x, -1).to_vector(), (Values{1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 11, 12}));
  EXPECT_EQ(triu(x, 2).to_vector(), (Values{0, 0, 3, 4, 0, 0, 0, 8, 0, 0, 0, 0}));
  for (i64 far : {i64{5}, std::numeric_limits<i64>::max()}) {
    EXPECT_EQ(tril(x, far).to_vector(), x.to_vector());
    EXPECT_EQ(triu(x, -far).to_vector(), x.to_vector());
    EXPECT_EQ(tril(x, -far).to_vector(), Values(12, 0));
    EXPECT_EQ(triu(x, far).to_vector(), Values(12, 0));
  }
}

TEST(Triangles, ServeBatchesStridesAndDtypes) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    const Tensor x = transpose(ones({2, 3, 2}, dtype));  // (2, 2, 3)
    EXPECT_EQ(tril(x).to_vector(), (Values{1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0}));
    EXPECT_EQ(triu(x).dtype(), dtype);
  }
  EXPECT_EQ(tril(zeros({2, 0, 3})).shape(), (Shape{2, 0, 3}));
  EXPECT_THAT([] { tril(zeros({3})); }, ThrowsMessage<ShapeError>(HasSubstr("tril: expected at least two axes")));
}

TEST(Triangles, LetNoNanOfTheOtherSideThrough) {
  const Tensor x = full({2, 2}, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(tril(x).at({0, 1}), 0);
  EXPECT_EQ(triu(x).at({1, 0}), 0);
}

TEST(DiagEmbed, IsUndoneByDiagonal) {
  EXPECT_EQ(diag_embed(tensor({{1, 2}, {3, 4}}), 1).to_vector(),
            (Values{0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0}));
  EXPECT_EQ(diag_embed(tensor({1, 2}), -1).to_vector(), (Values{0, 0, 0, 1, 0, 0, 0, 2, 0}));
  for (i64 offset = -2; offset <= 2; ++offset) {
    EXPECT_EQ(diagonal(diag_embed(tensor({1, 2, 3}), offset), offset).to_vector(), (Values{1, 2, 3}));
    EXPECT_EQ(diagonal(diag_embed(zeros({2, 0}), offset), offset).shape(), (Shape{2, 0}));
  }
  EXPECT_THAT([] { diag_embed(tensor(1)); }, ThrowsMessage<ShapeError>(HasSubstr("diag_embed")));
  EXPECT_THAT([] { diag_embed(zeros({1}), std::numeric_limits<i64>::min()); },
              ThrowsMessage<ShapeError>(HasSubstr("fit")));
  EXPECT_THAT([] { diag_embed(zeros({1}), i64{1} << 40); }, ThrowsMessage<ShapeError>(HasSubstr("diag_embed: shape")));
}

}  // namespace
}  // namespace cadena

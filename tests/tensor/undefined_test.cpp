#include <gtest/gtest.h>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"

namespace cadena {
namespace {

TEST(UndefinedTensor, IsRefusedByWhateverAsksForItsValues) {
  const Tensor nothing;
  const Tensor x = empty({2, 2});
  EXPECT_FALSE(nothing.defined());
  EXPECT_THROW((void)nothing.shape(), ValueError);
  EXPECT_THROW((void)nothing.size(0), ValueError);
  EXPECT_THROW((void)nothing.item(), ValueError);
  EXPECT_THROW((void)nothing.at({0}), ValueError);
  EXPECT_THROW((void)nothing.to_vector(), ValueError);
  EXPECT_THROW((void)nothing.data<float>(), ValueError);
  EXPECT_THROW((void)sum(nothing), ValueError);
  EXPECT_THROW((void)(x + nothing), ValueError);
  EXPECT_THROW((void)matmul(x, nothing), ValueError);
}

}  // namespace
}  // namespace cadena

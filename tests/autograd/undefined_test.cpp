#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/reduce.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

TEST(UndefinedVariable, IsRefusedByWhateverAsksForItsValues) {
  const Variable nothing, x = parameter(ones({2}));
  EXPECT_FALSE(nothing.defined());
  EXPECT_THROW((void)nothing.value(), ValueError);
  EXPECT_THROW((void)nothing.requires_grad(), ValueError);
  EXPECT_THROW((void)sum(nothing), ValueError);
  EXPECT_THROW((void)(x * nothing), ValueError);
  EXPECT_THROW((void)grad(sum(x), nothing), ValueError);
  EXPECT_THROW(nothing.backward(), ValueError);
  EXPECT_THROW(parameter(Tensor()), ValueError);
  EXPECT_THROW(x.set_value(Tensor()), ValueError);
}

TEST(UndefinedVariable, AGradientThatNoPassHasLeftIsRefusedToo) {
  const Variable x = parameter(ones({2}));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_THROW((void)x.grad().to_vector(), ValueError);
}

}  // namespace
}  // namespace cadena

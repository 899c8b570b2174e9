#include "autograd/print.h"

#include <gtest/gtest.h>

#include <sstream>

#include "autograd/arithmetic.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

TEST(PrintVariable, SaysWhereAValueComesFrom) {
  const Variable w = parameter(tensor({1, 2}));
  EXPECT_EQ(to_string(w), "tensor([1., 2.], f32, cpu, parameter)");
  EXPECT_EQ(to_string(w * w), "tensor([1., 4.], f32, cpu, by mul)");
  EXPECT_EQ(to_string((w * w).detach()), "tensor([1., 4.], f32, cpu)");
  EXPECT_EQ(to_string(Variable()), "variable(undefined)");
}

TEST(PrintVariable, FollowsTheOptionsOfTensors) {
  EXPECT_EQ(to_string(parameter(tensor(1.0 / 3)), {.precision = 2}), "tensor(0.33, f32, cpu, parameter)");
}

TEST(PrintVariable, WritesToStreams) {
  std::ostringstream stream;
  stream << Variable(tensor({1, 2}, Dtype::i64));
  EXPECT_EQ(stream.str(), "tensor([1, 2], i64, cpu)");
}

}  // namespace
}  // namespace cadena

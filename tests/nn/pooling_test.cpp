#include "nn/pooling.h"

#include <gtest/gtest.h>

#include "tests/nn/reference.h"

namespace cadena {
namespace {

TEST(Pooling, GivesPyTorchsValuesAndGradients) {
  nn::MaxPool2d max(3, {.stride = 2, .padding = 1});
  nn::AvgPool2d mean({2, 3}, {.stride = {1, 2}, .padding = {1, 0}});
  nn::AdaptiveAvgPool2d adaptive({2, 3});
  support::expect_pytorch("max_pool2d", max);
  support::expect_pytorch("avg_pool2d", mean);
  support::expect_pytorch("adaptive_avg_pool2d", adaptive);
}

TEST(Pooling, DescribesItsWindows) {
  EXPECT_EQ(nn::MaxPool2d(2).description(), "MaxPool2d((2, 2))");
  EXPECT_EQ(nn::AvgPool2d({2, 3}).description(), "AvgPool2d((2, 3))");
  EXPECT_EQ(nn::AdaptiveAvgPool2d(1).description(), "AdaptiveAvgPool2d((1, 1))");
}

}  // namespace
}  // namespace cadena

#include "nn/pooling.h"

#include <gtest/gtest.h>

#include "tensor/factories.h"
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
  EXPECT_EQ(nn::MaxPool2d(3, {.stride = 2, .padding = 1}).description(),
            "MaxPool2d((3, 3), stride (2, 2), padding (1, 1))");
  EXPECT_EQ(nn::AvgPool2d(2, {.stride = {1, 2}}).description(), "AvgPool2d((2, 2), stride (1, 2))");
  EXPECT_EQ(nn::MaxPool1d(3, 2).description(), "MaxPool1d(3, stride 2)");
  EXPECT_EQ(nn::AvgPool1d(3, 0, 1).description(), "AvgPool1d(3, padding 1)");
  EXPECT_EQ(nn::AdaptiveAvgPool1d(4).description(), "AdaptiveAvgPool1d(4)");
  EXPECT_EQ(nn::AdaptiveMaxPool2d({1, 2}).description(), "AdaptiveMaxPool2d((1, 2))");
}

// Each result by hand.
TEST(Pooling, TakesSequences) {
  const Variable x(tensor({{{1.0, 5.0, 2.0, 4.0, 0.0, 3.0}}}, Dtype::f64));
  const auto values = [&](nn::Layer& layer) { return layer(x).value().to_vector(); };
  nn::MaxPool1d max(2), max_moved(3, 2, 1);
  nn::AvgPool1d mean(2), mean_moved(2, 1, 1);
  nn::AdaptiveAvgPool1d adaptive(2);
  EXPECT_EQ(values(max), (std::vector<double>{5, 4, 3}));
  EXPECT_EQ(values(max_moved), (std::vector<double>{5, 5, 4}));
  EXPECT_EQ(values(mean), (std::vector<double>{3, 3, 1.5}));
  EXPECT_EQ(values(mean_moved), (std::vector<double>{0.5, 3, 3.5, 3, 2, 1.5, 1.5}));
  EXPECT_EQ(values(adaptive), (std::vector<double>{8.0 / 3, 7.0 / 3}));
  EXPECT_EQ(max(x).shape(), (Shape{1, 1, 3}));
}

TEST(Pooling, TakesTheLargestOfPartsOfAnImage) {
  nn::AdaptiveMaxPool2d adaptive({1, 2});
  const Variable x(tensor({{{{1.0, 5.0, 2.0, 4.0}, {6.0, 0.0, 3.0, 7.0}}}}, Dtype::f64));
  EXPECT_EQ(adaptive(x).value().to_vector(), (std::vector<double>{6, 7}));
}

}  // namespace
}  // namespace cadena

#include "nn/conv.h"

#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using support::expect_pytorch;

TEST(Conv, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::Conv1d sequences(4, 6, 3, generator, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  nn::Conv2d images(2, 3, 3, generator, {.padding = 1});
  nn::Conv2d all_options(4, 2, {3, 2}, generator,
                         {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}, .groups = 2});
  nn::ConvTranspose2d transposed(4, 6, {3, 2}, generator, {.stride = {2, 3}, .padding = {1, 0}, .groups = 2}, {1, 2});
  expect_pytorch("conv1d", sequences);
  expect_pytorch("conv2d", images);
  expect_pytorch("conv2d_options", all_options);
  expect_pytorch("conv_transpose2d", transposed);
}

TEST(Conv, DescribesWhatDiffersFromTheDefaults) {
  Generator generator(2);
  EXPECT_EQ(nn::Conv2d(3, 16, 3, generator).description(), "Conv2d(3, 16, kernel (3, 3))");
  EXPECT_EQ(nn::Conv1d(4, 6, 3, generator, {.stride = 2, .groups = 2}).description(),
            "Conv1d(4, 6, kernel 3, stride 2, groups 2)");
  EXPECT_EQ(nn::ConvTranspose2d(4, 6, {3, 2}, generator, {.padding = {1, 0}, .groups = 2}).description(),
            "ConvTranspose2d(4, 6, kernel (3, 2), padding (1, 0), groups 2)");
}

TEST(Conv, NamesItselfAndTheShapeItCannotTake) {
  Generator generator(3);
  nn::Conv2d layer(3, 4, 3, generator);
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer(Variable(zeros({2, 5, 8, 8})));
            }),
            "Conv2d(3, 4, kernel (3, 3)): expected (n, 3, h, w), got shape (2, 5, 8, 8)");
  nn::Conv1d sequences(3, 4, 2, generator);
  EXPECT_EQ(message_of<ShapeError>([&] {
              sequences(Variable(zeros({3, 9})));
            }),
            "Conv1d(3, 4, kernel 2): expected (n, 3, l), got shape (3, 9)");
  EXPECT_EQ(message_of<ValueError>([&] { nn::Conv2d(3, 4, 3, generator, {.groups = 2}); }),
            "Conv2d: 3 and 4 channels cannot be cut into 2 groups");
  EXPECT_EQ(message_of<ValueError>([&] {
              nn::Conv2d(3, 4, {0, 3}, generator);
            }),
            "Conv2d: the kernel is (0, 3), expected at least 1");
}

}  // namespace
}  // namespace cadena

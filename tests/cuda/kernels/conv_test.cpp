#include "tensor/conv.h"

#include "tensor/base/error.h"
#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::expect_agreement;
using support::random;

/// All three forms for an image x, a kernel w and a bias.
void expect_all_forms(const Shape& x, const Shape& w, const ConvOptions& options) {
  const Tensor image = random(x), kernel = random(w, 2), bias = random({w[0]}, 3);
  const Tensor dy = random(conv2d(image, kernel, options).shape(), 4);
  expect_agreement({image, kernel, bias, dy}, 60, [&](const auto& t) {
    return std::vector{conv2d(t[0], t[1], t[2], options), conv2d(t[0], t[1], options),
                       conv2d_input(t[3], t[1], {x[2], x[3]}, options),
                       conv2d_weight(t[3], t[0], {w[2], w[3]}, options)};
  });
}

TEST(CudaConv, AllFormsAgreeWithTheCpu) { expect_all_forms({2, 3, 7, 9}, {5, 3, 3, 2}, {}); }

TEST(CudaConv, StridesPaddingAndDilationAgree) {
  expect_all_forms({2, 2, 9, 11}, {3, 2, 3, 3}, {.stride = {2, 3}, .padding = {1, 2}, .dilation = {2, 1}});
}

TEST(CudaConv, GroupsAgree) { expect_all_forms({3, 6, 5, 5}, {4, 3, 2, 2}, {.padding = 1, .groups = 2}); }

TEST(CudaConv, DepthwiseAgrees) { expect_all_forms({1, 5, 6, 1}, {5, 1, 3, 1}, {.groups = 5}); }

TEST(CudaConv, OneByOneAgrees) { expect_all_forms({2, 33, 3, 3}, {31, 33, 1, 1}, {}); }

TEST(CudaConv, WeightsOfManyPositionsAreSummedInParts) { expect_all_forms({3, 1, 20, 31}, {2, 1, 2, 2}, {}); }

TEST(CudaConv, RefusesABiasOnAnotherDevice) {
  const Tensor x = ones({1, 1, 2, 2}), w = ones({1, 1, 1, 1}), b = ones({1}, Dtype::f32, Device::cuda());
  const char* expected = ": devices differ: cpu and cuda:0";
  EXPECT_EQ(message_of<DeviceError>([&] { conv2d(x, w, b); }), concat("conv2d", expected));
  EXPECT_EQ(message_of<DeviceError>([&] { conv_transpose2d(x, w, b); }), concat("conv_transpose2d", expected));
}

TEST(CudaConv, NoImagesGiveNoOutputAndNoGradient) {
  const Tensor x = zeros({0, 2, 5, 5}, Dtype::f32, Device::cuda()), w = zeros({3, 2, 2, 2}, Dtype::f32, Device::cuda());
  const Tensor y = conv2d(x, w);
  EXPECT_EQ(y.shape(), (Shape{0, 3, 4, 4}));
  EXPECT_EQ(conv2d_weight(y, x, {2, 2}).to_vector(), std::vector<double>(24, 0));
}

}  // namespace
}  // namespace cadena

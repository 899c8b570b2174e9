#include "autograd/conv.h"

#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/linear.h"
#include "autograd/pooling.h"
#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

Variable total(const Variable& x) { return sum_to(x, {}); }

TEST(Conv2d, TheGradientOfTheBiasIsTheSumOverImagesAndPositions) {
  const Variable x = parameter(pattern({2, 1, 3, 3})), w = parameter(pattern({2, 1, 2, 2}, 5));
  const Variable b = parameter(zeros({2}, Dtype::f64));
  const Variable y = conv2d(x, w, b);
  expect_values(grad(total(y), b).value(), {8, 8});
  EXPECT_THROW(conv2d(x, w, x), ShapeError);
}

TEST(Conv2d, DoesNotKeepItsResult) {
  const Variable x = parameter(pattern({2, 1, 3, 3})), w = parameter(pattern({2, 1, 2, 2}, 5));
  Variable y = conv2d(x, w, parameter(zeros({2}, Dtype::f64)));
  const Variable z = y + 1;
  const Tensor watched = y.value();
  y = Variable();
  EXPECT_TRUE(watched.is_sole_owner());
  EXPECT_TRUE(z.requires_grad());
}

TEST(Conv1d, MatchesTheTensorFormWithBias) {
  const Tensor x = pattern({1, 2, 7}), w = pattern({3, 2, 3}, 5), b = pattern({3}, 3);
  const Conv1dOptions options{.stride = 2, .padding = 2, .dilation = 2};
  const Variable y = conv1d(parameter(x), Variable(w), Variable(b), options);
  expect_values(y.value(), conv1d(x, w, b, options));
  EXPECT_EQ(message_of<ShapeError>([&] { conv1d(parameter(x), parameter(b)); }),
            "conv1d: expected two operands of rank 3: (1, 2, 7) * (3,)");
  EXPECT_EQ(message_of<ShapeError>([&] { conv1d(parameter(x), parameter(w), {.groups = 2}); }),
            "conv1d: input has 2 channels, weight expects 4: (1, 2, 1, 7) * (3, 2, 1, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { conv1d(Variable(x), Variable(w), parameter(x)); }),
            "conv1d: expected a bias of shape (3,), got (1, 2, 7)");
}

TEST(ConvTranspose2d, MatchesTheTensorFormAndIsTheAdjointOfConv2d) {
  const Tensor x = pattern({1, 2, 2, 3}), w = pattern({2, 2, 3, 2}, 5), b = pattern({2}, 3);
  const ConvOptions options{.stride = {2, 3}, .padding = {1, 0}};
  const Variable input = parameter(x);
  const Variable y = conv_transpose2d(input, Variable(w), Variable(b), options, {1, 2});
  expect_values(y.value(), conv_transpose2d(x, w, b, options, {1, 2}));
  const Tensor u = pattern(y.shape(), 7);
  expect_values(grad(total(y * Variable(u)), input).value(), conv2d(u, w, options));
}

TEST(MaxPool2d, TheFirstOfTiesGetsTheGradient) {
  const Variable x = parameter(ones({1, 1, 2, 4}, Dtype::f64));
  expect_values(grad(total(max_pool2d(x, 2)[0]), x).value(), {1, 0, 1, 0, 0, 0, 0, 0});
}

TEST(MaxPool2d, AMaximumOfSeveralWindowsCollectsTheirGradients) {
  const Variable x = parameter(tensor({{0, 5, 0}}, Dtype::f64));
  expect_values(grad(total(max_pool1d(x, 2, 1)[0]), x).value(), {0, 2, 0});
  EXPECT_FALSE(max_pool1d(x, 2)[1].requires_grad());
}

TEST(Pool1d, SaysWhatDoesNotFit) {
  const Variable x = parameter(zeros({1, 4}));
  EXPECT_EQ(message_of<ShapeError>([&] { max_pool1d(x, 5); }),
            "max_pool1d: a window of 5 with dilation 1 is larger than an axis of 4 with padding 0");
  EXPECT_EQ(message_of<ValueError>([&] { avg_pool1d(x, 2, 0, 2); }),
            "avg_pool1d: padding is 2, expected at most half the kernel 2");
  EXPECT_EQ(message_of<ValueError>([&] { adaptive_avg_pool1d(x, -1); }),
            "adaptive_avg_pool1d: output extent is -1, expected at least 0");
  EXPECT_EQ(message_of<DtypeError>([] { avg_pool1d(Variable(zeros({4}, Dtype::i64)), 2); }),
            "avg_pool1d: dtype is i64, expected f32, f64, f16 or bf16");
}

TEST(AvgPool, OneDimensionalAndAdaptiveFormsSpreadTheGradient) {
  const Variable x = parameter(ones({1, 5}, Dtype::f64));
  expect_values(grad(total(avg_pool1d(x, 2)), x).value(), {0.5, 0.5, 0.5, 0.5, 0});
  expect_values(grad(total(adaptive_avg_pool1d(x, 2)), x).value(), {1. / 3, 1. / 3, 2. / 3, 1. / 3, 1. / 3});
}

TEST(Linear, WithAnActivationIsTheCompositionWithItsGradient) {
  const Variable x = parameter(pattern({2, 3, 4})), w = parameter(pattern({5, 4}, 5)), b = parameter(pattern({5}, 3));
  const Variable fused = linear(x, w, b, LinearActivation::silu), composed = silu(linear(x, w, b));
  expect_values(fused.value(), composed.value());
  const Variable u(pattern({2, 3, 5}, 7));
  for (const Variable& leaf : {x, w, b}) {
    expect_values(grad(total(fused * u), leaf).value(), grad(total(composed * u), leaf).value());
  }
  expect_values(linear(x, w, Variable(), LinearActivation::relu).value(), relu(linear(x, w)).value());
}

TEST(Linear, TheSubgradientOfReluAtItsKinkIsZero) {
  const Variable b = parameter(tensor({0, 1, -1}, Dtype::f64));
  const Variable y =
      linear(Variable(zeros({1, 2}, Dtype::f64)), Variable(zeros({3, 2}, Dtype::f64)), b, LinearActivation::relu);
  expect_values(grad(total(y), b).value(), {0, 1, 0});
}

TEST(ConvTranspose2d, OutputPaddingUpToTheDilationIsDifferentiable) {
  const Tensor x = pattern({1, 1, 2, 2}, 5), w = pattern({1, 1, 2, 2}, 3);
  for (const i64 padding : {0, 1}) {
    const ConvOptions options{.padding = padding, .dilation = 3};
    const auto f = [&](std::span<const Variable> in) { return conv_transpose2d(in[0], in[1], options, 2); };
    const std::vector<Variable> in{Variable(x), Variable(w)};
    expect_values(f(in).value(), conv_transpose2d(x, w, options, 2));
    EXPECT_TRUE(gradcheck(f, {x, w}).passed()) << "padding " << padding;
  }
}

TEST(Linear, KeepsLeadingAxesAndSumsTheBiasGradientOverThem) {
  const Variable x = parameter(pattern({2, 3, 4})), w = parameter(pattern({5, 4}, 5)), b = parameter(pattern({5}, 3));
  const Variable y = linear(x, w, b);
  EXPECT_EQ(y.shape(), (Shape{2, 3, 5}));
  expect_values(grad(total(y), b).value(), {6, 6, 6, 6, 6});
  EXPECT_EQ(linear(x, w).shape(), (Shape{2, 3, 5}));
  EXPECT_THROW(linear(x, x, b), ShapeError);
}

}  // namespace
}  // namespace cadena

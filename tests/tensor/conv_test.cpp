#include "tensor/conv.h"

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/reduce.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

// Expected values: PyTorch 1.13, torch.nn.functional and torch.nn.grad, on the same patterns in f64.
const ConvOptions kOdd{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2};
const Tensor kImage = pattern({2, 4, 5, 4});
const Tensor kWeight = pattern({4, 2, 3, 2}, 5);
const std::vector<double> kResult = {
    -1.125, -0.625,  -9.0625, -1.9375, 0.875,   0.375,  2.875,   4.625,  -3.5625, -8.8125,  -3.875, -3.125,
    -6.125, -7.875,  -2.4375, -2.25,   1.3125,  -0.25,  -4.375,  -4.875, 3.25,    14.8125,  -9.25,  -8.375,
    0.875,  6.125,   -9.0625, 0.4375,  -1.125,  -1.625, 9.875,   2.125,  -7.9375, -10.8125, -0.875, -0.125,
    -8.375, -10.125, 14.9375, 17.5,    -4.9375, -6.5,   -7.5625, 0.25,   -1.5625, -10.1875, -5.75,  -4.875};

TEST(Conv2d, AgreesWithPyTorchUnderStridePaddingDilationAndGroups) {
  const Tensor y = conv2d(kImage, kWeight, pattern({4}, 3), kOdd);
  EXPECT_EQ(y.shape(), (Shape{2, 4, 3, 2}));
  expect_values(y, kResult);
}

TEST(Conv2d, ReadsAnyStrides) {
  expect_values(conv2d(scattered(kImage), scattered(kWeight), scattered(pattern({4}, 3)), kOdd), kResult);
  const Tensor y = conv2d(kImage, kWeight, kOdd);
  expect_values(conv2d_input(scattered(y), scattered(kWeight), {5, 4}, kOdd), conv2d_input(y, kWeight, {5, 4}, kOdd));
  expect_values(conv2d_weight(scattered(y), scattered(kImage), {3, 2}, kOdd), conv2d_weight(y, kImage, {3, 2}, kOdd));
}

TEST(Conv2d, GradientsAgreeWithPyTorch) {
  const Tensor dy = pattern({2, 4, 3, 2}, 7);
  const Tensor dx = conv2d_input(dy, kWeight, {5, 4}, kOdd);
  EXPECT_EQ(dx.shape(), kImage.shape());
  expect_values(slice(select(dx, 0, 0), 0, {0, 2}),
                {0.25,   0.5625, 0.875,  1.3125,  4.1875,  4.8125,  4.5,     5.375,   2.0625,  2.375,
                 1.75,   2.1875, 4.25,   4.875,   3.875,   4.75,    2.6875,  3,       2.625,   3.0625,
                 1.625,  1.5,    2.25,   2.25,    -1.0625, -1.3125, -0.75,   -0.75,   -4.5625, -4.6875,
                 -4.875, -4.875, -9.875, -10.125, -10.25,  -10.25,  -4.8125, -4.9375, -4.875,  -4.875});
  expect_values(
      conv2d_weight(dy, kImage, {3, 2}, kOdd),
      {-1.75,  -0.875,  1.9375,  5.3125,  1.625,  5.25,    -1.3125, 10.25,   3.625,   1.0625, 3.4375,  -2.4375,
       2.375,  -2.625,  -2.5625, -6.8125, 9.3125, 7.0625,  -0.125,  -1.5625, -4.6875, 0.5625, 8.1875,  11.875,
       0.375,  -4.5625, -3.5,    2.4375,  -0.625, -2.8125, -2.6875, -4.0625, -1.125,  2.4375, -2.3125, -3.3125,
       9.3125, -8.625,  -2.5625, -6.625,  2.375,  -8.0625, -0.25,   -7.5,    -5.1875, -4.5,   -3.4375, -5.5625});
}

/// <dy, x * w> by its definition as a sum over all taps: the number that all three ops must give.
double trilinear(const Tensor& dy, const Tensor& x, const Tensor& w, const ConvOptions& o) {
  double total = 0;
  const i64 per_group = w.size(0) / o.groups;
  for (i64 n = 0; n < dy.size(0); ++n) {
    for (i64 f = 0; f < w.size(0); ++f) {
      for (i64 at = 0; at < dy.size(2) * dy.size(3) * w.size(1) * w.size(2) * w.size(3); ++at) {
        const i64 l = at % w.size(3), k = at / w.size(3) % w.size(2), c = at / w.size(3) / w.size(2) % w.size(1);
        const i64 position = at / w.size(3) / w.size(2) / w.size(1);
        const i64 oi = position / dy.size(3), oj = position % dy.size(3);
        const i64 i = oi * o.stride.h - o.padding.h + k * o.dilation.h;
        const i64 j = oj * o.stride.w - o.padding.w + l * o.dilation.w;
        if (i < 0 || i >= x.size(2) || j < 0 || j >= x.size(3)) continue;
        total += dy.at({n, f, oi, oj}) * x.at({n, f / per_group * w.size(1) + c, i, j}) * w.at({f, c, k, l});
      }
    }
  }
  return total;
}

struct Case {
  Shape x, w;
  ConvOptions options;
};

TEST(Conv2d, AllThreeOpsAreOneTrilinearForm) {
  const Case cases[] = {
      {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
      {{2, 3, 7, 5}, {2, 3, 3, 3}, {.padding = 1}},
      {{1, 2, 4, 9}, {3, 2, 2, 4}, {.stride = {3, 2}, .padding = {2, 5}}},
      {{5, 4, 6, 6}, {4, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 4}},
      {{1, 17, 5, 70}, {2, 17, 2, 3}, {.padding = {0, 1}, .dilation = {3, 4}}},
      {{2, 2, 1, 1}, {2, 2, 5, 5}, {.padding = 2}},
      {{1, 1, 3, 3}, {1, 1, 1, 1}, {.stride = 1, .padding = 3}},
      // More channels than a tile has rows or a task takes, and more taps than are summed in registers.
      {{2, 33, 4, 5}, {17, 33, 3, 3}, {.padding = {1, 0}}},
      {{2, 33, 5, 4}, {9, 33, 3, 3}, {.stride = 2, .padding = {1, 2}}},
      {{2, 70, 3, 3}, {34, 35, 1, 2}, {.groups = 2}},
      {{2, 2, 3, 4}, {3, 2, 2, 3}, {.padding = {2, 1}}},
      {{40, 2, 3, 3}, {3, 2, 2, 2}, {.stride = {1, 2}, .padding = 1}}};
  for (const Case& c : cases) {
    const Tensor x = pattern(c.x), w = pattern(c.w, 5);
    const Tensor y = conv2d(x, w, c.options);
    const Tensor dy = pattern(y.shape(), 7);
    const double expected = trilinear(dy, x, w, c.options);
    const auto dot = [](const Tensor& a, const Tensor& b) { return sum(mul(a, b)).item(); };
    EXPECT_NEAR(dot(dy, y), expected, 1e-9);
    EXPECT_NEAR(dot(conv2d_input(dy, w, {x.size(2), x.size(3)}, c.options), x), expected, 1e-9);
    EXPECT_NEAR(dot(conv2d_weight(dy, x, {w.size(2), w.size(3)}, c.options), w), expected, 1e-9);
  }
}

TEST(Conv2d, ManyBlocksGiveTheSameAsOne) {
  // More positions than one block of the patch matrix has, 4,096: blocks of whole rows, and such that end within one.
  // A kernel of one tap with weight 2 doubles the image.
  const Tensor w = full({1, 1, 1, 1}, 2, Dtype::f64);
  for (const Shape& shape : {Shape{1, 1, 2, 4096}, Shape{1, 1, 3, 3001}}) {
    const Tensor x = pattern(shape);
    expect_values(conv2d(x, w), mul(x, 2));
    expect_values(conv2d_input(x, w, {shape[2], shape[3]}), mul(x, 2));
    EXPECT_DOUBLE_EQ(conv2d_weight(x, x, 1).item(), sum(mul(x, x)).item());
  }
}

TEST(Conv2d, DoesNotDependOnTheNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor x = pattern({9, 33, 12, 12}, 11, Dtype::f32), w = pattern({8, 33, 3, 3}, 5, Dtype::f32);
  std::vector<std::vector<double>> first;
  for (int threads : {1, 3}) {
    cpu::set_num_threads(threads);
    const Tensor y = conv2d(x, w, {.padding = 1});
    const std::vector<std::vector<double>> results = {y.to_vector(), conv2d_input(y, w, 12, {.padding = 1}).to_vector(),
                                                      conv2d_weight(y, x, 3, {.padding = 1}).to_vector()};
    if (first.empty()) first = results;
    EXPECT_EQ(results, first) << threads << " threads";
  }
  cpu::set_num_threads(before);
}

TEST(Conv2d, AccumulatesTwoByteTypesInF32) {
  // 300 ones: bf16 alone would stop at 256.
  const Tensor x = ones({1, 300, 1, 1}, Dtype::bf16), w = ones({1, 300, 1, 1}, Dtype::bf16);
  const Tensor y = conv2d(x, w);
  EXPECT_EQ(y.dtype(), Dtype::bf16);
  EXPECT_EQ(y.item(), 300);
  expect_values(conv2d(pattern({2, 4, 5, 4}, 11, Dtype::f16), pattern({4, 2, 3, 2}, 5, Dtype::f16),
                       pattern({4}, 3, Dtype::f16), kOdd),
                kResult, 1e-3);
}

// One after the other, ones that are added to 2^24 are lost in f32: all 4,095 of them, not those of a first part alone.
TEST(Conv2d, SumsManyTapsInParts) {
  const Tensor w = ones({8, 4096, 1, 1}), x = ones({1, 4096, 1, 1});
  fill(slice(w, 1, {0, 1}), 0x1p24);
  for (const Tensor& y : {conv2d(x, w), conv2d_input(x, transpose(w, 0, 1), 1)}) {
    ASSERT_EQ(y.shape(), (Shape{1, 8, 1, 1}));
    for (const double sum : y.to_vector()) EXPECT_NEAR(sum, 0x1p24 + 4095, 300);
  }
}

TEST(Conv2d, TakesEmptyBatchesAndNoChannels) {
  EXPECT_EQ(conv2d(zeros({0, 2, 4, 4}), zeros({3, 2, 3, 3})).shape(), (Shape{0, 3, 2, 2}));
  expect_values(conv2d(zeros({1, 0, 2, 2}), zeros({1, 0, 1, 1}), tensor({5.0})), {5, 5, 5, 5});
  expect_values(conv2d_weight(zeros({0, 1, 2, 2}), zeros({0, 1, 2, 2}), 1), {0});
}

TEST(Conv2d, NaNReachesExactlyTheOutputsThatSeeIt) {
  const Tensor x = tensor({{1, 2, 3, std::nan("")}});
  const Tensor y = conv2d(reshape(x, {1, 1, 1, 4}), ones({1, 1, 1, 2}));
  expect_values(y, {3, 5, std::nan("")});
}

TEST(Conv2d, SaysWhatDoesNotFit) {
  const Tensor x = zeros({8, 3, 32, 32}), w = zeros({16, 4, 3, 3});
  EXPECT_EQ(message_of<ShapeError>([&] { conv2d(x, w); }),
            "conv2d: input has 3 channels, weight expects 4: (8, 3, 32, 32) * (16, 4, 3, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              conv2d(x, zeros({16, 3, 33, 3}));
            }),
            "conv2d: kernel (33, 3) with dilation (1, 1) is larger than image (32, 32) with padding (0, 0)");
  EXPECT_EQ(message_of<ValueError>([&] {
              conv2d(x, zeros({16, 3, 3, 3}), {.stride = {1, 0}});
            }),
            "conv2d: stride is (1, 0), expected at least 1");
  EXPECT_EQ(message_of<ShapeError>([&] {
              conv2d(x, zeros({16, 1, 3, 3}), {.groups = 3});
            }),
            "conv2d: 16 channels do not divide into 3 groups");
  EXPECT_EQ(message_of<ValueError>([&] {
              conv2d(x, zeros({16, 3, 3, 3}), {.stride = i64{1} << 31});
            }),
            "conv2d: stride is (2147483648, 2147483648), expected less than 2147483648");
  EXPECT_THROW(conv2d(x, zeros({16, 3, 3, 3}), zeros({15})), ShapeError);
  EXPECT_THROW(conv2d(zeros({3, 32, 32}), w), ShapeError);
  EXPECT_THROW(conv2d(x, zeros({16, 3, 0, 3})), Error);
  EXPECT_THROW(conv2d(x, zeros({16, 3, 3, 3}), {.dilation = i64{1} << 62}), ValueError);
  EXPECT_THROW(conv2d_input(zeros({1, 16, 9, 9}), zeros({16, 3, 3, 3}), 10), ShapeError);
  EXPECT_THROW(conv2d_weight(zeros({1, 16, 9, 9}), zeros({2, 3, 11, 11}), 3), ShapeError);
}

TEST(ConvTranspose2d, AgreesWithPyTorch) {
  const Tensor y = conv_transpose2d(pattern({1, 2, 2, 3}), pattern({2, 2, 3, 2}, 5), pattern({2}, 3),
                                    {.stride = {2, 3}, .padding = {1, 0}}, {1, 2});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 4, 10}));
  expect_values(
      y, {-2.5,   -2.375,  -1.5,    -2.1875, -1.9375, -1.5,    -1.875,  -1.5,    -1.5,    -1.5,    -3.3125, -2.6875,
          -1.5,   -2.6875, -1.8125, -1.5,    -2.0625, -0.9375, -1.5,    -1.5,    -1.5625, -1.0625, -1.5,    -1.25,
          -0.625, -1.5,    -0.9375, -0.1875, -1.5,    -1.5,    -0.5625, -0.0625, -1.5,    0,       0.625,   -1.5,
          0.5625, 1.3125,  -1.5,    -1.5,    0.375,   0.5,     -1.75,   0.25,    0.5,     -1.75,   0.125,   0.5,
          -1.75,  -1.75,   1.375,   2,       -1.75,   1.125,   2,       -1.75,   0.875,   2,       -1.75,   -1.75,
          0,      0.5,     -1.75,   -0.125,  0.5,     -1.75,   -0.25,   0.5,     -1.75,   -1.75,   1,       1.5,
          -1.75,  1.125,   1.75,    -1.75,   1.25,    2,       -1.75,   -1.75});
}

TEST(ConvTranspose2d, OutputPaddingStaysBelowStrideOrDilation) {
  EXPECT_EQ(message_of<ValueError>([] {
              conv_transpose2d(zeros({1, 1, 2, 2}), zeros({1, 1, 2, 2}), {.stride = 2}, {0, 2});
            }),
            "conv_transpose2d: output_padding is (0, 2), expected less than the stride (2, 2) or the dilation (1, 1)");
  EXPECT_THROW(conv_transpose2d(zeros({1, 1, 2, 2}), zeros({1, 1, 2, 2}), {.stride = 2, .dilation = {1, 3}}, {2, 0}),
               ValueError);
  EXPECT_THROW(conv_transpose2d(zeros({1, 1, 1, 1}), zeros({1, 1, 1, 1}), {.padding = 1}), ShapeError);
  EXPECT_THROW(conv_transpose2d(zeros({1, 2, 2, 2}), zeros({1, 1, 2, 2})), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([] {
              conv_transpose2d(zeros({1, 3, 2, 2}), zeros({3, 1, 2, 2}), {.groups = 2});
            }),
            "conv_transpose2d: 3 channels do not divide into 2 groups");
}

TEST(ConvTranspose2d, OutputPaddingUpToTheDilationAddsRowsThatNothingReaches) {
  const ConvOptions options{.dilation = 3};
  const Tensor y = conv_transpose2d(pattern({1, 1, 2, 2}, 5), pattern({1, 1, 2, 2}, 3), options, 2);
  EXPECT_EQ(y.shape(), (Shape{1, 1, 7, 7}));
  expect_values(y, {1.5, 1.875, 0, 1.75, 2.1875, 0,   0, 2.25, 2.625,  0, 2.625, 3.0625, 0,   0, 0,     0,      0,
                    0,   0,     0, 0,    2,      2.5, 0, 2.25, 2.8125, 0, 0,     3,      3.5, 0, 3.375, 3.9375, 0,
                    0,   0,     0, 0,    0,      0,   0, 0,    0,      0, 0,     0,      0,   0, 0});
  const Tensor biased =
      conv_transpose2d(pattern({1, 1, 2, 2}, 5), pattern({1, 1, 2, 2}, 3), tensor({0.5}, Dtype::f64), options, 2);
  EXPECT_EQ(biased.at({0, 0, 6, 6}), 0.5);
  EXPECT_EQ(conv_transpose2d(zeros({1, 1, 2, 2}), zeros({1, 1, 2, 2}), {.stride = 2, .dilation = 4}, {1, 3}).shape(),
            (Shape{1, 1, 8, 10}));
}

TEST(ConvTranspose2d, OutputPaddingBeyondTheStrideShowsWhatPaddingCutsOff) {
  const ConvOptions options{.padding = {1, 0}, .dilation = {3, 2}};
  const Tensor y = conv_transpose2d(pattern({1, 1, 2, 3}, 5), pattern({1, 1, 2, 2}, 3), options, {2, 1});
  EXPECT_EQ(y.shape(), (Shape{1, 1, 5, 6}));
  expect_values(y, {2.625,  3,     6.4375, 3.5, 3.9375, 0,      0,   0,      0, 0, 0, 0, 2, 2.5, 5.25,
                    2.8125, 3.375, 0,      3.5, 4,      8.4375, 4.5, 5.0625, 0, 0, 0, 0, 0, 0,   0});
}

TEST(Conv1d, AgreesWithPyTorch) {
  const Tensor y =
      conv1d(pattern({1, 2, 7}), pattern({3, 2, 3}, 5), pattern({3}, 3), {.stride = 2, .padding = 2, .dilation = 2});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 4}));
  expect_values(y, {4.3125, 9.5, 3.6875, 0.1875, -4.0625, -7.8125, -7.9375, -5.75, -0.5625, -0.1875, -2.9375, -3.375});
}

TEST(Conv1d, SaysWhatDoesNotFit) {
  const Tensor x = zeros({1, 2, 7}), w = zeros({3, 2, 3});
  EXPECT_EQ(message_of<ShapeError>([&] {
              conv1d(zeros({1, 2, 7, 1}), w);
            }),
            "conv1d: expected two operands of rank 3: (1, 2, 7, 1) * (3, 2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              conv1d(x, zeros({3, 2, 8}));
            }),
            "conv1d: kernel (1, 8) with dilation (1, 1) is larger than image (1, 7) with padding (0, 0)");
  EXPECT_EQ(message_of<ShapeError>([&] { conv1d(x, w, zeros({2})); }),
            "conv1d: expected a bias of shape (3,), got (2,)");
}

}  // namespace
}  // namespace cadena

#include "tensor/pooling.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/reduce.h"
#include "tensor/views.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

// Expected values: PyTorch 1.13, torch.nn.functional, on the same patterns in f64.
const Tensor kPlane = pattern({1, 1, 5, 6});

TEST(MaxPool2d, AgreesWithPyTorchUnderStrideAndPadding) {
  for (const Tensor& x : {kPlane, scattered(kPlane)}) {
    const auto [y, positions] = max_pool2d(x, {3, 2}, {.stride = 2, .padding = 1});
    EXPECT_EQ(y.shape(), (Shape{1, 1, 3, 4}));
    EXPECT_EQ(positions.dtype(), Dtype::i64);
    expect_values(y, {0.5, 0.25, -0.25, -0.75, 2.25, 2, 1.5, 1, 0.75, 0.5, 0, -0.5});
    expect_values(positions, {0, 1, 3, 5, 12, 13, 15, 17, 18, 19, 21, 23});
  }
}

TEST(MaxPool2d, AgreesWithPyTorchUnderDilation) {
  const auto [y, positions] = max_pool2d(kPlane, 2, {.stride = 1, .dilation = {2, 3}});
  expect_values(y, {2.25, 2, 1.75, 0.75, 0.5, 0.25, 2.25, 2, 1.75});
  expect_values(positions, {12, 13, 14, 18, 19, 20, 12, 13, 14});
}

TEST(MaxPool2d, CeilModeAddsAWindowThatReachesOverTheEdge) {
  const auto [y, positions] = max_pool2d(kPlane, {2, 3}, {.stride = {2, 4}, .ceil_mode = true});
  EXPECT_EQ(y.shape(), (Shape{1, 1, 3, 2}));
  expect_values(y, {0.5, -0.5, 2.25, 1.25, -0.75, -1.75});
  expect_values(positions, {0, 4, 12, 16, 24, 28});
  expect_values(max_pool2d(kPlane, 3, {.stride = 2, .padding = 1, .ceil_mode = true})[0],
                {0.5, 0.25, -0.25, -0.75, 2.25, 2, 1.5, 1, 0.75, 0.5, 0, -0.5});
  expect_values(max_pool1d(pattern({1, 1, 6}), 4, 4, 0, 1, /*ceil_mode=*/true)[0], {0.5, -0.5});
}

TEST(MaxPool2d, CeilModeLeavesOutAWindowThatStartsBehindTheImage) {  // rows: (5 + 2 - 3) / 3 + 1 rounds up to 3
  EXPECT_EQ(max_pool2d(kPlane, 3, {.stride = 3, .padding = 1, .ceil_mode = true})[0].shape(), (Shape{1, 1, 2, 3}));
  expect_values(max_pool2d(kPlane, 3, {.stride = 3, .padding = 1, .ceil_mode = true})[0],
                {0.5, 0, -0.75, 2.25, 1.75, 1});
  expect_values(max_pool2d(pattern({1, 1, 2, 3}), {3, 2}, {.stride = 2, .ceil_mode = true})[0], {0.5, 0});
}

TEST(AvgPool2d, CeilModeDoesNotCountWhatLiesBehindThePadding) {
  expect_values(avg_pool2d(kPlane, 3, {.stride = 2, .padding = 1, .ceil_mode = true}),
                {-0.16666666666666666, -0.5, -0.8333333333333334, -0.5, 0.3611111111111111, 0.16666666666666666,
                 -0.3333333333333333, -0.2916666666666667, -0.05555555555555555, -0.3333333333333333,
                 -0.6666666666666666, -0.4166666666666667});
  expect_values(avg_pool2d(kPlane, 3, {2, 1, false, true}),
                {-0.375, -0.75, -1.25, -1.5, 0.5416666666666666, 0.16666666666666666, -0.3333333333333333,
                 -0.5833333333333334, -0.125, -0.5, -1.0, -1.25});
  expect_values(avg_pool2d(kPlane, {2, 3}, {.stride = {2, 4}, .ceil_mode = true}),
                {-0.5, -1.375, 1.25, 0.375, -1.0, -1.875});
  expect_values(avg_pool1d(pattern({1, 1, 6}), 4, 4, 0, true, /*ceil_mode=*/true), {0.125, -0.625});
}

TEST(MaxPool2d, StrideIsTheKernelUnlessGiven) {
  EXPECT_EQ(max_pool2d(zeros({2, 3, 7, 9}), {2, 3})[0].shape(), (Shape{2, 3, 3, 3}));
}

TEST(MaxPool2d, TakesTheFirstOfTiesAndLetsNaNWin) {
  const auto [y, positions] = max_pool2d(tensor({{1, 1, 2, std::nan("")}, {1, 1, 7, 3}}), 2);
  expect_values(y, {1, std::nan("")});
  expect_values(positions, {0, 3});
}

TEST(MaxPool2d, PaddingNeverWins) {
  const double low = -std::numeric_limits<double>::infinity();
  const auto [y, positions] = max_pool2d(full({1, 1}, low, Dtype::f64), 2, {.padding = 1});
  expect_values(y, {low});
  expect_values(positions, {0});
}

TEST(AvgPool2d, AgreesWithPyTorchAboutPadding) {
  const AvgPoolOptions counted{.stride = {2, 3}, .padding = 1}, uncounted{{2, 3}, 1, false};
  for (const Tensor& x : {kPlane, scattered(kPlane)}) {
    expect_values(avg_pool2d(x, {3, 2}, counted),
                  {-0.08333333333333333, -0.5833333333333334, -0.5, 0.3333333333333333, 0.041666666666666664,
                   -0.2916666666666667, 0, -0.4166666666666667, -0.4166666666666667});
    expect_values(avg_pool2d(x, {3, 2}, uncounted), {-0.25, -0.875, -1.5, 0.6666666666666666, 0.041666666666666664,
                                                     -0.5833333333333334, 0, -0.625, -1.25});
  }
}

TEST(AdaptivePool, WindowsCoverTheImageEvenlyAsInPyTorch) {
  expect_values(adaptive_avg_pool2d(kPlane, {3, 4}),
                {-0.375, -0.625, -1.125, -1.375, 0.5416666666666666, 0.2916666666666667, -0.20833333333333334,
                 -0.4583333333333333, -0.125, -0.375, -0.875, -1.125});
  const auto [y, positions] = adaptive_max_pool2d(kPlane, {3, 4});
  expect_values(y, {0.5, 0.25, -0.25, -0.5, 2.25, 2, 1.5, 1.25, 0.75, 0.5, 0, -0.25});
  expect_values(positions, {0, 1, 3, 4, 12, 13, 15, 16, 18, 19, 21, 22});
  expect_values(adaptive_avg_pool2d(kPlane, 1), {mean(kPlane).item()});
}

TEST(AvgPool2d, AveragesAnImageOfAMillionElementsAccurately) {  // added one by one in f32: 0.100958
  const Tensor image = broadcast_to(tensor(0.1), {1000, 1000});
  expect_values(adaptive_avg_pool2d(image, 1), {0.1}, 1e-8);
  expect_values(avg_pool2d(image, 1000), {0.1}, 1e-8);
}

TEST(Pool1d, IsPoolingOfImagesOfHeightOne) {
  const Tensor x = pattern({1, 2, 7});
  expect_values(avg_pool1d(x, 3, 2, 1), {0.25, 0, -0.5, -0.5833333333333334, -0.9166666666666666, -1.75,
                                         -0.6666666666666666, 1.4166666666666667});
  const auto [y, positions] = max_pool1d(tensor({3, 1, 2, 5, 4}), 2);
  expect_values(y, {3, 5});
  expect_values(positions, {0, 3});
  expect_values(adaptive_avg_pool1d(tensor({1, 2, 3, 4, 5}), 2), {2, 4});
}

TEST(Pool1d, SaysWhatDoesNotFit) {
  const Tensor x = zeros({1, 4});
  EXPECT_EQ(message_of<ShapeError>([&] { max_pool1d(x, 5); }),
            "max_pool1d: a window of 5 with dilation 1 is larger than an axis of 4 with padding 0");
  EXPECT_EQ(message_of<ValueError>([&] { avg_pool1d(x, 2, 0, 2); }),
            "avg_pool1d: padding is 2, expected at most half the kernel 2");
  EXPECT_EQ(message_of<ValueError>([&] { adaptive_avg_pool1d(x, -1); }),
            "adaptive_avg_pool1d: output extent is -1, expected at least 0");
  EXPECT_EQ(message_of<DtypeError>([] { max_pool1d(zeros({4}, Dtype::i64), 2); }),
            "max_pool1d: dtype is i64, expected f32, f64, f16 or bf16");
  EXPECT_EQ(message_of<ShapeError>([] { avg_pool1d(zeros({}), 2); }), "avg_pool1d: expected (…, l), got shape ()");
}

TEST(AvgPool2d, InputGradientIsTheAdjoint) {
  const Windows windows = avg_pool2d_windows({5, 6}, {3, 2}, {.stride = {2, 3}, .padding = 1});
  const Tensor y = avg_pool2d(kPlane, windows);
  const Tensor dy = pattern(y.shape(), 7);
  const double expected = sum(mul(dy, y)).item();
  EXPECT_NEAR(sum(mul(avg_pool2d_input(dy, {5, 6}, windows), kPlane)).item(), expected, 1e-12);
  EXPECT_NEAR(sum(mul(avg_pool2d_input(scattered(dy), {5, 6}, windows), kPlane)).item(), expected, 1e-12);
}

TEST(Pooling, KeepsTheDtypeAndTakesEmptyBatches) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
    EXPECT_EQ(max_pool2d(ones({2, 2}, dtype), 2)[0].dtype(), dtype);
    EXPECT_EQ(avg_pool2d(ones({2, 2}, dtype), 2).item(), 1);
  }
  EXPECT_EQ(max_pool2d(zeros({0, 3, 4, 4}), 2)[0].shape(), (Shape{0, 3, 2, 2}));
  EXPECT_EQ(adaptive_avg_pool2d(zeros({1, 4, 4}), {0, 2}).shape(), (Shape{1, 0, 2}));
}

TEST(Pooling, SaysWhatDoesNotFit) {
  const Tensor x = zeros({1, 1, 4, 4});
  EXPECT_EQ(message_of<ShapeError>([&] { max_pool2d(x, 5); }),
            "max_pool2d: a window of 5 with dilation 1 is larger than an axis of 4 with padding 0");
  EXPECT_EQ(message_of<ValueError>([&] { avg_pool2d(x, 2, {.padding = 2}); }),
            "avg_pool2d: padding is 2, expected at most half the kernel 2");
  EXPECT_THROW(max_pool2d(x, 0), ValueError);
  EXPECT_THROW(max_pool2d(x, 2, {.stride = -1}), ValueError);
  EXPECT_THROW(max_pool2d(zeros({4}), 2), ShapeError);
  EXPECT_THROW(max_pool2d(zeros({4, 4}, Dtype::i64), 2), DtypeError);
  EXPECT_THROW(max_pool2d(zeros({1, 2}), {1, 2}, {.padding = {0, 1}, .dilation = {1, 3}}), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([] {
              adaptive_avg_pool2d(zeros({0, 4}), 2);
            }),
            "adaptive_avg_pool2d: expected an axis of at least one element, got one of 0");
}

TEST(Pooling, RefusesWindowsOfAnotherImage) {
  const Windows windows = max_pool2d_windows({6, 4}, 2, {});
  EXPECT_EQ(message_of<ShapeError>([&] {
              max_pool2d(zeros({4, 4}), windows);
            }),
            "max_pool2d: a window of positions 4 … 5 in steps of 1 on an axis of 4");
  EXPECT_THROW(avg_pool2d(zeros({4, 4}), windows), ShapeError);
  EXPECT_THROW(avg_pool2d_input(zeros({3, 2}), 4, windows), ShapeError);
  EXPECT_THROW(avg_pool2d(zeros({4, 4}), Windows{{{0, 2, 0, 1}}, {{0, 2, 1, 1}}}), ShapeError);
  EXPECT_THROW(avg_pool2d(zeros({4, 4}), Windows{{{2, 2, 1, 1}}, {{0, 2, 1, 1}}}), ShapeError);
  EXPECT_EQ(message_of<ValueError>([] {
              max_pool2d(zeros({4, 4}), 2, {.stride = i64{1} << 31});
            }),
            "max_pool2d: stride is 2147483648, expected less than 2147483648");
}

TEST(Pooling, TakesEachPlaneOfABatchByItself) {
  const Tensor x = pattern({3, 2, 4, 5});
  const auto [y, positions] = max_pool2d(x, 2);
  const Tensor means = avg_pool2d(x, 2);
  for (i64 n = 0; n < 3; ++n) {
    for (i64 c = 0; c < 2; ++c) {
      const Tensor plane = select(select(x, 0, n), 0, c);
      const auto [expected, at] = max_pool2d(plane, 2);
      expect_values(select(select(y, 0, n), 0, c), expected.to_vector());
      EXPECT_EQ(select(select(positions, 0, n), 0, c).to_vector(), at.to_vector());
      expect_values(select(select(means, 0, n), 0, c), avg_pool2d(plane, 2).to_vector());
    }
  }
}

}  // namespace
}  // namespace cadena

#include "tensor/pooling.h"

#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::distance;
using support::expect_agreement;
using support::on_cuda;
using support::random;

void expect_max(const Shape& shape, Pair kernel, const MaxPoolOptions& options) {
  expect_agreement({random(shape)}, 0, [&](const auto& x) {
    const auto [y, positions] = max_pool2d(x[0], kernel, options);
    return std::vector{y, positions};
  });
}

TEST(CudaPooling, LargestElementsAndTheirPlacesAreTheCpus) {
  expect_max({2, 3, 7, 9}, {2, 3}, {});
  expect_max({5, 8, 6}, 3, {.stride = {2, 1}, .padding = 1, .dilation = {1, 2}});
  expect_max({2, 9, 8}, {3, 2}, {.dilation = {2, 3}});
  expect_max({33, 1, 31}, {1, 4}, {});
  expect_max({3, 40, 33}, {31, 33}, {.stride = 1});  // a warp for each window
}

TEST(CudaPooling, OfEqualElementsTheFirstIsTakenAndNanIsTheLargest) {
  for (const Pair kernel : {Pair{3, 3}, Pair{12, 16}}) {
    Tensor x = ones({2, 12, 16}, Dtype::f32);
    float* values = x.mutable_data<float>();
    values[100] = values[101] = values[300] = std::nanf("");
    values[40] = values[41] = 2;
    const auto [y, at] = max_pool2d(x, kernel);
    const auto [there, there_at] = max_pool2d(on_cuda(x), kernel);
    EXPECT_EQ(distance(there, y), 0);
    EXPECT_EQ(there_at.to_vector(), at.to_vector());
  }
}

void expect_average(const Shape& shape, Pair kernel, const AvgPoolOptions& options) {
  const Windows windows = avg_pool2d_windows({shape[shape.rank() - 2], shape[shape.rank() - 1]}, kernel, options);
  const Tensor x = random(shape);
  expect_agreement({x, random(avg_pool2d(x, windows).shape(), 2)}, 12, [&](const auto& t) {
    return std::vector{avg_pool2d(t[0], windows),
                       avg_pool2d_input(t[1], {shape[shape.rank() - 2], shape[shape.rank() - 1]}, windows)};
  });
}

TEST(CudaPooling, AveragesAndTheirGradientsAgree) {
  expect_average({2, 3, 7, 9}, {2, 3}, {});
  expect_average({4, 9, 8}, 3, {.stride = {2, 1}, .padding = 1, .count_include_pad = true});
  expect_average({4, 9, 8}, 3, {.stride = 2, .padding = 1, .count_include_pad = false});
  expect_average({2, 64, 33}, {64, 33}, {});  // a warp for each window
}

TEST(CudaPooling, AdaptiveWindowsOverlapAndAgree) {
  expect_agreement({random({3, 7, 5})}, 8, [](const auto& x) {
    const auto [y, positions] = adaptive_max_pool2d(x[0], {3, 2});
    return std::vector{adaptive_avg_pool2d(x[0], {3, 4}), adaptive_avg_pool2d(x[0], 1), y, positions};
  });
}

}  // namespace
}  // namespace cadena

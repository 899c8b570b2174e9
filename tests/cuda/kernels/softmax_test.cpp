#include "tensor/softmax.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

TEST(CudaSoftmax, AlongAnyAxis) {
  for (const Shape& shape : kMatrices) {
    for (const int axis : {0, 1}) {
      expect_parity({noise(shape, 1, 3, 4)}, [axis](const Tensors& in) {
        return Tensors{softmax(in[0], axis), log_softmax(in[0], axis)};
      });
    }
  }
}

TEST(CudaSoftmax, OfAMiddleAxisAndManyDimensions) {
  expect_parity({noise({3, 33, 5}, 2)}, [](const Tensors& in) { return softmax(in[0], 1); });
  expect_parity({noise({2, 3, 2, 3, 2, 3, 2, 3}, 3)}, [](const Tensors& in) { return softmax(in[0], -1); });
}

TEST(CudaSoftmax, OfLargeLogitsInfinitiesAndNan) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({{3e4, 2e4, -3e4}, {-inf, 0, 1}, {-inf, -inf, -inf}, {inf, 0, 1}, {nan, 0, 1}}, Dtype::f64);
  expect_parity({x}, [](const Tensors& in) { return Tensors{softmax(in[0], 1), log_softmax(in[0], 1)}; });
}

/// A cotangent, and what softmax and log_softmax give for logits that differ by much.
Tensors results(const Shape& shape, int axis, std::uint64_t seed) {
  const Tensor x = noise(shape, seed, 3, 4);
  return {noise(shape, seed + 1, 0.5), softmax(x, axis), log_softmax(x, axis)};
}

TEST(CudaSoftmax, CotangentsAlongAnyAxis) {
  for (const Shape& shape : kMatrices) {
    for (const int axis : {0, 1}) {
      expect_parity(results(shape, axis, 4), [axis](const Tensors& in) {
        return Tensors{softmax_backward(in[0], in[1], axis), log_softmax_backward(in[0], in[2], axis)};
      });
    }
  }
  expect_parity(results({2, 3, 2, 3, 2, 3, 2, 3}, -1, 6), [](const Tensors& in) {
    return Tensors{softmax_backward(in[0], in[1]), log_softmax_backward(in[0], in[2])};
  });
}

TEST(CudaSoftmax, OfIntegersAndNothing) {
  expect_parity({zeros({3, 0}, Dtype::f64)}, [](const Tensors& in) { return softmax(in[0]); });
  expect_parity({zeros({3, 0}, Dtype::f64)}, [](const Tensors& in) { return softmax_backward(in[0], in[0]); });
  EXPECT_EQ(softmax(to(tensor({1, 2}, Dtype::i64), Device::cuda())).dtype(), Dtype::f32);
}

}  // namespace
}  // namespace cadena::parity

#include "tensor/moments.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

TEST(CudaMoments, VarianceAndDeviation) {
  for (const Shape& shape : kMatrices) {
    const Tensor x = noise(shape, 1, 3);
    for (const int axis : {0, 1}) {
      expect_parity(
          {x},
          [&](const Tensors& in) {
            return Tensors{var(in[0], axis, 0), stddev(in[0], axis, 1)};
          },
          2);
    }
  }
}

TEST(CudaMoments, VarianceFarFromZero) {  // the mean of squares less the square of the mean has no digit left
  const auto variance = [](const Tensors& in) { return var(in[0], 1); };
  expect_parity({noise({2, 5000}, 2, 4096)}, variance, 2, {Dtype::f32, Dtype::f64});
}

}  // namespace
}  // namespace cadena::parity

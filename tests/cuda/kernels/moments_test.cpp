#include "tensor/moments.h"

#include <limits>

#include "tensor/logsumexp.h"
#include "tensor/norm.h"
#include "tensor/update.h"
#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

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

TEST(CudaMoments, LogSumExp) {
  for (const Shape& shape : kMatrices) {
    const Tensor x = noise(shape, 3, 10, 5);
    expect_parity({x}, [](const Tensors& in) { return Tensors{logsumexp(in[0], 0), logsumexp(in[0], 1)}; });
  }
  expect_parity({noise({2, 30000}, 4)}, [](const Tensors& in) { return logsumexp(in[0]); });
}

TEST(CudaMoments, LogSumExpOfExtremes) {
  expect_parity({tensor({{-kInf, -kInf}, {kInf, 1}, {kInf, kInf}, {kNan, 1}, {kInf, -kInf}, {kNan, kInf}, {6e4, 6e4}},
                        Dtype::f64)},
                [](const Tensors& in) { return logsumexp(in[0], 1); });
  expect_parity({zeros({2, 0}, Dtype::f64)}, [](const Tensors& in) { return logsumexp(in[0], 1); });
}

TEST(CudaMoments, NormsOfAnyPower) {
  for (const double p : {2.0, 1.0, 0.0, 3.0, 1.5, kInf, -kInf}) {
    for (const Shape& shape : {Shape{3, 31}, Shape{129, 33}, Shape{2, 2049}}) {
      expect_parity(
          {noise(shape, 5)},
          [p](const Tensors& in) {
            return Tensors{norm(in[0], 0, p), norm(in[0], 1, p)};
          },
          2);
    }
    expect_parity({tensor({{kNan, 1}, {1, -kInf}, {0, 0}}, Dtype::f64)},
                  [p](const Tensors& in) { return norm(in[0], 1, p); });
  }
}

TEST(CudaMoments, NormNeitherOverflowsNorVanishes) {
  const Tensor x = tensor({{3e30, 4e30}, {3e-30, 4e-30}});
  EXPECT_EQ(to(norm(to(x, Device::cuda()), 1), Device::cpu()).to_vector(), norm(x, 1).to_vector());
}

TEST(CudaMoments, NormOfAllElementsAsANumber) {
  for (const double p : {2.0, 1.0, 3.0, kInf}) {
    for (const Dtype dtype : kFloats) {
      const Tensor x = cast(noise({33, 129}, 6), dtype);
      const double expected = vector_norm(cast(x, Dtype::f64), p);
      EXPECT_NEAR(vector_norm(to(x, Device::cuda()), p), expected, 1e-12 * expected);
      EXPECT_NEAR(vector_norm(scattered(to(x, Device::cuda())), p), expected, 1e-12 * expected);
    }
    EXPECT_EQ(vector_norm(zeros({0}, Dtype::f32, Device::cuda()), p), 0);
  }
}

}  // namespace
}  // namespace cadena::parity

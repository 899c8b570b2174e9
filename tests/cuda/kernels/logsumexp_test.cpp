#include "tensor/logsumexp.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(CudaLogSumExp, OverAnyAxes) {
  for (const Shape& shape : kMatrices) {
    const Tensor x = noise(shape, 3, 10, 5);
    expect_parity({x}, [](const Tensors& in) { return Tensors{logsumexp(in[0], 0), logsumexp(in[0], 1)}; });
  }
  expect_parity({noise({2, 30000}, 4)}, [](const Tensors& in) { return logsumexp(in[0]); });
}

TEST(CudaLogSumExp, OfExtremes) {
  expect_parity({tensor({{-kInf, -kInf}, {kInf, 1}, {kInf, kInf}, {kNan, 1}, {kInf, -kInf}, {kNan, kInf}, {6e4, 6e4}},
                        Dtype::f64)},
                [](const Tensors& in) { return logsumexp(in[0], 1); });
  expect_parity({zeros({2, 0}, Dtype::f64)}, [](const Tensors& in) { return logsumexp(in[0], 1); });
}

}  // namespace
}  // namespace cadena::parity

#include "tensor/norm.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(CudaNorm, OfAnyPower) {
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

TEST(CudaNorm, NeitherOverflowsNorVanishes) {
  const Tensor x = tensor({{3e30, 4e30}, {3e-30, 4e-30}});
  EXPECT_EQ(to(norm(to(x, Device::cuda()), 1), Device::cpu()).to_vector(), norm(x, 1).to_vector());
}

}  // namespace
}  // namespace cadena::parity

#include "tensor/clip.h"

#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(CudaVectorNorm, IsThatOfTheElements) {
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

TEST(CudaScaleToNorm, RefusesWhatItCannotScale) {
  const Tensor norm = full({}, 5, Dtype::f64, Device::cuda()), near = ones({3}, Dtype::f32, Device::cuda());
  const Tensor far = ones({3});
  EXPECT_THROW(scale_to_norm(std::vector{near, far}, norm, 1), DeviceError);
  EXPECT_THROW(scale_to_norm(std::vector{near, arange(0, 3, 1, Dtype::i64, Device::cuda())}, norm, 1), DtypeError);
  EXPECT_EQ(near.to_vector(), std::vector<double>(3, 1)) << "nothing is scaled where not all can be";
}

}  // namespace
}  // namespace cadena::parity

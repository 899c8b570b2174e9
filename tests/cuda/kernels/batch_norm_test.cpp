#include "tensor/batch_norm.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

const std::vector<Shape> kImages{{3, 31}, {200, 33}, {600, 130}, {2, 5, 128}, {3, 3, 7, 7}, {4, 2, 2049}, {33, 1, 3}};

TEST(CudaBatchNorm, NormalizesChannels) {
  for (const Shape& shape : kImages) {
    const Tensors inputs{noise(shape, 1, 0.5, 2), noise({shape[1]}, 2, 1), noise({shape[1]}, 3)};
    expect_parity(inputs, [](const Tensors& in) {
      const auto all = batch_norm(in[0], in[1], in[2], 1e-5), none = batch_norm(in[0], {}, {}, 1e-5);
      return Tensors{all.y, all.mean, all.variance, none.y};
    });
  }
}

TEST(CudaBatchNorm, CotangentsOfChannelsAndParameters) {
  for (const Shape& shape : kImages) {
    const Tensors inputs{noise(shape, 4), noise(shape, 5, 0.5, 2), noise({shape[1]}, 6, 1)};
    const i64 count = shape.numel() / shape[1];
    const double terms = std::sqrt(static_cast<double>(count));
    expect_parity(
        inputs,
        [](const Tensors& in) {
          const auto n = batch_norm(in[1], {}, {}, 1e-2);
          const NormGradients d = batch_norm_backward(in[0], in[1], in[2], n.mean, n.variance, 1e-2);
          const NormGradients e = batch_norm_backward(in[0], in[1], {}, n.mean, n.variance, 1e-2, {.x = false});
          return Tensors{d.x, d.weight, d.bias, e.weight};
        },
        4 + terms);
  }
}

// As in layer_norm, x̂ is then 0 or small, and so is what is summed up.
TEST(CudaBatchNorm, AVarianceThatIsHugeLeavesCotangentsFinite) {
  for (const double large : {1e18, 1e30}) {
    const Tensor x = tensor({{large}, {-large}, {0}}, Dtype::f32), dy = tensor({{1e9}, {2e9}, {-1e9}}, Dtype::f32);
    const auto gradients = [&](Device device) {
      const auto n = batch_norm(to(x, device), {}, {}, 1e-5);
      return batch_norm_backward(to(dy, device), to(x, device), {}, n.mean, n.variance, 1e-5);
    };
    const NormGradients here = gradients(Device::cpu()), there = gradients(Device::cuda());
    expect_close(there.x, here.x, 1e-5);
    expect_close(there.weight, here.weight, 1e-5);
    for (const double v : here.weight.to_vector()) EXPECT_TRUE(std::isfinite(v));
  }
}

TEST(CudaBatchNorm, GroupsOfChannels) {
  expect_parity(
      {noise({3, 6, 5, 5}, 7), noise({6}, 8, 1), noise({6}, 9)},
      [](const Tensors& in) { return group_norm(in[0], 3, in[1], in[2], 1e-5); }, 4);
}

}  // namespace
}  // namespace cadena::parity

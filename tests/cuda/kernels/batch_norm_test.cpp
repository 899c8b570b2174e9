#include "tensor/batch_norm.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

const std::vector<Shape> kImages{{3, 31}, {200, 33}, {2, 5, 128}, {3, 3, 7, 7}, {4, 2, 2049}, {33, 1, 3}};

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
    const double terms = std::sqrt(static_cast<double>(shape.numel() / shape[1]));
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

TEST(CudaBatchNorm, GroupsOfChannels) {
  expect_parity(
      {noise({3, 6, 5, 5}, 7), noise({6}, 8, 1), noise({6}, 9)},
      [](const Tensors& in) { return group_norm(in[0], 3, in[1], in[2], 1e-5); }, 4);
}

}  // namespace
}  // namespace cadena::parity

#include "tensor/layer_norm.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

const std::vector<Shape> kRows{{1, 1}, {3, 31}, {200, 33}, {5, 128}, {129, 3}, {70, 256}, {3, 2049}, {2, 3, 40}};

TEST(CudaLayerNorm, NormalizesRows) {
  for (const Shape& shape : kRows) {
    const Shape row{shape[shape.rank() - 1]};
    const Tensors inputs{noise(shape, 1, 0.5, 2), noise(row, 2, 1), noise(row, 3)};
    expect_parity(inputs, [](const Tensors& in) {
      const Normalized all = layer_norm(in[0], in[1], in[2], 1e-5), none = layer_norm(in[0], {}, {}, 1e-5);
      const Normalized rms = rms_norm(in[0], in[1], 1e-5), plain = rms_norm(in[0], {}, 1e-5);
      return Tensors{all.y, all.mean, all.rstd, none.y, rms.y, rms.rstd, plain.y};
    });
  }
}

TEST(CudaLayerNorm, KeepsItsAccuracyFarFromZero) {
  expect_parity({noise({3, 1000}, 4, 1000)}, [](const Tensors& in) { return layer_norm(in[0], {}, {}, 1e-5).y; }, 20,
                {Dtype::f32, Dtype::f64});
}

TEST(CudaLayerNorm, CotangentsOfRowsAndParameters) {
  for (const Shape& shape : kRows) {
    const Shape row{shape[shape.rank() - 1]};
    const Tensors inputs{noise(shape, 5), noise(shape, 6, 0.5, 2), noise(row, 7, 1)};
    const i64 count = shape.numel() / row[0];
    const double terms = std::sqrt(static_cast<double>(count));
    expect_parity(
        inputs,
        [](const Tensors& in) {
          const Normalized n = layer_norm(in[1], {}, {}, 1e-2), r = rms_norm(in[1], {}, 1e-2);
          const NormGradients d = layer_norm_backward(in[0], in[1], in[2], n.mean, n.rstd, {});
          const NormGradients e = rms_norm_backward(in[0], in[1], {}, r.rstd, {});
          return Tensors{d.x, d.weight, d.bias, e.x, e.weight};
        },
        4 + terms);
  }
}

TEST(CudaLayerNorm, OnlyTheCotangentsAskedFor) {
  const Tensor x = to(noise({3, 5}, 8), Device::cuda());
  const Normalized n = layer_norm(x, {}, {}, 1e-5);
  const NormGradients d = layer_norm_backward(x, x, {}, n.mean, n.rstd, {.x = false, .weight = true, .bias = false});
  EXPECT_FALSE(d.x.defined());
  EXPECT_TRUE(d.weight.defined());
  EXPECT_FALSE(d.bias.defined());
}

TEST(CudaLayerNorm, OfNothing) {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}}) {
    expect_parity({zeros(shape, Dtype::f64)}, [](const Tensors& in) {
      const Normalized n = layer_norm(in[0], {}, {}, 1e-5);
      const NormGradients d = layer_norm_backward(in[0], in[0], {}, n.mean, n.rstd, {});
      return Tensors{n.y, n.rstd, d.x, d.weight, d.bias};
    });
  }
}

}  // namespace
}  // namespace cadena::parity

#include "tensor/scan.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

TEST(CudaScan, RunningSumsAlongAnyAxis) {
  for (const Shape& shape : kMatrices) {
    for (const int axis : {0, 1}) {
      expect_parity(
          {noise(shape, 1)}, [axis](const Tensors& in) { return cumsum(in[0], axis); }, 2);
    }
  }
}

TEST(CudaScan, RunningSumsAmongBlocks) {
  expect_parity(
      {noise({2, 40001}, 2)}, [](const Tensors& in) { return cumsum(in[0], 1); }, 20);  // what the CPU rounds as well
}

TEST(CudaScan, RunningCountsAreExact) {
  Generator generator(3);
  expect_equal({randint(generator, {3, 20000}, -9, 10)}, [](const Tensors& in) { return cumsum(in[0], 1); });
  expect_equal({bernoulli(generator, {31, 33}, 0.5)}, [](const Tensors& in) { return cumsum(in[0], 0); });
}

TEST(CudaScan, ProductsOfAllOthers) {
  const auto others = [](const Tensors& in) { return exclusive_prod(in[0]); };
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 31}, Shape{3, 129}, Shape{2, 2049}}) {
    expect_parity({noise(shape, 4, 1, 0.01)}, others, 8);
  }
  expect_parity({noise({2, 17000}, 5, 1, 1e-4)}, others, 8, {Dtype::f64});
  expect_equal({tensor({{2, 0, 3}, {0, 5, 0}, {1, -2, 3}}, Dtype::i64)}, others);
  expect_equal({tensor({{2, 0, 3}, {0, 5, 0}, {1, -2, 4}})}, others);
}

TEST(CudaScan, OfNothing) {
  expect_parity({zeros({3, 0}, Dtype::f64)}, [](const Tensors& in) {
    return Tensors{cumsum(in[0], 1), cumsum(in[0], 0), exclusive_prod(in[0])};
  });
}

}  // namespace
}  // namespace cadena::parity

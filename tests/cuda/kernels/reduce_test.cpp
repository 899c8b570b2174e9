#include "tensor/reduce.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(CudaReduce, SumsAndAveragesRowsColumnsAndAll) {
  for (const Shape& shape : kMatrices) {
    const Tensor x = noise(shape, 1);
    for (const Axes& axes : {Axes(0), Axes(1), Axes()}) {
      expect_parity({x}, [&](const Tensors& in) { return mean(in[0], axes); });
      expect_parity(
          {x}, [&](const Tensors& in) { return sum(in[0], axes); }, std::sqrt(static_cast<double>(x.numel())));
    }
  }
}

TEST(CudaReduce, MultipliesNumbersNearOne) {
  for (const Shape& shape : kMatrices) {
    const Tensor x = noise(shape, 2, 1, 0.01);
    for (const Axes& axes : {Axes(0), Axes(1)}) {
      expect_parity(
          {x}, [&](const Tensors& in) { return prod(in[0], axes); }, 4);
    }
  }
}

TEST(CudaReduce, CutsLongRowsAmongBlocks) {
  const auto both = [](const Tensors& in) { return Tensors{mean(in[0]), mean(in[0], 0), mean(in[0], 1)}; };
  expect_parity({noise({1, 40001}, 3, 5)}, both);
  expect_parity({noise({10000, 3}, 4, 5)}, both);
}

TEST(CudaReduce, KeepsItsAccuracyInLongSums) {  // a running sum of as many f32 would be off by 1e-2
  const Tensor x = full({1 << 20}, 0.1);
  expect_close(sum(to(x, Device::cuda())), sum(cast(x, Dtype::f64)), 1e-6);
}

TEST(CudaReduce, CountsExactlyInIntegers) {
  Generator generator(5);
  for (const Shape& shape : kMatrices) {
    const Tensor x = randint(generator, shape, -3, 4);
    expect_equal({x}, [](const Tensors& in) { return Tensors{sum(in[0]), sum(in[0], 0), prod(in[0], 1)}; });
  }
}

TEST(CudaReduce, FindsTruthInEveryDtype) {
  Generator generator(6);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    for (const double p : {0.01, 0.99}) {
      const Tensor x = cast(bernoulli(generator, {33, 129}, p), dtype);
      expect_equal({x}, [](const Tensors& in) {
        return Tensors{any(in[0], 0), any(in[0], 1), all(in[0], 0), all(in[0], 1), any(in[0]), all(in[0])};
      });
    }
  }
  expect_equal({tensor({{0, kNan}, {0, 0}, {1, -2}})}, [](const Tensors& in) {
    return Tensors{any(in[0], 1), all(in[0], 1)};
  });
}

TEST(CudaReduce, OverAnyAxesOfManyDimensions) {
  const Tensor x = noise({2, 3, 2, 3, 2, 3, 2, 3}, 7);  // scattered: eight axes, none of which merge
  for (const Axes& axes : {Axes({0, 2, 4, 6}), Axes({1, 7}), Axes(3), Axes()}) {
    expect_parity({x}, [&](const Tensors& in) { return mean(in[0], axes); });
  }
}

TEST(CudaReduce, OfNoElementsIsTheNeutralElement) {
  expect_parity({zeros({3, 0}, Dtype::f64)}, [](const Tensors& in) {
    return Tensors{sum(in[0], 1), prod(in[0], 1), mean(in[0], 1), any(in[0], 1), all(in[0], 1), sum(in[0], 0)};
  });
}

TEST(CudaReduce, NanAndInfinityPropagate) {
  const double inf = std::numeric_limits<double>::infinity();
  expect_parity({tensor({{1, kNan}, {1, inf}, {inf, -inf}}, Dtype::f64)}, [](const Tensors& in) {
    return Tensors{sum(in[0], 1), mean(in[0], 1), prod(in[0], 1)};
  });
}

TEST(CudaReduce, RepeatsToTheBit) {
  const Tensor x = to(cast(noise({3, 20000}, 8), Dtype::f32), Device::cuda());
  const std::vector<double> first = to(sum(x, 1), Device::cpu()).to_vector();
  for (int run = 0; run < 3; ++run) EXPECT_EQ(to(sum(x, 1), Device::cpu()).to_vector(), first);
}

}  // namespace
}  // namespace cadena::parity

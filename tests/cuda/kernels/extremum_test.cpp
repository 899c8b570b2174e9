#include "tensor/extremum.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

const std::vector<Dtype> kAll{Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean};

Tensors extremes(const Tensor& x, int axis) { return {max(x, axis), min(x, axis), argmax(x, axis), argmin(x, axis)}; }

TEST(CudaExtremum, OfRowsAndColumnsInEveryDtype) {
  Generator generator(1);
  for (const Shape& shape : kMatrices) {
    for (const Dtype dtype : kAll) {
      const bool is_bool = dtype == Dtype::boolean;
      const Tensor x = cast(randint(generator, shape, is_bool ? 0 : -40, is_bool ? 2 : 40), dtype);  // with ties
      expect_equal({x}, [](const Tensors& in) { return extremes(in[0], 0); });
      expect_equal({x}, [](const Tensors& in) { return extremes(in[0], 1); });
      expect_equal({x}, [](const Tensors& in) { return Tensors{argmax(in[0]), argmin(in[0]), max(in[0])}; });
    }
  }
}

TEST(CudaExtremum, AmongBlocksTheFirstOfEqualsWins) {
  Generator generator(2);
  const Tensor x = cast(randint(generator, {40001}, 0, 3), Dtype::f32);
  expect_equal({x}, [](const Tensors& in) { return extremes(in[0], 0); });
}

TEST(CudaExtremum, NanWinsAndTheFirstOfThemIsFound) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const Dtype dtype : kFloats) {
    const Tensor x = tensor({{1, nan, inf, nan}, {inf, -inf, inf, -inf}, {-inf, -inf, -inf, -inf}}, dtype);
    expect_equal({x}, [](const Tensors& in) { return extremes(in[0], 1); });
  }
  Tensor late = full({5000}, 1);
  late.mutable_data<float>()[4321] = std::numeric_limits<float>::quiet_NaN();
  expect_equal({late}, [](const Tensors& in) { return extremes(in[0], 0); });
}

TEST(CudaExtremum, OfIntegersThatNoDoubleHolds) {
  const std::vector<i64> values{(i64{1} << 60) + 1, i64{1} << 60, std::numeric_limits<i64>::min(),
                                std::numeric_limits<i64>::min() + 1};
  const Tensor x = to(from_values(std::span<const i64>(values), {4}), Device::cuda());
  EXPECT_EQ(to(max(x), Device::cpu()).data<i64>()[0], values[0]);
  EXPECT_EQ(to(min(x), Device::cpu()).data<i64>()[0], values[2]);
  EXPECT_EQ(argmax(x).item(), 0);
  EXPECT_EQ(argmin(x).item(), 2);
}

}  // namespace
}  // namespace cadena::parity

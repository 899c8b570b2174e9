#include "tensor/matmul.h"

#include <array>

#include "cuda/kernels/vendor.h"
#include "tensor/activation.h"
#include "tensor/base/error.h"
#include "tensor/linear.h"
#include "tensor/trigonometric.h"
#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::distance;
using support::expect_agreement;
using support::expect_same;
using support::kFloatingDtypes;
using support::on_cuda;
using support::random;
using support::random_index;

TEST(CudaMatMul, AgreesWithTheCpuAtOddExtents) {
  for (const auto& [m, k, n] : {std::array<i64, 3>{1, 1, 1}, {31, 33, 1}, {1, 127, 129}, {65, 31, 130}, {4, 8, 64}}) {
    expect_agreement({random({m, k}), random({k, n}, 2)}, 2 + 0.5 * static_cast<double>(k),
                     [](const auto& x) { return std::vector{matmul(x[0], x[1])}; });
  }
}

TEST(CudaMatMul, LongSumsAreCutIntoPartsWithoutLosingAnything) {
  expect_agreement({random({3, 2049}), random({2049, 5}, 2)}, 200,
                   [](const auto& x) { return std::vector{matmul(x[0], x[1])}; });
}

TEST(CudaMatMul, IntegersWrapAroundAsOnTheCpu) {
  constexpr i64 kTerms = 1030;  // in two parts
  constexpr i64 kOverflowInAProduct = (i64{1} << 40) + 3, kOverflowInTheSumOfParts = (i64{1} << 27) + 3;
  for (const i64 left : {kOverflowInAProduct, kOverflowInTheSumOfParts}) {
    const i64 right = left / 2 + 5;
    const Tensor a = full({3, kTerms}, left, Dtype::i64), b = full({kTerms, 2}, right, Dtype::i64);
    const Tensor y = to(matmul(on_cuda(a), on_cuda(b)), Device::cpu());
    const auto expected =
        static_cast<i64>(kTerms * static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(right));
    for (i64 i = 0; i < y.numel(); ++i) EXPECT_EQ(y.data<i64>()[i], expected);
    EXPECT_EQ(matmul(a, b).data<i64>()[0], expected);
  }
}

// 8,192 times 8 is more than f16 holds, whoever adds the halves up.
TEST(CudaMatMul, PartsOfASumMayBeLargerThanItsDtype) {
  constexpr i64 kTerms = 16384;
  Tensor terms = full({4, kTerms}, 8, Dtype::f64);
  for (i64 row = 0; row < 4; ++row) {
    for (i64 i = kTerms / 2; i < kTerms; ++i) terms.mutable_data<double>()[row * kTerms + i] = -8;
  }
  const Tensor w = on_cuda(cast(terms, Dtype::f16)), x = on_cuda(ones({2, kTerms}, Dtype::f16));
  EXPECT_EQ(matmul(x, transpose(w)).to_vector(), std::vector<double>(8, 0));
  EXPECT_EQ(linear(x, w).to_vector(), std::vector<double>(8, 0));
}

TEST(CudaMatMul, LargeTilesAgreeToo) {
  // Enough 128 x 128 tiles that they are chosen, by a batch.
  const Tensor a = random({17, 260, 20}), b = random({17, 20, 500}, 2);
  const Tensor y = matmul(on_cuda(cast(a, Dtype::f32)), on_cuda(cast(b, Dtype::f32)));
  const Tensor expected = matmul(cast(cast(a, Dtype::f32), Dtype::f64), cast(cast(b, Dtype::f32), Dtype::f64));
  EXPECT_LE(distance(y, expected), 8 * 0x1p-24);
}

TEST(CudaMatMul, TransposedOperandsAndBroadcastBatchesAreReadInPlace) {
  expect_agreement({random({2, 1, 33, 12}), random({3, 33, 20}, 2)}, 20, [](const auto& x) {
    return std::vector{matmul(transpose(x[0]), x[1]), matmul(transpose(x[1]), x[0])};
  });
}

TEST(CudaMatMul, IntegersAreExact) {
  const Tensor a = random_index({5, 33}, -9, 9), b = random_index({33, 70}, -9, 9, 3);
  expect_same(matmul(on_cuda(a), on_cuda(b)), matmul(a, b));
}

TEST(CudaMatMul, NothingToSumGivesZeroAndNothingToMultiplyNothing) {
  const Tensor zero = matmul(on_cuda(random({2, 0})), on_cuda(random({0, 3})));
  EXPECT_EQ(zero.to_vector(), std::vector<double>(6, 0));
  EXPECT_EQ(matmul(on_cuda(random({0, 4})), on_cuda(random({4, 3}))).shape(), (Shape{0, 3}));
}

TEST(CudaMatMul, NanStaysInItsRow) {
  Tensor a = random({3, 20});
  a.mutable_data<double>()[25] = std::nan("");
  const Tensor b = random({20, 4});
  EXPECT_EQ(distance(matmul(on_cuda(a), on_cuda(b)), matmul(a, b)) < 1e-14, true);
}

TEST(CudaLinear, AddsTheBiasToEachRow) {
  for (const i64 in : {1, 31, 1025}) {
    expect_agreement({random({2, 5, in}), random({33, in}, 2), random({33}, 3)}, 2 + 0.5 * static_cast<double>(in),
                     [](const auto& x) {
                       return std::vector{linear(x[0], x[1], x[2]), linear(x[0], x[1])};
                     });
  }
}

/// The products of one test by Cadena's kernels, or by cuBLAS.
struct Chosen {
  explicit Chosen(const char* multiplier) { cuda::choose_multiplier(multiplier); }
  ~Chosen() { cuda::choose_multiplier(""); }
};

TEST(CudaLinear, AppliesEachActivationToTheSum) {
  const Chosen chosen("ladder");
  const auto activated = [](LinearActivation f, const Tensor& z) {
    switch (f) {
      case LinearActivation::none: break;
      case LinearActivation::relu: return relu(z);
      case LinearActivation::gelu: return gelu(z);
      case LinearActivation::gelu_tanh: return gelu(z, GeluForm::tanh);
      case LinearActivation::silu: return silu(z);
      case LinearActivation::sigmoid: return sigmoid(z);
      case LinearActivation::tanh: return tanh(z);
    }
    return z;
  };
  for (const Dtype dtype : kFloatingDtypes) {
    const auto there = [&](const Tensor& x) { return on_cuda(cast(x, dtype)); };
    const Tensor x = there(random({5, 9})), w = there(random({33, 9}, 2)), b = there(random({33}, 3));
    const Tensor sum = linear(x, w, b);
    for (int i = 0; i <= static_cast<int>(LinearActivation::tanh); ++i) {
      const auto f = static_cast<LinearActivation>(i);
      const auto [y, z] = linear_with_argument(x, w, b, f);
      expect_same(z, sum);
      expect_same(y, activated(f, sum));
      expect_same(linear(x, w, b, f), y);
    }
  }
}

// In one launch, before the sum is rounded: so y is not the activation of z to the bit.
TEST(CudaLinear, CublasLtAddsTheBiasAndAppliesGelu) {
  if (!cuda::has_vendor_multiply()) GTEST_SKIP() << "a build for the emulator has no cuBLASLt";
  const Chosen chosen("cublas");
  for (const i64 out : {33, 64}) {
    expect_agreement({random({37, 40}), random({out, 40}, 2), random({out}, 3)}, 200, [](const auto& x) {
      constexpr auto f = LinearActivation::gelu_tanh;
      const auto [y, z] = linear_with_argument(x[0], x[1], x[2], f);
      return std::vector{y, z, linear(x[0], x[1], x[2], f), linear(x[0], x[1], Tensor(), f)};
    });
  }
}

TEST(CudaLinear, RefusesABiasOnAnotherDevice) {
  EXPECT_EQ(message_of<DeviceError>([] {
              linear(ones({2, 3}), ones({4, 3}), on_cuda(ones({4})));
            }),
            "linear: devices differ: cpu and cuda:0");
}

}  // namespace
}  // namespace cadena

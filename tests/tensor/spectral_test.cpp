#include "tensor/spectral.h"

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

// Expected values: PyTorch 1.13, torch.linalg, in f64, columns turned so that the largest component is positive.
const Tensor kSpd = tensor({{7.3125, -0.25, -2.8125}, {-0.25, 3.875, -2}, {-2.8125, -2, 3.8125}}, Dtype::f64);
const Tensor kTall = tensor({{-1.75, -2}, {-2.25, 2.25}, {2, 1.75}, {1.5, 1.25}}, Dtype::f64);

TEST(Eigh, AgreesWithPyTorch) {
  const std::vector<double> expected = {1.001953602070132, 5, 8.998046397929869};
  for (const Tensor& a : {kSpd, scattered(kSpd)}) {
    const auto [values, vectors] = eigh(a);
    expect_values(values, expected, 1e-14);
    expect_values(vectors,
                  {0.35701949443529346, -0.4082482904638632, 0.8401609452518609, 0.554400921310408, 0.816496580927726,
                   0.16116126018216703, 0.7517823481855225, -0.4082482904638629, -0.5178384248875273});
    expect_values(eigvalsh(a), expected, 1e-14);
  }
}

TEST(Eigh, SeesTheSymmetricPart) {
  const Tensor skew = tensor({{0, 1, 2}, {-1, 0, 3}, {-2, -3, 0}}, Dtype::f64);
  expect_values(eigvalsh(add(kSpd, skew)), eigvalsh(kSpd));
}

TEST(Eigh, DecomposesEveryMatrixOfABatch) {
  const Tensor x = pattern({2, 3, 4, 4});
  const auto [values, v] = eigh(x);
  EXPECT_EQ(values.shape(), (Shape{2, 3, 4}));
  const Tensor again = matmul(mul(v, unsqueeze(values, -2)), transpose(v));
  expect_values(again, div(add(x, transpose(x)), 2), 1e-13);
}

TEST(Svd, AgreesWithPyTorch) {
  for (const Tensor& a : {kTall, scattered(kTall)}) {
    const auto [u, s, vt] = svd(a);
    expect_values(s, {4.226016511787914, 3.1942580425031264}, 1e-14);
    expect_values(u, {-0.6249444432494062, -0.09259650841049177, -0.03384153965023062, 0.9951497117867818,
                      0.6287046143216541, -0.017975681788039377, 0.46155140664551286, -0.027925125337699752});
    expect_values(vt, {0.7381733057146215, 0.6746111255607545, -0.6746111255607545, 0.7381733057146215});
    expect_values(svdvals(a), s, 1e-14);
  }
}

TEST(Svd, OfWideMatricesAndOfLargeOnesMultipliesBack) {
  for (const Shape& shape : {Shape{2, 3, 5}, Shape{40, 25}}) {
    const Tensor x = pattern(shape);
    const auto [u, s, vt] = svd(x);
    expect_values(matmul(mul(u, unsqueeze(s, -2)), vt), x, 1e-12);
  }
}

TEST(Pinv, AgreesWithPyTorch) {
  expect_values(pinv(kTall), {-0.08960535059701176, -0.2160818023966216, 0.11361443975219192, 0.08651846770563146,
                              -0.12116015348667711, 0.22457073034791755, 0.09620785011468631, 0.06722544963450452});
}

TEST(Pinv, CountsSmallSingularValuesAsZero) {
  const Tensor a = tensor({{1, 0}, {0, 1e-3}}, Dtype::f64);
  expect_values(pinv(a), {1, 0, 0, 1e3});
  expect_values(pinv(a, 1e-2), {1, 0, 0, 0});
  expect_values(pinv(zeros({2, 3})), {0, 0, 0, 0, 0, 0});
  EXPECT_THROW(pinv(a, std::nan("")), ValueError);
}

TEST(Spectral, TakesEmptyMatricesAndBatches) {
  EXPECT_EQ(eigh(zeros({0, 0}))[0].shape(), (Shape{0}));
  EXPECT_EQ(svd(zeros({3, 0}))[0].shape(), (Shape{3, 0}));
  EXPECT_EQ(svd(zeros({0, 3, 2}))[2].shape(), (Shape{0, 2, 2}));
  EXPECT_EQ(pinv(zeros({3, 0})).shape(), (Shape{0, 3}));
}

TEST(Spectral, ComputesTwoByteTypesInF32) {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32}) {
    const Tensor values = eigvalsh(cast(kSpd, dtype));
    EXPECT_EQ(values.dtype(), dtype);
    expect_values(values, {1, 5, 9}, 1e-2);
  }
}

TEST(Spectral, SaysWhatIsWrong) {
  EXPECT_THROW(eigh(zeros({2, 3})), ShapeError);
  EXPECT_THROW(svd(zeros({3})), ShapeError);
  EXPECT_EQ(message_of<LinalgError>([] {
              svd(full({2, 2}, std::nan("")));
            }),
            "svd: the matrix contains NaN or infinity");
  EXPECT_THROW(eigvalsh(full({2, 2}, std::nan(""))), LinalgError);
}

TEST(Repeated, MarksEqualPairsAndRefusesWeightsOnThem) {
  const Tensor values = tensor({2, 2, 5}, Dtype::f64);
  Tensor w = zeros({3, 3}, Dtype::f64);
  w.mutable_data<double>()[2] = 1;
  expect_values(repeated("eigh", values, w), {1, 1, 0, 1, 1, 0, 0, 0, 1});
  w.mutable_data<double>()[3] = 1;
  EXPECT_THROW(repeated("eigh", values, w), LinalgError);
}

}  // namespace
}  // namespace cadena

#include "tensor/linalg.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/matmul.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

// Expected values: PyTorch 1.13, torch.linalg, in f64.
const Tensor kA = tensor({{2.5, 0.25, 0}, {-0.25, 1.5, -0.75}, {-1, -1.25, 0.5}}, Dtype::f64);
const Tensor kB = tensor({{-1, -1.25}, {-1.5, -1.75}, {-2, -2.25}}, Dtype::f64);
const Tensor kSpd = tensor({{7.3125, -0.25, -2.8125}, {-0.25, 3.875, -2}, {-2.8125, -2, 3.8125}}, Dtype::f64);
const Tensor kTall = tensor({{-1.75, -2}, {-2.25, 2.25}, {2, 1.75}, {1.5, 1.25}}, Dtype::f64);

Tensor batch(const Tensor& a, const Tensor& b) {
  Tensor both = empty({2, a.size(0), a.size(1)}, a.dtype());
  copy_into(select(both, 0, 0), a);
  copy_into(select(both, 0, 1), b);
  return both;
}

TEST(Solve, AgreesWithPyTorch) {
  for (const Tensor& a : {kA, scattered(kA)}) {
    expect_values(solve(a, scattered(kB)), {-3, -3.5, 26, 30, 55, 63.5}, 1e-13);
    expect_values(solve(a, select(kB, 1, 0)), {-3, 26, 55}, 1e-13);
  }
}

TEST(Solve, BroadcastsLeadingAxes) {
  const Tensor x = solve(batch(kA, kSpd), kB);
  EXPECT_EQ(x.shape(), (Shape{2, 3, 2}));
  expect_values(matmul(batch(kA, kSpd), x), broadcast_to(kB, {2, 3, 2}), 1e-13);
}

TEST(Solve, NamesTheSingularMatrix) {
  const Tensor singular = tensor({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, Dtype::f64);
  EXPECT_EQ(message_of<LinalgError>([&] { solve(singular, kB); }), "solve: the matrix is singular");
  EXPECT_EQ(message_of<LinalgError>([&] { inv(batch(kA, singular)); }), "inv: matrix (1,) of the batch is singular");
  EXPECT_THROW(solve(zeros({3, 3}, Dtype::f64), kB), LinalgError);
}

TEST(Solve, TakesBadlyScaledButRegularMatrices) {
  // Condition numbers of 1e30 (exact anyway) and 1.6e13 (Hilbert, 10 x 10).
  expect_values(inv(tensor({{1e-30, 0}, {0, 1}}, Dtype::f64)), {1e30, 0, 0, 1});
  Tensor hilbert = empty({10, 10}, Dtype::f64);
  for (i64 i = 0; i < 100; ++i) {
    const i64 row = i / 10, column = i % 10;
    hilbert.mutable_data<double>()[i] = 1.0 / static_cast<double>(row + column + 1);
  }
  EXPECT_NO_THROW(inv(hilbert));
}

TEST(Inv, OfNumbersOfAnySize) {
  for (double x : {1e20, 1e-20, 3e150}) expect_values(inv(full({1, 1}, x, Dtype::f64)), {1 / x}, 1e-15 / x);
}

TEST(Linalg, RefusesNaNAndInfinity) {
  for (double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Tensor a = tensor({{1, bad}, {bad, 1}}, Dtype::f64);
    for (auto op : {inv, det, logdet, cholesky}) EXPECT_THROW(op(a), LinalgError);
    EXPECT_EQ(message_of<LinalgError>([&] { qr(a); }), "qr: the matrix contains NaN or infinity");
    EXPECT_EQ(message_of<LinalgError>([&] { lstsq(a, ones({2}, Dtype::f64)); }),
              "lstsq: the matrix contains NaN or infinity");
    EXPECT_EQ(message_of<LinalgError>([&] { logdet(a); }), "logdet: the matrix contains NaN or infinity");
  }
}

TEST(Inv, AgreesWithPyTorch) { expect_values(inv(kA), {0.75, 0.5, 0.75, -3.5, -5, -7.5, -7.25, -11.5, -15.25}, 1e-13); }

TEST(Det, AgreesWithPyTorch) {
  expect_values(det(kA), {-0.25}, 1e-14);
  expect_values(det(batch(kA, scattered(kSpd))), {-0.25, det(kSpd).item()});
  EXPECT_EQ(det(zeros({2, 2})).item(), 0);
  EXPECT_EQ(det(zeros({0, 0})).item(), 1);
  EXPECT_EQ(det(zeros({3, 0, 0})).shape(), (Shape{3}));
}

TEST(Slogdet, HoldsWhereTheDeterminantOverflows) {
  const auto [sign, logabs] = slogdet(kA);
  expect_values(sign, {-1});
  expect_values(logabs, {-1.386294361119891});
  const Tensor large = mul(eye(400, 400, Dtype::f64), 1e3);
  expect_values(slogdet(large)[1], {2763.1021115928547});  // 400 ln 1000
  EXPECT_TRUE(std::isinf(det(large).item()));
}

TEST(Logdet, IsNaNForNegativeAndMinusInfinityForZeroDeterminants) {
  EXPECT_TRUE(std::isnan(logdet(kA).item()));
  EXPECT_EQ(logdet(zeros({2, 2})).item(), -std::numeric_limits<double>::infinity());
  expect_values(logdet(kSpd), {3.8083970955825284});
}

TEST(Cholesky, AgreesWithPyTorch) {
  for (const Tensor& a : {kSpd, scattered(kSpd)}) {
    expect_values(cholesky(a), {2.704163456597992, 0, 0, -0.09245003270420485, 1.9663298277382133, 0,
                                -1.0400628679223045, -1.066023520868299, 1.262680911285502});
  }
}

TEST(Cholesky, SeesTheSymmetricPart) {
  const Tensor skew = tensor({{0, 1, 2}, {-1, 0, 3}, {-2, -3, 0}}, Dtype::f64);
  expect_values(cholesky(add(kSpd, skew)), cholesky(kSpd));
}

TEST(Cholesky, NamesTheMatrixThatIsNotPositiveDefinite) {
  EXPECT_EQ(message_of<LinalgError>([] { cholesky(batch(kSpd, neg(kSpd))); }),
            "cholesky: matrix (1,) of the batch is not positive definite");
  EXPECT_THROW(cholesky(zeros({2, 2})), LinalgError);
}

TEST(Qr, AgreesWithPyTorchUpToTheSignsThatMakeItUnique) {
  for (const Tensor& a : {kTall, scattered(kTall)}) {
    const auto [q, r] = qr(a);
    expect_values(q, {-0.46156633137705083, -0.43137708823864884, -0.5934424260562082, 0.799558806862719,
                      0.5275043787166296, 0.34253722080945803, 0.3956282840374722, 0.23934864626971042});
    expect_values(r, {3.7914377220257753, 1.0055552219285748, 0, 3.560387436172104});
  }
}

TEST(Qr, OfAWideMatrixHasAWideTriangle) {
  const Tensor a = pattern({2, 3, 5});
  const auto [q, r] = qr(a);
  EXPECT_EQ(q.shape(), (Shape{2, 3, 3}));
  EXPECT_EQ(r.shape(), (Shape{2, 3, 5}));
  expect_values(matmul(q, r), a, 1e-13);
  expect_values(matmul(transpose(q), q), broadcast_to(eye(3, 3, Dtype::f64), {2, 3, 3}), 1e-13);
}

TEST(TriangularSolve, ReadsOnlyItsTriangle) {
  // kA is full: the other triangle is there to be ignored.
  expect_values(triangular_solve(kA, kB), {-0.4, -0.5, -1.0666666666666667, -1.25, -7.466666666666667, -8.625});
  expect_values(triangular_solve(scattered(kA), scattered(kB), true),
                {-0.1, -0.15833333333333335, -3, -3.4166666666666665, -4, -4.5});
  EXPECT_EQ(message_of<LinalgError>([] {
              triangular_solve(tensor({{1, 0}, {5, 0}}), ones({2}));
            }),
            "triangular_solve: the matrix is singular");
}

TEST(Lstsq, AgreesWithPyTorchForTallAndWideMatrices) {
  expect_values(lstsq(kTall, pattern({4, 2}, 5)),
                {0.381165727025231, 0.40755428840918345, -0.2568543805869366, -0.3235653497395443});
  expect_values(lstsq(transpose(kTall), pattern({2, 1}, 5)),
                {0.2410555424553582, -0.06463161053827529, -0.23387425239554985, -0.17055027974876213});
}

TEST(Lstsq, NamesTheMatrixWithoutFullRank) {
  const Tensor dependent = tensor({{1, 2}, {2, 4}, {3, 6}}, Dtype::f64);
  EXPECT_EQ(message_of<LinalgError>([&] { lstsq(dependent, ones({3}, Dtype::f64)); }),
            "lstsq: the matrix has linearly dependent columns or rows");
}

TEST(Linalg, TakesEmptyMatricesAndBatches) {
  EXPECT_EQ(inv(zeros({0, 0})).shape(), (Shape{0, 0}));
  EXPECT_EQ(inv(zeros({0, 3, 3})).shape(), (Shape{0, 3, 3}));
  EXPECT_EQ(solve(eye(3), zeros({3, 0})).shape(), (Shape{3, 0}));
  EXPECT_EQ(qr(zeros({4, 0}))[0].shape(), (Shape{4, 0}));
  EXPECT_EQ(cholesky(zeros({0, 0})).shape(), (Shape{0, 0}));
}

TEST(Linalg, ComputesTwoByteTypesInF32AndIntegersAsF32) {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32}) {
    const Tensor y = solve(cast(kA, dtype), cast(kB, dtype));
    EXPECT_EQ(y.dtype(), dtype);
    expect_values(y, {-3, -3.5, 26, 30, 55, 63.5}, 5e-3);
  }
  EXPECT_EQ(det(tensor({{1, 2}, {3, 5}}, Dtype::i64)).dtype(), Dtype::f32);
}

TEST(Linalg, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              inv(zeros({2, 3}));
            }),
            "inv: expected square matrices (…, n, n), got shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([] { solve(eye(3), zeros({2})); }), "solve: rows differ: (3, 3) x = (2,)");
  EXPECT_THROW(qr(zeros({3})), ShapeError);
  EXPECT_THROW(solve(zeros({2, 3, 3}), zeros({4, 3, 1})), ShapeError);
}

}  // namespace
}  // namespace cadena

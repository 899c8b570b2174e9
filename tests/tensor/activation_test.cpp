#include "tensor/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

// Expected values: mpmath 1.2.1 with 40 digits (the tails, where other libraries cancel), PyTorch 1.13 for elu.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

const std::vector<double> kPoints{-800, -40, -8, -2.5, -1, -0.25, 0, 1e-9, 0.5, 1, 3, 20, 800};

Tensor points(Dtype dtype = Dtype::f64) { return from_values(kPoints, {13}, dtype); }

/// Every element to a relative error, however small it is.
void expect_relative(const Tensor& y, const std::vector<double>& expected, double tolerance) {
  const std::vector<double> values = y.to_vector();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], tolerance * std::abs(expected[i])) << "at " << kPoints[i];
  }
}

const std::vector<double> kSigmoid{
    0.0, 4.248354255291589e-18, 0.0003353501304664781, 0.07585818002124355, 0.2689414213699951, 0.4378234991142019,
    0.5, 0.50000000025,         0.6224593312018546,    0.7310585786300049,  0.9525741268224333, 0.9999999979388464,
    1.0};
const std::vector<double> kGelu{0,
                                0,
                                -4.976768459417427e-15,
                                -0.015524163314440337,
                                -0.15865525393145705,
                                -0.10032341857926907,
                                0.0,
                                5.000000003989423e-10,
                                0.34573123063700656,
                                0.8413447460685429,
                                2.99595030590511,
                                20.0,
                                800.0};

TEST(Activation, SigmoidIsAccurateInBothTails) { expect_relative(sigmoid(points()), kSigmoid, 1e-15); }

TEST(Activation, SoftplusIsAccurateInBothTails) {
  expect_relative(softplus(points()),
                  {0.0, 4.248354255291589e-18, 0.00033540637289576885, 0.07888973429254963, 0.3132616875182228,
                   0.5759394198788436, 0.6931471805599453, 0.6931471810599453, 0.9740769841801067, 1.3132616875182228,
                   3.048587351573742, 20.000000002061153, 800.0},
                  1e-15);
}

TEST(Activation, LogSigmoidIsAccurateInBothTails) {
  expect_relative(log_sigmoid(points()),
                  {-800.0, -40.0, -8.000335406372896, -2.5788897342925496, -1.3132616875182228, -0.8259394198788436,
                   -0.6931471805599453, -0.6931471800599454, -0.4740769841801067, -0.3132616875182228,
                   -0.04858735157374206, -2.061153620314381e-09, 0.0},
                  1e-15);
}

TEST(Activation, SiluAndGeluAreAccurateInBothTails) {
  expect_relative(silu(points()),
                  {0, -1.6993417021166355e-16, -0.002682801043731825, -0.18964545005310887, -0.2689414213699951,
                   -0.10945587477855047, 0.0, 5.000000002500001e-10, 0.3112296656009273, 0.7310585786300049,
                   2.8577223804672998, 19.99999995877693, 800.0},
                  1e-15);
  expect_relative(gelu(points()), kGelu, 1e-14);
  expect_relative(gelu(points(), GeluForm::tanh),
                  {0, 0, -3.1077829375011112e-21, -0.015084266089998582, -0.1588080093917233, -0.100324649298315, 0.0,
                   5.000000003989423e-10, 0.34571400982514394, 0.8411919906082767, 2.996362607918227, 20.0, 800.0},
                  1e-13);
}

TEST(Activation, GeluSlopesAgreeWithTheDerivatives) {
  expect_values(gelu_slope(points()),
                {0, 0, -3.979607261086796e-14, -0.03761108590814521, -0.0833154705876863, 0.30462664511636395, 0.5,
                 0.5000000007978845, 0.8674951246561629, 1.0833154705876864, 1.011945647204184, 1.0, 1.0});
  expect_values(gelu_slope(points(), GeluForm::tanh),
                {0, 0, 0, -0.037951576212666184, -0.08296408384578255, 0.30464590484893955, 0.5, 0.5000000007978845,
                 0.8673699035346423, 1.0829640838457826, 1.0115841666309697, 1.0, 1.0});
}

TEST(Activation, GeluSlopesAreFiniteForEveryFiniteInput) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
    for (GeluForm form : {GeluForm::exact, GeluForm::tanh}) {
      expect_values(gelu_slope(tensor({-65504, -300, 300, 65504}, dtype), form), {0, 0, 1, 1}, 0);
      expect_values(gelu(tensor({-65504, 65504}, dtype), form), gelu(tensor({-0.0, 65504}, dtype)).to_vector(), 0);
    }
  }
  expect_values(gelu_slope(tensor({-1e38, 1e38, -1e20, 1e20}), GeluForm::tanh), {0, 1, 0, 1}, 0);
  expect_values(gelu_slope(tensor({-1e38, 1e38, -1e20, 1e20}), GeluForm::exact), {0, 1, 0, 1}, 0);
}

TEST(Activation, PiecewiseOnes) {
  expect_values(relu(tensor({-kInf, -2, -0.0, 3, kInf, kNan})), {0, 0, 0, 3, kInf, kNan}, 0);
  expect_values(leaky_relu(tensor({-2, 0, 3, kNan}, Dtype::f64), 0.2), {-0.4, 0, 3, kNan});
  expect_values(elu(points(), 0.5), {-0.5, -0.5, -0.49983226868604874, -0.4589575006880506, -0.31606027941427883,
                                     -0.11059960846429756, 0.0, 1e-09, 0.5, 1.0, 3.0, 20.0, 800.0});
}

TEST(Activation, NanStaysNan) {
  const Tensor x = tensor({kNan});
  for (const Tensor& y : {sigmoid(x), softplus(x), log_sigmoid(x), silu(x), gelu(x), gelu(x, GeluForm::tanh), elu(x),
                          relu(x), leaky_relu(x), gelu_slope(x), gelu_slope(x, GeluForm::tanh)}) {
    expect_values(y, {kNan});
  }
}

TEST(Activation, InfinityHasItsLimit) {
  const Tensor x = tensor({-kInf, kInf});
  expect_values(sigmoid(x), {0, 1});
  expect_values(softplus(x), {0, kInf});
  expect_values(log_sigmoid(x), {-kInf, 0});
  expect_values(elu(x), {-1, kInf});
}

TEST(Activation, LowPrecisionIsRoundedOnce) {
  for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
    const Tensor x = tensor({-3, -0.5, 0.75, 2}, dtype);
    const Tensor exact = cast(x, Dtype::f64);
    const double eps = dtype == Dtype::f32 ? 2e-7 : dtype == Dtype::f16 ? 0x1p-11 : 0x1p-8;
    EXPECT_EQ(sigmoid(x).dtype(), dtype);
    expect_values(sigmoid(x), sigmoid(exact).to_vector(), eps);
    expect_values(gelu(x), gelu(exact).to_vector(), eps);
    expect_values(softplus(x), softplus(exact).to_vector(), eps);
  }
}

TEST(Activation, AnyLayoutGivesTheSame) {
  const Tensor x =
      reshape(from_values(std::vector<double>(kPoints.begin(), kPoints.begin() + 12), {12}, Dtype::f64), {2, 3, 2});
  const Tensor strided = scattered(x);
  ASSERT_FALSE(strided.is_contiguous());
  EXPECT_EQ(sigmoid(strided).to_vector(), sigmoid(x).to_vector());
  EXPECT_EQ(gelu(strided).to_vector(), gelu(x).to_vector());
  EXPECT_EQ(elu(strided, 0.7).to_vector(), elu(x, 0.7).to_vector());
  EXPECT_EQ(relu(strided).to_vector(), relu(x).to_vector());
}

TEST(Activation, TakesScalarsEmptyTensorsAndIntegers) {
  EXPECT_EQ(sigmoid(tensor(0)).item(), 0.5);
  EXPECT_EQ(relu(zeros({2, 0, 3})).shape(), (Shape{2, 0, 3}));
  EXPECT_EQ(relu(tensor({-2, 3}, Dtype::i64)).dtype(), Dtype::i64);
  EXPECT_EQ(sigmoid(tensor({0}, Dtype::i64)).dtype(), Dtype::f32);
  expect_error<DtypeError>([] { relu(tensor({1, 0}, Dtype::boolean)); }, "relu");
}

}  // namespace
}  // namespace cadena

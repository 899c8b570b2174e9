#include "nn/dropout.h"

#include "autograd/transforms.h"
#include "nn/sequential.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/support/expect_values.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

TEST(Dropout, KeepsTheExpectationAndScalesWhatItKeeps) {
  Generator generator(1);
  nn::Dropout layer(0.3, generator);
  const i64 count = 100000;
  const std::vector<double> y = layer(Variable(full({count}, 2, Dtype::f64))).value().to_vector();
  double kept = 0;
  for (double v : y) {
    ASSERT_TRUE(v == 0 || std::abs(v - 2 / 0.7) < 1e-12) << v;
    kept += v != 0 ? 1.0 : 0.0;
  }
  const double n = static_cast<double>(count);
  EXPECT_NEAR(kept / n, 0.7, 5 * std::sqrt(0.3 * 0.7 / n));  // five standard deviations
}

TEST(Dropout, KeepsTheExpectationInTwoBytesToo) {
  for (const Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    Generator generator(5);
    nn::Dropout layer(0.1, generator);
    const Variable x(cast(normal(generator, {512}), dtype));
    const Tensor scaled = cast(cast(x.value(), Dtype::f32) / 0.9, dtype);  // x / (1 - p), rounded once
    const std::vector<double> y = layer(x).value().to_vector(), expected = scaled.to_vector();
    for (std::size_t i = 0; i < y.size(); ++i)
      EXPECT_TRUE(y[i] == 0 || y[i] == expected[i]) << y[i] << " " << expected[i];
  }
}

TEST(Dropout, DropsTheSameElementsWhenACheckpointRunsItAgain) {
  Generator generator(3);
  nn::Dropout layer(0.5, generator);
  const Variable x = parameter(ones({64}, Dtype::f64));
  const Variable y = checkpoint([&](std::span<const Variable> in) { return layer(in[0]); }, {x});
  const Tensor state = layer.state_dict().at("random");
  expect_values(grad(y, x, {.cotangent = Variable(ones({64}, Dtype::f64))}).value(), y.value().to_vector());
  EXPECT_EQ(layer.state_dict().at("random").to_vector(), state.to_vector());
}

TEST(Dropout, SendsGradientsWhereItSentValues) {
  Generator generator(2);
  nn::Dropout layer(0.5, generator);
  const Variable x = parameter(ones({50}, Dtype::f64));
  const Variable y = layer(x);
  y.backward(ones({50}, Dtype::f64));
  expect_values(x.grad(), y.value(), 0);
}

TEST(Dropout, InEvaluationAndForZeroIsTheIdentity) {
  Generator generator(3);
  nn::Dropout layer(0.5, generator), none(0, generator);
  const auto before = layer.state_dict();
  layer.eval();
  const Variable x(pattern({4, 3}));
  EXPECT_TRUE(layer(x).is_same(x));
  EXPECT_TRUE(none(x).is_same(x));
  expect_values(layer.state_dict().at("random"), before.at("random"));
}

TEST(Dropout, ANetworkThatIsLoadedContinuesWithTheSameMasks) {
  Generator generator(4);
  nn::Sequential net, other;
  for (nn::Sequential* n : {&net, &other}) {
    n->emplace<nn::Dropout>(0.5, generator);
    n->emplace<nn::Dropout>(0.25, generator);
  }
  const Variable x(ones({64}));
  net(x);
  const test::TemporaryFolder folder;
  net.save(folder.file("net.safetensors"));
  other.load(folder.file("net.safetensors"));
  for (int i = 0; i < 3; ++i) {
    const std::vector<double> expected = net(x).value().to_vector();
    EXPECT_EQ(other(x).value().to_vector(), expected);
  }
}

TEST(Dropout, DrawsAnotherMaskEveryTimeAndInEveryLayer) {
  Generator generator(5);
  nn::Dropout a(0.5, generator), b(0.5, generator);
  const Variable x(ones({64}));
  const std::vector<double> first = a(x).value().to_vector();
  EXPECT_NE(a(x).value().to_vector(), first);
  EXPECT_NE(b(x).value().to_vector(), first);
}

TEST(Dropout, RefusesAProbabilityOutOfRange) {
  Generator generator(6);
  EXPECT_EQ(message_of<ValueError>([&] { nn::Dropout(1, generator); }),
            "Dropout: expected a probability in [0, 1), got 1");
  EXPECT_THROW(nn::Dropout(-0.1, generator), ValueError);
  EXPECT_THROW(nn::Dropout(std::nan(""), generator), ValueError);
}

}  // namespace
}  // namespace cadena

#include "nn/activation.h"

#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Activation, LayersGiveTheFunctionTheyName) {
  const Variable x(tensor({-2, -0.5, 0, 0.5, 2}, Dtype::f64));
  const auto expect = [&](nn::Layer&& layer, const std::string& description, const std::vector<double>& values) {
    EXPECT_EQ(layer.description(), description);
    expect_values(layer(x).value(), values, 1e-12);
    EXPECT_TRUE(layer.parameters().empty());
  };
  // PyTorch 1.13, f64
  expect(nn::ReLU(), "ReLU", {0, 0, 0, 0.5, 2});
  expect(nn::LeakyReLU(0.1), "LeakyReLU(0.1)", {-0.2, -0.05, 0, 0.5, 2});
  expect(nn::ELU(0.5), "ELU(0.5)", {-0.43233235838169365, -0.1967346701436833, 0.0, 0.5, 2.0});
  expect(nn::GELU(), "GELU",
         {-0.04550026389635842, -0.15426876936299344, 0.0, 0.34573123063700656, 1.9544997361036416});
  expect(nn::GELU(GeluForm::tanh), "GELU(tanh)",
         {-0.04540230591222494, -0.15428599017485606, 0.0, 0.34571400982514394, 1.954597694087775});
  expect(nn::SiLU(), "SiLU", {-0.2384058440442351, -0.1887703343990727, 0.0, 0.3112296656009273, 1.7615941559557646});
  expect(nn::Tanh(), "Tanh", {-0.9640275800758169, -0.46211715726000974, 0.0, 0.46211715726000974, 0.9640275800758169});
  expect(nn::Sigmoid(), "Sigmoid",
         {0.11920292202211755, 0.3775406687981454, 0.5, 0.6224593312018546, 0.8807970779778823});
  expect(nn::Softplus(), "Softplus",
         {0.1269280110429725, 0.4740769841801067, 0.6931471805599453, 0.9740769841801067, 2.1269280110429727});
}

TEST(Activation, SoftmaxTakesItsAxis) {
  const Variable x(tensor({{1, 1}, {1, 1}, {1, 1}, {1, 1}}, Dtype::f64));
  expect_values(nn::Softmax()(x).value(), std::vector<double>(8, 0.5));
  expect_values(nn::Softmax(0)(x).value(), std::vector<double>(8, 0.25));
  EXPECT_EQ(nn::Softmax(0).description(), "Softmax(axis 0)");
}

TEST(Activation, HasAFunction) { EXPECT_THROW(nn::Activation("nothing", nullptr), ValueError); }

}  // namespace
}  // namespace cadena

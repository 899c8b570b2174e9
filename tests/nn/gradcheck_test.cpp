#include "nn/gradcheck.h"

#include "autograd/arithmetic.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/recurrent.h"
#include "tensor/base/error.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(ModuleGradcheck, PassesForALayerAndPutsItsParametersBack) {
  Generator generator(1);
  nn::GRU gru(3, 2, generator);
  gru.to(Dtype::f64);
  const auto before = gru.state_dict();
  const Variable x(pattern({2, 3, 3}));
  const GradcheckReport report = nn::gradcheck(gru, [&] { return gru(x).outputs; });
  EXPECT_TRUE(report.passed()) << report.failures.front();
  EXPECT_EQ(report.checks, 8);
  for (const auto& [name, value] : gru.state_dict()) expect_values(value, before.at(name), 0);
}

TEST(ModuleGradcheck, FailsWhereAGradientIsCutOff) {
  Generator generator(2);
  nn::Linear layer(3, 2, generator);
  layer.to(Dtype::f64);
  const Variable x(pattern({4, 3}));
  const auto cut = [&] { return layer(x) * layer(x).detach(); };
  EXPECT_FALSE(nn::gradcheck(layer, cut).passed());
  EXPECT_TRUE(nn::gradcheck(layer, [&] { return layer(x) * layer(x); }).passed());
}

TEST(ModuleGradcheck, LeavesFrozenParametersOut) {
  Generator generator(3);
  nn::Linear layer(3, 2, generator);
  layer.to(Dtype::f64);
  const Variable x(pattern({4, 3}));
  layer.weight().set_requires_grad(false);
  EXPECT_TRUE(nn::gradcheck(layer, [&] { return layer(x) * layer(x); }).passed());
  layer.freeze();
  EXPECT_EQ(message_of<GradError>([&] { nn::gradcheck(layer, [&] { return layer(x); }); }),
            "gradcheck: Linear(3, 2) has no trained parameters");
}

TEST(ModuleGradcheck, TakesAResultThatIsLinearInTheParameters) {
  Generator generator(5);
  nn::Linear layer(3, 2, generator);
  layer.to(Dtype::f64);
  const Variable x(pattern({4, 3}));
  EXPECT_TRUE(nn::gradcheck(layer, [&] { return layer(x); }).passed());
  EXPECT_EQ(message_of<GradError>([&] { nn::gradcheck(layer, [&] { return layer(x).detach(); }); }),
            "gradcheck: the result depends on no parameter that is trained");
}

TEST(ModuleGradcheck, AsksForF64) {
  Generator generator(4);
  nn::Linear layer(3, 2, generator);
  EXPECT_EQ(message_of<DtypeError>([&] { nn::gradcheck(layer, [&] {
                                           return layer(Variable(zeros({1, 3})));
                                         }); }),
            "gradcheck: weight is f32, expected f64");
}

}  // namespace
}  // namespace cadena

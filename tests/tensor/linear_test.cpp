#include "tensor/linear.h"

#include <array>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/matmul.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Linear, AgreesWithPyTorch) {
  // PyTorch 1.13, torch.nn.functional.linear.
  const std::vector<double> expected = {-2.3125, -3.125, -0.375, -1.1875, 0.5, 1.375, -4.875, -4};
  const Tensor x = pattern({2, 3}), w = pattern({4, 3}, 5), b = pattern({4}, 3);
  expect_values(linear(x, w, b), expected);
  expect_values(linear(scattered(x), scattered(w), scattered(b)), expected);
  for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
    const Tensor y = linear(cast(x, dtype), cast(w, dtype), cast(b, dtype));
    EXPECT_EQ(y.dtype(), dtype);
    expect_values(y, expected, 8e-3);
  }
}

TEST(Linear, IsAProductPlusABroadcastBiasForAnyExtents) {
  for (const auto& [m, k, n] : {std::array<i64, 3>{1, 1, 1}, {300, 5, 131}, {3, 200, 257}, {129, 1, 2}, {2, 0, 3}}) {
    const Tensor x = pattern({m, k}), w = pattern({n, k}, 5), b = pattern({n}, 3);
    EXPECT_EQ(linear(x, w, b).to_vector(), add(matmul(x, transpose(w)), b).to_vector());
    EXPECT_EQ(linear(x, w).to_vector(), matmul(x, transpose(w)).to_vector());
  }
}

TEST(Linear, AppliesItsActivationToTheSum) {
  // PyTorch 1.13: torch.relu, functional.gelu in both forms, functional.silu, torch.sigmoid, torch.tanh of the above.
  using enum LinearActivation;
  const Tensor x = pattern({2, 3}), w = pattern({4, 3}, 5), b = pattern({4}, 3);
  const std::pair<LinearActivation, std::vector<double>> cases[] = {
      {none, {-2.3125, -3.125, -0.375, -1.1875, 0.5, 1.375, -4.875, -4}},
      {relu, {0, 0, 0, 0, 0.5, 1.375, 0, 0}},
      {gelu,
       {-0.023992355521759084, -0.0027782040597139, -0.13268633749772857, -0.1395493335981918, 0.34573123063700656,
        1.2587221317669135, -2.6522060933703573e-06, -0.00012668496733247991}},
      {gelu_tanh,
       {-0.023645773996175998, -0.0024158748977777186, -0.13269223310848838, -0.13976003509512158, 0.34571400982514394,
        1.25848855283428, -5.237562029081211e-07, -7.024594819227126e-05}},
      {silu,
       {-0.2083400485370136, -0.13152414973630888, -0.15275002501722384, -0.27752629883542285, 0.3112296656009273,
        1.097506819391979, -0.03693905118082145, -0.07194483984836623}},
      {sigmoid,
       {0.09009299396195182, 0.042087727915618836, 0.40733340004593027, 0.2337063569140403, 0.6224593312018546,
        0.7981867777396212, 0.007577241267860811, 0.01798620996209156}},
      {LinearActivation::tanh,
       {-0.9805830470370519, -0.996146530673345, -0.35835739835078595, -0.8298019099859595, 0.46211715726000974,
        0.8798266996519848, -0.9998834174686777, -0.999329299739067}}};
  for (const auto& [activation, expected] : cases) {
    expect_values(linear(x, w, b, activation), expected);
    const auto [y, z] = linear_with_argument(x, w, b, activation);
    expect_values(y, expected);
    expect_values(z, linear(x, w, b), 0);
    for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
      expect_values(linear(cast(x, dtype), cast(w, dtype), cast(b, dtype), activation), expected, 8e-3);
    }
  }
  expect_values(linear(x, w, Tensor(), relu), maximum(linear(x, w), 0), 0);
  EXPECT_EQ(linear(zeros({2, 5, 3}), zeros({4, 3}), Tensor(), gelu).shape(), (Shape{2, 5, 4}));
}

TEST(Linear, KeepsLeadingAxes) {
  EXPECT_EQ(linear(zeros({2, 5, 3}), zeros({4, 3}), zeros({4})).shape(), (Shape{2, 5, 4}));
  EXPECT_EQ(linear(zeros({3}), zeros({4, 3})).shape(), (Shape{4}));
  EXPECT_EQ(linear(zeros({0, 3}), zeros({4, 3})).shape(), (Shape{0, 4}));
}

TEST(Linear, DoesNotDependOnTheNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor x = pattern({260, 90}, 11, Dtype::f32), w = pattern({300, 90}, 5, Dtype::f32);
  cpu::set_num_threads(1);
  const std::vector<double> one = linear(x, w).to_vector();
  cpu::set_num_threads(3);
  EXPECT_EQ(linear(x, w).to_vector(), one);
  cpu::set_num_threads(before);
}

TEST(Linear, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(zeros({2, 3}), zeros({4, 5}));
            }),
            "linear: input (2, 3) does not fit weight (out, in) = (4, 5)");
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(zeros({2, 3}), zeros({4, 3}), zeros({3}));
            }),
            "linear: expected a bias of shape (4,), got (3,)");
  EXPECT_THROW(linear(zeros({2, 3}), zeros({2, 4, 3})), ShapeError);
}

}  // namespace
}  // namespace cadena

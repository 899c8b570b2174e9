#include "nn/linear.h"

#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

using support::expect_pytorch;

TEST(Linear, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::Linear with(3, 2, generator), without(3, 2, generator, false);
  expect_pytorch("linear", with);
  expect_pytorch("linear_no_bias", without);
}

TEST(Linear, StartsWithinOneOverTheRootOfItsWidth) {
  Generator generator(2);
  const nn::Linear layer(100, 400, generator);
  for (const Variable& p : layer.parameters()) {
    double largest = 0;
    for (double v : p.value().to_vector()) largest = std::max(largest, std::abs(v));
    EXPECT_LE(largest, 0.1);
    EXPECT_GT(largest, 0.098);
  }
}

TEST(Linear, NamesItselfAndTheShapeItCannotTake) {
  Generator generator(3);
  nn::Linear layer(3, 2, generator);
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer(Variable(zeros({5, 4})));
            }),
            "Linear(3, 2): expected (…, 3), got shape (5, 4)");
  EXPECT_EQ(message_of<ShapeError>([&] { layer(Variable(tensor(1.0))); }),
            "Linear(3, 2): expected (…, 3), got shape ()");
  EXPECT_EQ(message_of<ValueError>([&] { nn::Linear(0, 2, generator); }),
            "Linear: expected positive widths, got 0 and 2");
}

}  // namespace
}  // namespace cadena

#include "nn/embedding.h"

#include <limits>

#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(Embedding, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::Embedding layer(4, 3, generator);
  support::expect_pytorch("embedding", layer);
}

TEST(Embedding, SendsNoGradientToItsPadding) {
  Generator generator(1);
  nn::Embedding layer(4, 3, generator, {.padding_index = -2});
  EXPECT_EQ(layer.description(), "Embedding(4, 3, padding 2)");
  expect_values(select(layer.weight().value(), 0, 2), {0, 0, 0});
  EXPECT_NE(layer.weight().value().at({3, 0}), 0);
  support::expect_pytorch("embedding_padding", layer);
  EXPECT_EQ(layer(Variable(tensor(2, Dtype::i64))).shape(), (Shape{3}));

  layer.weight().zero_grad();
  const Tensor nan = full({2, 3}, std::numeric_limits<double>::quiet_NaN(), Dtype::f64);
  layer(Variable(tensor({2, 1}, Dtype::i64))).backward(nan);
  expect_values(select(layer.weight().grad(), 0, 2), {0, 0, 0});
}

TEST(Embedding, RefusesIndicesThatAreNoneOfItsRows) {
  Generator generator(2);
  nn::Embedding layer(4, 3, generator);
  EXPECT_EQ(message_of<DtypeError>([&] { layer(Variable(zeros({2}))); }),
            "Embedding(4, 3): expected i64 indices, got f32 of shape (2,)");
  EXPECT_EQ(message_of<IndexError>([&] {
              layer(Variable(tensor({0, 4}, Dtype::i64)));
            }),
            "Embedding(4, 3): index 4 is out of range for 4 rows");
  EXPECT_EQ(message_of<IndexError>([&] {
              layer(Variable(tensor({0, -1}, Dtype::i64)));
            }),
            "Embedding(4, 3): index -1 is out of range for 4 rows");
  EXPECT_EQ(message_of<ValueError>([&] { nn::Embedding(0, 3, generator); }),
            "Embedding: expected a positive table, got (0, 3)");
  for (i64 none : {4, -5}) {
    EXPECT_EQ(message_of<ValueError>([&] { nn::Embedding(4, 3, generator, {.padding_index = none}); }),
              concat("Embedding: padding_index is ", none, ", expected a row of (4, 3)"));
  }
}

}  // namespace
}  // namespace cadena

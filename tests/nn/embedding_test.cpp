#include "nn/embedding.h"

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
}

}  // namespace
}  // namespace cadena

#include "nn/transformer.h"

#include "autograd/views.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(TransformerBlock, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::TransformerBlock all(4, 2, generator), causal(4, 2, generator, {.causal = true});
  support::expect_pytorch("transformer_block", all);
  support::expect_pytorch("transformer_block_causal", causal);
}

TEST(TransformerBlock, WithPaddingGivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::TransformerBlock block(4, 2, generator);
  const Tensor padding = tensor({{0, 0, 0, 1}, {0, 1, 0, 0}}, Dtype::boolean);  // true hides
  support::expect_pytorch("transformer_block_padded", block, [&](const std::vector<Variable>& x) {
    return std::vector<Variable>{block.forward(x[0], {.keys = padding})};
  });
}

TEST(TransformerBlock, WithCacheEqualsAllAtOnce) {
  Generator generator(2);
  nn::TransformerBlock block(4, 2, generator, {.causal = true});
  block.to(Dtype::f64);
  const Variable x(pattern({2, 4, 4}));
  const Tensor whole = block(x).value();
  nn::KeyValueCache cache;
  for (i64 t = 0; t < 4; ++t) {
    const Range one{.start = t, .stop = t + 1};
    expect_values(block.forward(slice(x, 1, one), cache).value(), slice(whole, 1, one));
  }
}

}  // namespace
}  // namespace cadena

#include "nn/gpt.h"

#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "tensor/base/error.h"
#include "tensor/extremum.h"
#include "tensor/join.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

const nn::GPTConfig kTiny{.vocabulary = 5, .context = 4, .layers = 2, .heads = 2, .width = 4};

Tensor tokens(std::initializer_list<Nested> rows) { return tensor(rows, Dtype::i64); }

/// All weights standard normal in f64, so that the tokens it generates differ.
void shake(nn::GPT& gpt, std::uint64_t seed) {
  Generator generator(seed);
  gpt.to(Dtype::f64);
  for (const Variable& p : gpt.parameters()) p.set_value(normal(generator, p.shape(), 0, 1, Dtype::f64));
}

/// Logits of the token after `window`, computed all at once.
Tensor logits_after(nn::GPT& gpt, const Tensor& window) { return select(gpt(window).value(), 1, -1); }

TEST(GPT, GivesPyTorchsLogitsAndGradients) {
  Generator generator(1);
  nn::GPT gpt(kTiny, generator);
  support::expect_pytorch("gpt", gpt, [&](const std::vector<Variable>& in) { return std::vector{gpt(in[0].value())}; });
}

TEST(GPT, ItsLossHasTheDerivativesThatDifferencesGive) {
  Generator generator(2);
  nn::GPT gpt({.vocabulary = 3, .context = 3, .layers = 1, .heads = 2, .width = 4}, generator);
  shake(gpt, 3);
  const Tensor in = tokens({{0, 2, 1}, {1, 1, 0}}), out = tokens({{2, 1, 0}, {1, 0, 2}});
  const GradcheckReport report = nn::gradcheck(gpt, [&] { return nn::cross_entropy_loss(gpt(in), out); });
  EXPECT_TRUE(report.passed()) << report.failures.front();
  EXPECT_EQ(report.checks, 8);
}

TEST(GPT, GreedyTokensAreTheMostProbableOnesPastTheContextToo) {
  Generator generator(4);
  nn::GPT gpt(kTiny, generator);
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    shake(gpt, seed);
    const Tensor prompt = tokens({{0, 3}, {4, 1}});
    Tensor expected = prompt;
    i64 start = 0;
    for (i64 length = 2; length < 12; ++length) {
      if (length - start > 4) start = length - 2;  // the window is full: its newer half stays
      const Tensor next = argmax(logits_after(gpt, slice(expected, 1, {.start = start})), -1, true);
      expected = concat({expected, next}, 1);
    }
    const Tensor cached = gpt.generate(prompt, 10, generator, {.temperature = 0});
    const Tensor uncached = gpt.generate(prompt, 10, generator, {.temperature = 0, .cache = false});
    EXPECT_EQ(cached.to_vector(), expected.to_vector());
    EXPECT_EQ(uncached.to_vector(), expected.to_vector());
  }
}

TEST(GPT, DrawsTheSameTokensWithAndWithoutCache) {
  Generator generator(5);
  nn::GPT gpt(kTiny, generator);
  shake(gpt, 6);
  const Tensor prompt = tokens({{0, 3, 2}});
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Generator a(seed), b(seed);
    const Tensor cached = gpt.generate(prompt, 9, a, {.temperature = 0.8});
    EXPECT_EQ(cached.to_vector(), gpt.generate(prompt, 9, b, {.temperature = 0.8, .cache = false}).to_vector());
    EXPECT_EQ(a, b);
  }
}

TEST(GPT, APromptLongerThanTheContextIsSeenByItsEnd) {
  Generator generator(7);
  nn::GPT gpt(kTiny, generator);
  shake(gpt, 8);
  const Tensor prompt = tokens({{1, 2, 3, 4, 0, 1}});
  const Tensor next = slice(gpt.generate(prompt, 1, generator, {.temperature = 0}), 1, {.start = 6});
  expect_values(next, argmax(logits_after(gpt, slice(prompt, 1, {.start = 2})), -1, true));
}

TEST(GPT, TopOneIsGreedyAndTopKDrawsNoOtherTokens) {
  Generator generator(9);
  nn::GPT gpt(kTiny, generator);
  shake(gpt, 10);
  const Tensor prompt = tokens({{2, 1}});
  EXPECT_EQ(gpt.generate(prompt, 8, generator, {.temperature = 5, .top_k = 1}).to_vector(),
            gpt.generate(prompt, 8, generator, {.temperature = 0}).to_vector());

  const std::vector<double> logits = logits_after(gpt, prompt).to_vector();
  std::vector<double> ordered = logits;
  std::sort(ordered.rbegin(), ordered.rend());
  int drawn[2] = {0, 0};
  for (int i = 0; i < 100; ++i) {
    const double token = gpt.generate(prompt, 1, generator, {.temperature = 3, .top_k = 2}).at({0, 2});
    const double logit = logits[static_cast<std::size_t>(token)];
    ASSERT_GE(logit, ordered[1]);
    ++drawn[logit == ordered[0] ? 0 : 1];
  }
  EXPECT_GT(drawn[0], 10);
  EXPECT_GT(drawn[1], 10);
}

TEST(GPT, TopKKeepsNoMoreOfEqualTokens) {
  Generator generator(9);
  nn::GPT gpt(kTiny, generator);
  for (const auto& [name, value] : gpt.named_parameters()) value.set_value(zeros_like(value.value()));
  const Tensor drawn = gpt.generate(tokens({{1}, {2}}), 3, generator, {.top_k = 2});  // all logits are 0
  EXPECT_LT(max(slice(drawn, 1, {.start = 1})).item(), 2);
}

TEST(GPT, ATinyTemperatureIsGreedyInEveryDtype) {
  Generator generator(18);
  nn::GPT gpt(kTiny, generator);
  shake(gpt, 19);
  const Tensor prompt = tokens({{2, 1}});
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16}) {
    gpt.to(dtype);
    EXPECT_EQ(gpt.generate(prompt, 8, generator, {.temperature = 1e-300}).to_vector(),
              gpt.generate(prompt, 8, generator, {.temperature = 0}).to_vector())
        << to_string(dtype);
  }
}

TEST(GPT, TokensFollowTheSoftmaxOfTheLogits) {
  Generator generator(11);
  nn::GPT gpt(kTiny, generator);
  shake(gpt, 12);
  const int count = 20000;
  const Tensor prompts = copy(broadcast_to(tokens({{3, 0}}), {count, 2}));
  const Tensor drawn = gpt.generate(prompts, 1, generator, {.temperature = 2});
  std::vector<double> frequency(5, 0);
  for (double t : slice(drawn, 1, {.start = 2}).to_vector()) frequency[static_cast<std::size_t>(t)] += 1.0 / count;
  const std::vector<double> logits = logits_after(gpt, tokens({{3, 0}})).to_vector();
  double total = 0;
  for (double z : logits) total += std::exp(z / 2);
  for (std::size_t t = 0; t < 5; ++t) {
    const double p = std::exp(logits[t] / 2) / total;
    EXPECT_NEAR(frequency[t], p, 5 * std::sqrt(p * (1 - p) / count));  // five standard deviations
  }
}

TEST(GPT, GeneratesInEvaluationModeAndReturnsToTraining) {
  Generator generator(13);
  nn::GPTConfig config = kTiny;
  config.dropout = 0.5;
  nn::GPT gpt(config, generator);
  const auto before = gpt.state_dict();
  const Tensor prompt = tokens({{2, 1}});
  EXPECT_EQ(gpt.generate(prompt, 4, generator, {.temperature = 0}).to_vector(),
            gpt.generate(prompt, 4, generator, {.temperature = 0}).to_vector());
  EXPECT_TRUE(gpt.is_training());
  EXPECT_THROW(gpt.generate(tokens({{9}}), 1, generator), IndexError);
  EXPECT_TRUE(gpt.is_training());
  for (const auto& [name, value] : gpt.state_dict()) expect_values(value, before.at(name));
}

TEST(GPT, WeightsStayTiedThroughDtypesAndFiles) {
  Generator generator(14);
  nn::GPT gpt(kTiny, generator);
  const auto tied = [](nn::GPT& model) {
    // The embedding of token 0 takes part in the logits of token 0 wherever it stands: both move together.
    const Variable weight = model.named_parameters().front().second;
    const Tensor moved = copy(weight.value());
    fill(select(moved, 0, 0), 0);
    const Tensor kept = weight.value();
    weight.set_value(moved);
    const std::vector<double> logits = slice(model(tensor({{1, 2}}, Dtype::i64)).value(), 2, {.stop = 1}).to_vector();
    weight.set_value(kept);
    return logits == std::vector<double>{0, 0};
  };
  EXPECT_EQ(gpt.named_parameters().front().first, "token.weight");
  EXPECT_TRUE(tied(gpt));
  gpt.to(Dtype::f64);
  EXPECT_TRUE(tied(gpt));

  const test::TemporaryFolder folder;
  gpt.save(folder.file("gpt.safetensors"));
  nn::GPT other(kTiny, generator);
  other.to(Dtype::f64);
  other.load(folder.file("gpt.safetensors"));
  EXPECT_TRUE(tied(other));
  expect_values(other(tokens({{1, 2, 3}})).value(), gpt(tokens({{1, 2, 3}})).value(), 0);
  EXPECT_EQ(gpt.state_dict().count("token.weight"), 1u);
}

TEST(GPT, ShowsAttentionOfEveryLayer) {
  Generator generator(15);
  nn::GPT gpt(kTiny, generator);
  const std::vector<Tensor> maps = gpt.attention_weights(tokens({{1, 2, 3}}));
  ASSERT_EQ(maps.size(), 2u);
  for (const Tensor& map : maps) {
    EXPECT_EQ(map.shape(), (Shape{1, 2, 3, 3}));
    EXPECT_EQ(map.at({0, 0, 0, 0}), 1);  // the first position sees itself alone
  }
}

TEST(GPT, StartsWithBiasesOfZeroAndSmallWeights) {
  Generator generator(16);
  nn::GPT gpt({.vocabulary = 50, .context = 20, .layers = 8, .heads = 4, .width = 64}, generator);
  for (const auto& [name, p] : gpt.named_parameters()) {
    double squares = 0;
    for (double v : p.value().to_vector()) squares += v * v;
    const double deviation = std::sqrt(squares / static_cast<double>(p.numel()));
    if (name.ends_with("bias")) EXPECT_EQ(deviation, 0) << name;
    else if (name.find("norm") != std::string::npos) EXPECT_EQ(deviation, 1) << name;
    else if (name.ends_with("out.weight") || name.ends_with("down.weight"))
      EXPECT_NEAR(deviation, 0.005, 0.0003) << name;
    else EXPECT_NEAR(deviation, 0.02, 0.001) << name;
  }
}

TEST(GPT, NamesWhatItCannotTake) {
  Generator generator(17);
  nn::GPT gpt(kTiny, generator);
  EXPECT_EQ(message_of<ShapeError>([&] {
              gpt(tensor({1, 2}, Dtype::i64));
            }),
            "GPT: expected tokens (n, t), got shape (2,)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              gpt(tokens({{0, 0, 0, 0, 0}}));
            }),
            "GPT: 5 positions exceed the context of 4, tokens have shape (1, 5)");
  EXPECT_THROW(gpt(tokens({{5}})), IndexError);
  EXPECT_EQ(message_of<IndexError>([&] {
              gpt(tokens({{0, -1}}));
            }),
            "GPT: tokens: index -1 is out of range for 5 rows");
  EXPECT_EQ(message_of<ShapeError>([&] {
              gpt.generate(zeros({2, 0}, Dtype::i64), 1, generator);
            }),
            "GPT: expected a prompt (n, t) with at least one token, got shape (2, 0)");
  EXPECT_EQ(message_of<ValueError>([&] { gpt.generate(tokens({{0}}), 1, generator, {.temperature = -1}); }),
            "GPT: expected a temperature of at least 0, got -1");
  EXPECT_EQ(message_of<ValueError>([&] { gpt.generate(tokens({{0}}), -1, generator); }),
            "GPT: expected a number of tokens, got -1");
  EXPECT_EQ(message_of<ValueError>([&] { gpt.generate(tokens({{0}}), 1, generator, {.top_k = -1}); }),
            "GPT: expected top_k of at least 0, got -1");
  EXPECT_THROW(gpt.generate(tokens({{5, 0, 0, 0, 0}}), 1, generator), IndexError);  // beyond the context of 4
  EXPECT_EQ(message_of<ValueError>([&] { nn::GPT({.vocabulary = 5}, generator); }),
            "GPT: expected positive extents, got vocabulary 5, context 0, layers 2, heads 4, width 64");
}

}  // namespace
}  // namespace cadena

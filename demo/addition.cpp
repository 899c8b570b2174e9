// Part c: a GPT learns to add two-digit numbers. "17+25=240" is 17 + 25 = 042 with the digits of the sum written
// backwards, so that each digit needs only the carry of the one before.

#include <algorithm>
#include <cstdio>

#include "cadena.h"
#include "demo/figure.h"
#include "demo/training.h"
#include "nn/gpt.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/schedule.h"

namespace demo {
namespace {

using namespace cadena;

constexpr char kTokens[] = "0123456789+=";
constexpr i64 kPlus = 10, kEquals = 11;
constexpr i64 kPrompt = 6;  // "17+25="
constexpr i64 kDigits = 3;
constexpr double kRate = 3e-3;  // the largest learning rate
constexpr i64 kBatch = 128;

struct Sum {
  i64 a, b;
};

/// The tokens of "a+b=" and of the sum's digits, lowest first.
void write_tokens(const Sum& sum, i64* tokens) {
  const i64 total = sum.a + sum.b;
  const i64 all[] = {sum.a / 10, sum.a % 10, kPlus,           sum.b / 10, sum.b % 10,
                     kEquals,    total % 10, total / 10 % 10, total / 100};
  std::copy(std::begin(all), std::end(all), tokens);
}

Tensor tokens_of(const std::vector<Sum>& sums) {
  std::vector<i64> tokens(sums.size() * (kPrompt + kDigits));
  for (std::size_t i = 0; i < sums.size(); ++i) write_tokens(sums[i], &tokens[i * (kPrompt + kDigits)]);
  return from_values(std::span<const i64>(tokens), {static_cast<i64>(sums.size()), kPrompt + kDigits});
}

struct Split {
  std::vector<Sum> train, test;
};

/// A fifth of the unordered pairs is held out, with both orders, so that 25+17 never teaches 17+25.
Split split_pairs(std::uint64_t seed) {
  std::vector<Sum> pairs;
  for (i64 a = 0; a < 100; ++a) {
    for (i64 b = a; b < 100; ++b) pairs.push_back({a, b});
  }
  Generator generator(seed, 1'000'000);
  const std::vector<double> order = permutation(generator, static_cast<i64>(pairs.size())).to_vector();
  Split split;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Sum pair = pairs[static_cast<std::size_t>(order[i])];
    std::vector<Sum>& part = i < order.size() / 5 ? split.test : split.train;
    part.push_back(pair);
    if (pair.a != pair.b) part.push_back({pair.b, pair.a});
  }
  return split;
}

/// Share of sums of which every digit is right, digits taken greedily.
double accuracy(nn::GPT& model, const std::vector<Sum>& all_sums, const Settings& settings) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(all_sums.size(), settings.evaluated));
  const std::vector<Sum> sums(all_sums.begin(), all_sums.begin() + count);
  Generator unused(0);
  const Tensor truth = to(tokens_of(sums), settings.device);
  const Tensor answer = model.generate(slice(truth, 1, {.stop = kPrompt}), kDigits, unused, {.temperature = 0});
  const Tensor right = all(eq(answer, truth), 1);
  return mean(cast(right, Dtype::f64)).item();
}

std::string text_of(const Tensor& tokens) {
  std::string text;
  for (double t : tokens.to_vector()) text += kTokens[static_cast<std::size_t>(t)];
  return text;
}

}  // namespace

Result add_numbers(const Settings& settings) {
  const Split split = split_pairs(settings.seed);
  Generator g(settings.seed, 2'000'000);
  nn::GPT model({.vocabulary = 12, .context = kPrompt + kDigits - 1, .layers = 2, .heads = 4, .width = 64}, g);
  model.to(settings.device);
  const auto steps = settings.steps(kAdditionPlan.steps);
  AdamW optimizer(model.parameters(), {.learning_rate = kRate, .weight_decay = 0.01});
  std::printf("%zu sums to learn, %zu held out, %lld parameters\n", split.train.size(), split.test.size(),
              static_cast<long long>(model.parameter_count()));

  const auto rate = warm_up_then(20, cosine_decay(std::max<std::int64_t>(1, steps - 20), 0.1));

  Training training(settings, kAdditionPlan, model, optimizer);
  const bool finished = training.run([&](std::int64_t step) {
    Generator batch(settings.seed, static_cast<std::uint64_t>(step));
    std::vector<Sum> sums;
    for (double i : randint(batch, {kBatch}, 0, static_cast<i64>(split.train.size())).to_vector()) {
      sums.push_back(split.train[static_cast<std::size_t>(i)]);
    }
    const Tensor tokens = to(tokens_of(sums), settings.device);
    const Variable logits = model(slice(tokens, 1, {.stop = -1}));
    const Variable answers = slice(logits, 1, {.start = kPrompt - 1});  // the prompt itself is not to be learned
    const Variable loss = nn::cross_entropy_loss(answers, slice(tokens, 1, {.start = kPrompt}));
    optimizer.set_learning_rate(kRate * rate(step));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm_(optimizer.parameters(), 1.0);
    optimizer.step();
    return loss.item();
  });

  Result result{"Addition: a GPT of 2 layers and width 64", {}, {}, finished};
  if (!finished) return result;
  const double seen = accuracy(model, split.train, settings);
  const double unseen = accuracy(model, split.test, settings);
  char text[96];
  std::snprintf(text, sizeof text, "right on %.2f %% of unseen sums (%.2f %% of those it learned from)", 100 * unseen,
                100 * seen);
  result.lines.emplace_back(text);
  std::printf("%s\n", text);

  const auto figures = figure_folder(settings);
  result.files = draw(figures, "addition_loss", "Addition: loss", "step", "cross entropy",
                      {thinned("training", training.losses())}, true);
  const Tensor example = to(tokens_of({split.test.front()}), settings.device);
  const Tensor head = select(select(model.attention_weights(slice(example, 1, {.stop = -1}))[1], 0, 0), 0, 0);
  HeatMap map{.values = {},
              .rows = {},
              .columns = {},
              .row_title = "position that looks",
              .column_title = "position looked at",
              .show_numbers = false};
  for (i64 i = 0; i < head.size(0); ++i) {
    map.values.push_back(select(head, 0, i).to_vector());
    map.rows.push_back(text_of(select(select(example, 0, 0), 0, i)));
  }
  map.columns = map.rows;
  for (const auto& file :
       draw(figures, "addition_attention", "Attention of layer 2, head 1, on " + text_of(example), map))
    result.files.push_back(file);
  return result;
}

}  // namespace demo

// Part d: the same GPT on text, character by character.

#include <algorithm>
#include <cstdio>

#include "cadena.h"
#include "datasets/text.h"
#include "demo/figure.h"
#include "demo/training.h"
#include "nn/gpt.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/schedule.h"
#include "tensor/io/file.h"

namespace demo {
namespace {

using namespace cadena;

constexpr i64 kContext = 64;
constexpr double kRate = 2e-3;  // the largest learning rate
constexpr i64 kBatch = 12;

Variable loss_on(nn::GPT& model, const Batch& batch, Device device) {
  return nn::cross_entropy_loss(model(to(batch.x, device)), to(batch.y, device));
}

}  // namespace

Result write_text(const Settings& settings) {
  const std::string& text = settings.text;
  const CharTokenizer characters(text);
  const Tensor tokens = characters.encode(text);
  const i64 cut = tokens.numel() * 9 / 10;
  const Tensor train = slice(tokens, 0, {.stop = cut}), held_out = slice(tokens, 0, {.start = cut});

  Generator g(settings.seed, 3'000'000);
  nn::GPT model({.vocabulary = characters.size(), .context = kContext, .layers = 4, .heads = 4, .width = 128}, g);
  model.to(settings.device);
  const auto steps = settings.steps(kTextPlan.steps);
  AdamW optimizer(model.parameters(), {.learning_rate = kRate, .weight_decay = 0.1});
  std::printf("%lld characters, %lld different, %lld parameters\n", static_cast<long long>(tokens.numel()),
              static_cast<long long>(characters.size()), static_cast<long long>(model.parameter_count()));

  const auto rate = warm_up_then(20, cosine_decay(std::max<std::int64_t>(1, steps - 20), 0.1));

  Training training(settings, kTextPlan, model, optimizer);
  const bool finished = training.run([&](std::int64_t step) {
    Generator batch(settings.seed, static_cast<std::uint64_t>(step));
    const Variable loss = loss_on(model, random_windows(train, kContext, kBatch, batch), settings.device);
    optimizer.set_learning_rate(kRate * rate(step));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm_(optimizer.parameters(), 1.0);
    optimizer.step();
    return loss.item();
  });

  Result result{"Text: a GPT of 4 layers and width 128", {}, {}, finished};
  if (!finished) return result;
  model.eval();
  Generator draws(settings.seed, 4'000'000);
  const double loss = loss_on(model, random_windows(held_out, kContext, 32, draws), settings.device).item();
  char line[96];
  std::snprintf(line, sizeof line, "loss on held-out text %.3f nats a character", loss);
  result.lines.emplace_back(line);
  const Tensor prompt = to(unsqueeze(slice(held_out, 0, {.stop = 16}), 0), settings.device);
  const std::string sample =
      characters.decode(select(model.generate(prompt, 240, draws, {.temperature = 0.8, .top_k = 20}), 0, 0));
  std::printf("%s\nA sample:\n%s\n", line, printable(sample, sample.size(), "\n\t").c_str());
  result.files = draw(figure_folder(settings), "text_loss", "Text: loss", "step", "nats a character",
                      {thinned("training", training.losses())});
  return result;
}

}  // namespace demo

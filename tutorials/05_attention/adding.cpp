#include "tutorials/05_attention/adding.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

constexpr i64 kPlus = 10, kEquals = 11, kPrompt = 6, kDigits = 3, kLength = kPrompt + kDigits;
constexpr i64 kBatch = 128;
constexpr int kSteps = 500;
constexpr double kRate = 3e-3;

// "17+25=240": the digits of the sum backwards, so that each needs only the carry of the one before.
std::array<i64, kLength> tokens_of(i64 a, i64 b) {
  const i64 total = a + b;
  return {a / 10, a % 10, kPlus, b / 10, b % 10, kEquals, total % 10, total / 10 % 10, total / 100};
}

struct Sums {
  Tensor learned, held_out;  // (n, kLength)
};

// A fifth of the unordered pairs is held out in both orders, so that 25+17 never teaches 17+25.
Sums all_sums(Generator& g) {
  std::vector<i64> learned, held_out;
  for (i64 a = 0; a < 100; ++a) {
    const std::vector<double> draw = uniform(g, {100}).to_vector();
    for (i64 b = a; b < 100; ++b) {
      std::vector<i64>& part = draw[static_cast<std::size_t>(b)] < 0.2 ? held_out : learned;
      for (const auto& tokens : {tokens_of(a, b), tokens_of(b, a)})
        part.insert(part.end(), tokens.begin(), tokens.end());
    }
  }
  const auto rows = [](const std::vector<i64>& tokens) {
    return from_values(std::span<const i64>(tokens), {static_cast<i64>(tokens.size()) / kLength, kLength});
  };
  return {rows(learned), rows(held_out)};
}

double accuracy(nn::GPT& model, const Tensor& sums) {
  Generator unused(0);
  const Tensor answer = model.generate(slice(sums, 1, {.stop = kPrompt}), kDigits, unused, {.temperature = 0});
  return mean(cast(all(eq(answer, sums), 1), Dtype::f64)).item();
}

void look_inside(Run& run, nn::GPT& model, const Tensor& sums) {
  const std::vector<Tensor> weights = model.attention_weights(slice(sums, 1, {.stop = -1}));
  const Tensor first_layer = mean(weights[0], {0, 1});  // which head does what depends on the last bit; their mean less
  std::vector<std::vector<double>> rows;
  for (i64 digit = 0; digit < kDigits; ++digit) {
    rows.push_back(select(first_layer, 0, kPrompt - 1 + digit).to_vector());
  }
  run.heat_map("attention",
               {.title = "Layer 1, mean over heads and held-out sums",
                .x = "position looked at (0, 1: first number; 3, 4: second; 6, 7: answer)",
                .y = "digit to be written, units first",
                .tolerance = 0.5},
               rows);
  run.value("units_at_units", rows[0][1] + rows[0][4], 0.15);
  run.value("tens_at_carry", rows[1][1] + rows[1][4] + rows[1][6], 0.15);
  run.value("hundreds_at_tens", rows[2][0] + rows[2][3], 0.25);
  std::vector<Curve> spectra;
  for (std::size_t layer = 0; layer < weights.size(); ++layer) {
    Curve curve{fmt::format("layer {}", layer + 1), {}, {}};
    const std::vector<double> values = mean(svdvals(select(weights[layer], 0, 0)), {0}).to_vector();  // of one sum
    for (std::size_t i = 0; i < values.size(); ++i) {
      curve.x.push_back(static_cast<double>(i + 1));
      curve.y.push_back(values[i]);
    }
    spectra.push_back(curve);
  }
  run.curves("spectrum",
             {.title = "Singular values of attention matrices, mean over heads",
              .x = "number",
              .y = "value",
              .tolerance = 0.3},
             spectra);
}

}  // namespace

void learn_to_add(Run& run) {
  Generator g(4);
  const Sums sums = all_sums(g);
  nn::GPT model({.vocabulary = 12, .context = kLength - 1, .layers = 2, .heads = 4, .width = 64}, g);
  AdamW optimizer(model.parameters(), {.learning_rate = kRate, .weight_decay = 0.01});
  const cadena::Curve rate = warm_up_then(20, cosine_decay(kSteps - 20, 0.1));
  run.section("gpt", {.tolerance = 0.1});
  run.print("{} parameters, {} sums to learn from, {} held out\n", model.parameter_count(), sums.learned.size(0),
            sums.held_out.size(0));
  Curve progress{"training", {}, {}};
  double window = 0;
  for (int step = 0; step < kSteps; ++step) {
    const Tensor batch = index_select(sums.learned, randint(g, {kBatch}, 0, sums.learned.size(0)), 0);
    const Variable logits = model(slice(batch, 1, {.stop = -1}));
    const Variable answers = slice(logits, 1, {.start = kPrompt - 1});  // the prompt itself is not to be learned
    const Variable loss = nn::cross_entropy_loss(answers, slice(batch, 1, {.start = kPrompt}));
    optimizer.set_learning_rate(kRate * rate(step));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm_(optimizer.parameters(), 1.0);
    optimizer.step();
    if (step == 0) run.print("loss of the first step {:.3f}, ln 12 = {:.3f}\n", loss.item(), std::log(12.0));
    window += loss.item() / 10;
    if (step % 10 == 9) {
      progress.x.push_back(step + 1);
      progress.y.push_back(window);
      window = 0;
    }
  }
  run.print("after {} steps {:.0f} % of the sums held out are right in all digits\n", kSteps,
            100 * accuracy(model, sums.held_out));
  run.curves("loss",
             {.title = "A GPT learns to add", .x = "step", .y = "cross entropy", .log_y = true, .tolerance = 0.3},
             {progress});
  look_inside(run, model, sums.held_out);
}

}  // namespace cadena::tutorials

#include "tutorials/05_attention/writing.h"

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

constexpr i64 kContext = 32, kBatch = 16;
constexpr int kSteps = 200, kEvery = 20;
constexpr double kRate = 6e-3;

std::string sonnets() {
  const std::string path = data_file("sonnets.txt");
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error(path + ": cannot be read");
  return text.str();
}

// Mean of -ln p over the characters of `text` but the first: p counted in `learned`, once by the character alone and
// once by the one before it, where ten characters drawn from the first count stand in for pairs never seen.
struct Counted {
  double singles, pairs;
};

Counted count(const Tensor& learned, const Tensor& text, i64 vocabulary) {
  const Tensor one = cast(one_hot(learned, vocabulary), Dtype::f64);
  const Tensor p = (sum(one, {0}) + 1) / static_cast<double>(learned.numel() + vocabulary);
  const Tensor pairs = matmul(transpose(slice(one, 0, {.stop = -1})), slice(one, 0, {.start = 1}));
  const Tensor after = (pairs + 10 * p) / (sum(pairs, {1}, true) + 10);
  const Tensor next = slice(text, 0, {.start = 1});
  const Tensor rows = index_select(after, slice(text, 0, {.stop = -1}), 0);
  return {-mean(log(index_select(p, next, 0))).item(), -mean(log(gather(rows, unsqueeze(next, 1), 1))).item()};
}

double loss_on(nn::GPT& model, const Dataset& windows) {
  return nn::cross_entropy_loss(model(windows.x), windows.y).item();
}

}  // namespace

void learn_to_write(Run& run) {
  const std::string text = sonnets();
  const std::size_t cut = text.rfind("\n\n", text.rfind("\n\n") - 1) + 2;  // the last two sonnets are held out
  const CharTokenizer characters(text);
  const Tensor learned = characters.encode(text.substr(0, cut)), held_out = characters.encode(text.substr(cut));
  const Dataset unseen = text_windows(held_out, kContext, kContext);
  run.section("text", {.tolerance = 0.02});
  //! [text]
  Generator g(5);
  nn::GPT model({.vocabulary = characters.size(), .context = kContext, .layers = 2, .heads = 4, .width = 64}, g);
  model.to(Dtype::f64);  // so that another compiler's rounding changes no letter of the samples
  AdamW optimizer(model.parameters(), {.learning_rate = kRate, .weight_decay = 0.1});
  const cadena::Curve rate = warm_up_then(20, cosine_decay(kSteps - 20, 0.1));
  Curve training{"on batches", {}, {}}, test{"on the sonnets held out", {}, {}};
  for (int step = 0; step < kSteps; ++step) {
    const Batch batch = random_windows(learned, kContext, kBatch, g);
    const Variable loss = nn::cross_entropy_loss(model(batch.x), batch.y);
    optimizer.set_learning_rate(kRate * rate(step));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm_(optimizer.parameters(), 1.0);
    optimizer.step();
    if (step % kEvery == kEvery - 1) {
      training.x.push_back(step + 1), training.y.push_back(loss.item());
      test.x.push_back(step + 1), test.y.push_back(loss_on(model, unseen));
    }
  }
  //! [text]
  const Counted counted = count(learned, held_out, characters.size());
  run.print("{} characters to learn from, {} held out, {} different; {} parameters\n", learned.numel(),
            held_out.numel(), characters.size(), model.parameter_count());
  run.print("nats a character on the sonnets held out\n");
  run.print("  every character alike      {:.2f}\n", std::log(static_cast<double>(characters.size())));
  run.print("  counts of characters       {:.2f}\n", counted.singles);
  run.print("  counts of pairs            {:.2f}\n", counted.pairs);
  run.print("  the GPT, {} steps         {:.2f}\n", kSteps, test.y.back());
  run.curves("text", {.title = "A GPT reads sonnets", .x = "step", .y = "nats a character", .tolerance = 0.05},
             {training, test});

  //! [sample]
  const Tensor prompt = unsqueeze(characters.encode("When I "), 0);
  for (const double temperature : {0.0, 0.7, 1.5}) {
    Generator draws(6);
    const Tensor sample = model.generate(prompt, 150, draws, {.temperature = temperature});
    run.section(fmt::format("sample-{}", temperature), {.tolerance = 0});
    run.print("{}\n", characters.decode(sample));
  }
  //! [sample]
}

}  // namespace cadena::tutorials

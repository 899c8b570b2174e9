#include "tutorials/04_adam/digits.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

constexpr i64 kHidden = 64, kBatch = 64, kEpochs = 20;

// One way to make an optimizer, given its learning rate.
struct Method {
  std::string name;
  std::function<std::unique_ptr<Optimizer>(std::vector<Variable>, double)> make;
};

template <class T>
Method method(std::string name, typename T::Options options) {
  return {std::move(name), [options](std::vector<Variable> parameters, double rate) -> std::unique_ptr<Optimizer> {
            auto chosen = options;
            chosen.learning_rate = rate;
            return std::make_unique<T>(std::move(parameters), chosen);
          }};
}

struct Outcome {
  double rate = 0, loss = std::numeric_limits<double>::infinity(), accuracy = 0;
  std::vector<double> losses;  // mean training loss of each epoch
};

Outcome train(const Split& split, const Method& method, double rate) {
  Generator g(11);
  nn::Sequential model;
  model.emplace<nn::Linear>(64, kHidden, g);
  model.emplace<nn::ReLU>();
  model.emplace<nn::Linear>(kHidden, 10, g);
  const auto optimizer = method.make(model.parameters(), rate);
  DataLoader loader(split.train, {.batch_size = kBatch, .shuffle = true, .seed = 3});
  Outcome outcome;
  outcome.rate = rate;
  for (i64 epoch = 0; epoch < kEpochs; ++epoch) {
    double total = 0;
    for (const Batch& batch : loader) {
      const Variable loss = nn::cross_entropy_loss(model(Variable(batch.x)), batch.y);
      optimizer->zero_grad();
      loss.backward();
      optimizer->step();
      total += loss.item() * static_cast<double>(batch.size());
    }
    outcome.losses.push_back(total / static_cast<double>(split.train.size()));
    if (!(outcome.losses.back() < 50)) return outcome;  // diverged: its loss stays infinite
  }
  outcome.loss = outcome.losses.back();
  const Tensor predicted = argmax(model(Variable(split.test.x)).value(), 1);
  outcome.accuracy = mean(cast(eq(predicted, split.test.y), Dtype::f32)).item();
  return outcome;
}

}  // namespace

void digits(Run& run) {
  Generator g(5);
  Split split = train_test_split(load_digits(), 0.2, g, true);
  for (Dataset* part : {&split.train, &split.test}) part->x = reshape(part->x / 16, {part->size(), 64});
  const std::vector<Method> methods = {
      method<Sgd>("gradient descent", {}),
      method<Sgd>("momentum 0.9", {.momentum = 0.9}),
      method<Sgd>("Nesterov 0.9", {.momentum = 0.9, .nesterov = true}),
      method<Adagrad>("AdaGrad", {}),
      method<RmsProp>("RMSProp", {}),
      method<Adam>("Adam", {}),
      method<AdamW>("AdamW", {.weight_decay = 0.01}),
  };
  std::vector<Curve> progress, sensitivity;
  std::vector<double> right;                  // of the test set, %
  run.section("digits", {.tolerance = 0.9});  // small losses, and rates half a power of ten apart
  run.print("{:<20}{:>10}{:>16}{:>20}\n", "method", "best rate", "training loss", "rates below 0.1");
  for (const Method& method : methods) {
    Outcome best;
    Curve curve{method.name, {}, {}};
    for (int half = -7; half <= 1; ++half) {
      const double rate = std::pow(10.0, half / 2.0);
      Outcome outcome = train(split, method, rate);
      curve.x.push_back(rate);
      curve.y.push_back(std::clamp(outcome.loss, 1e-5, 10.0));
      if (outcome.loss < best.loss) best = std::move(outcome);
    }
    const auto good = std::count_if(curve.y.begin(), curve.y.end(), [](double loss) { return loss < 0.1; });
    run.print("{:<20}{:>10.2g}{:>16.1e}{:>15} of {}\n", method.name, best.rate, best.loss, good, curve.y.size());
    right.push_back(100 * best.accuracy);
    sensitivity.push_back(curve);
    Curve losses{method.name, {}, best.losses};
    for (std::size_t epoch = 1; epoch <= best.losses.size(); ++epoch) losses.x.push_back(static_cast<double>(epoch));
    progress.push_back(losses);
  }
  run.section("digits-test", {.tolerance = 0.03});
  run.print("{:<20}{:>10}\n", "method", "test");
  for (std::size_t i = 0; i < methods.size(); ++i) run.print("{:<20}{:>8.1f} %\n", methods[i].name, right[i]);
  run.curves("digits",
             {.title = "Training loss, each method at its best rate",
              .x = "epoch",
              .y = "cross entropy",
              .log_y = true,
              .tolerance = 0.5},
             progress);
  run.curves("sensitivity",
             {.title = "Loss after 20 epochs",
              .x = "learning rate",
              .y = "cross entropy",
              .log_x = true,
              .log_y = true,
              .tolerance = 0.5},
             sensitivity);
}

}  // namespace cadena::tutorials

// Part b: logistic regression on breast cancer, and a small convolutional network on hand-written digits.

#include <cstdio>

#include "cadena.h"
#include "datasets/dataset.h"
#include "datasets/shipped.h"
#include "demo/figure.h"
#include "demo/training.h"
#include "nn/activation.h"
#include "nn/conv.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/pooling.h"
#include "nn/sequential.h"
#include "optim/adam.h"
#include "optim/schedule.h"

namespace demo {
namespace {

using namespace cadena;

/// Counts of (true class, predicted class).
std::vector<std::vector<double>> confusion(const Tensor& predicted, const Tensor& truth, i64 classes) {
  std::vector<std::vector<double>> counts(static_cast<std::size_t>(classes),
                                          std::vector<double>(static_cast<std::size_t>(classes)));
  const std::vector<double> p = predicted.to_vector(), t = truth.to_vector();
  for (std::size_t i = 0; i < p.size(); ++i)
    counts[static_cast<std::size_t>(t[i])][static_cast<std::size_t>(p[i])] += 1;
  return counts;
}

double accuracy_of(const std::vector<std::vector<double>>& counts) {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    right += counts[i][i];
    for (double n : counts[i]) all += n;
  }
  return right / all;
}

/// What one classifier leaves behind.
void report(const Settings& settings, Result& result, const std::string& name, const std::string& title,
            const Dataset& test, const Tensor& predicted, const std::vector<std::string>& class_names,
            const std::vector<double>& losses) {
  const auto counts = confusion(predicted, test.y, static_cast<i64>(class_names.size()));
  char line[128];
  std::snprintf(line, sizeof line, "%s: %.2f %% of %lld test samples right", title.c_str(), 100 * accuracy_of(counts),
                static_cast<long long>(test.size()));
  std::printf("%s\n", line);
  result.lines.emplace_back(line);
  const auto figures = figure_folder(settings);
  const HeatMap map{.values = counts,
                    .rows = class_names,
                    .columns = class_names,
                    .row_title = "true class",
                    .column_title = "predicted class"};
  for (const auto& file : draw(figures, name + "_confusion", title + ": confusion matrix", map))
    result.files.push_back(file);
  for (const auto& file :
       draw(figures, name + "_loss", title + ": loss", "step", "cross entropy", {thinned("training", losses)}, true))
    result.files.push_back(file);
}

/// p(benign | x) = sigmoid(w x + b), fitted by gradient descent with a small weight decay: the classes can be separated
/// by a plane, so without it no finite w would be the best.
bool breast_cancer(const Settings& settings, Result& result) {
  Generator g(settings.seed, 5'000'000);
  const Dataset data = load_breast_cancer();
  const Split split = standardize(train_test_split(data, 0.2, g, true));
  nn::Linear model(data.x.size(1), 1, g);
  model.to(settings.device);
  AdamW optimizer(model.parameters(), {.learning_rate = 0.02, .weight_decay = 0.1});
  const Variable x(to(split.train.x, settings.device));
  const Variable y(to(unsqueeze(cast(split.train.y, Dtype::f32), 1), settings.device));

  Training training(settings, kBreastCancerPlan, model, optimizer);
  const bool finished = training.run([&](std::int64_t) {
    const Variable loss = nn::bce_with_logits_loss(model(x), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  });
  if (!finished) return false;
  const Tensor predicted =
      squeeze(cast(gt(model(Variable(to(split.test.x, settings.device))).value(), 0), Dtype::i64), 1);
  report(settings, result, "breast_cancer", "Logistic regression on breast cancer", split.test, predicted,
         data.class_names, training.losses());
  return true;
}

/// Images of 8 x 8 pixels, 1 channel, scaled to [0, 1].
Tensor images(const Tensor& x) { return reshape(div(x, 16), {x.size(0), 1, 8, 8}); }

bool digits(const Settings& settings, Result& result) {
  constexpr i64 kBatch = 64;
  constexpr double kRate = 3e-3;
  Generator g(settings.seed, 6'000'000);
  const Split split = train_test_split(load_digits(), 0.2, g, true);
  nn::Sequential model;
  model.emplace<nn::Conv2d>(1, 16, 3, g, ConvOptions{.padding = 1});
  model.emplace<nn::ReLU>();
  model.emplace<nn::Conv2d>(16, 32, 3, g, ConvOptions{.padding = 1});
  model.emplace<nn::ReLU>();
  model.emplace<nn::MaxPool2d>(2);
  model.emplace<nn::Flatten>();
  model.emplace<nn::Linear>(32 * 4 * 4, 64, g);
  model.emplace<nn::ReLU>();
  model.emplace<nn::Linear>(64, 10, g);
  std::printf("%s", model.summary().c_str());
  model.to(settings.device);

  const i64 per_epoch = (split.train.size() + kBatch - 1) / kBatch;
  const auto steps = settings.steps(kDigitsPlan.steps);
  const auto rate = warm_up_then(20, cosine_decay(std::max<std::int64_t>(1, steps - 20), 0.01));
  AdamW optimizer(model.parameters(), {.learning_rate = kRate, .weight_decay = 0.01});
  const Tensor train = images(to(split.train.x, settings.device)), labels = to(split.train.y, settings.device);

  Training training(settings, kDigitsPlan, model, optimizer);
  const bool finished = training.run([&](std::int64_t step) {
    Generator shuffle(settings.seed,
                      static_cast<std::uint64_t>(step / per_epoch));  // an order of its own for each epoch
    const Tensor order = to(permutation(shuffle, split.train.size()), settings.device);
    const Tensor rows = slice(order, 0, {.start = step % per_epoch * kBatch, .stop = (step % per_epoch + 1) * kBatch});
    const Variable loss =
        nn::cross_entropy_loss(model(Variable(index_select(train, rows, 0))), index_select(labels, rows, 0));
    optimizer.set_learning_rate(kRate * rate(step));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  });
  if (!finished) return false;
  model.eval();
  const Tensor predicted = argmax(model(Variable(images(to(split.test.x, settings.device)))).value(), 1);
  std::vector<std::string> names;
  for (int d = 0; d < 10; ++d) names.push_back(std::to_string(d));
  report(settings, result, "digits", "Convolutional network on digits", split.test, predicted, names,
         training.losses());
  return true;
}

}  // namespace

Result classify(const Settings& settings) {
  Result result{"Classification", {}, {}, false};
  result.finished = breast_cancer(settings, result) && digits(settings, result);
  return result;
}

}  // namespace demo

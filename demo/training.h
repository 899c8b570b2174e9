#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "demo/settings.h"
#include "nn/module.h"
#include "optim/optimizer.h"

namespace demo {

/// What is known of a training before its model is built.
struct Plan {
  const char* name;
  std::int64_t steps;        ///< at effort 1
  bool learns_text = false;  ///< whether `Settings::text` is what it learns from
};

/// The trainings of the demo.
constexpr Plan kBreastCancerPlan{"breast cancer", 400};
constexpr Plan kDigitsPlan{"digits", 460};  // 20 epochs
constexpr Plan kAdditionPlan{"addition", 1000};
constexpr Plan kTextPlan{"text", 400, true};

/// A training run that shows its progress, stops at Ctrl-C with a checkpoint, and continues from one. Model, optimizer,
/// step and losses are saved; since all randomness of a step comes from (seed, step), the continued run equals an
/// uninterrupted one bit for bit. A checkpoint belongs to its seed, steps, device, model and text, and continues no
/// other run.
class Training {
 public:
  /// Loads the checkpoint if there is one and `--fresh` is not set. Throws cadena::IoError naming the file and
  /// `--fresh`, and what differs, if it is damaged or of another run; it stays where it is.
  Training(const Settings& settings, const Plan& plan, cadena::nn::Module& model, cadena::Optimizer& optimizer);

  /// Calls `step(i)`, which takes one optimizer step and returns its loss, for what is left of the steps. Returns false
  /// if interrupted. Throws cadena::Error if a loss is not finite.
  bool run(const std::function<double(std::int64_t)>& step);

  const std::vector<double>& losses() const { return losses_; }

 private:
  void save() const;
  void load();

  std::string name_;
  cadena::nn::Module& model_;
  cadena::Optimizer& optimizer_;
  std::int64_t steps_;
  std::filesystem::path file_;
  std::map<std::string, std::string> identity_;
  std::vector<double> losses_;
};

/// Throws as a Training of this plan would for its checkpoint, as far as that can be told without the model.
void check_checkpoint(const Settings& settings, const Plan& plan);

/// Removes the checkpoints that trainings of this process have written, and their folder if it is empty then.
void remove_checkpoints(const Settings& settings);

}  // namespace demo

#include "demo/training.h"

#include <cmath>
#include <cstdio>

#include "demo/progress.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/io/safetensors.h"

namespace demo {

using cadena::Tensor;

namespace {

std::filesystem::path checkpoint_folder(const Settings& settings) { return settings.out / "checkpoints"; }

std::vector<std::filesystem::path>& written() {
  static std::vector<std::filesystem::path> files;
  return files;
}

}  // namespace

void remove_checkpoints(const Settings& settings) {
  std::error_code ignored;  // a checkpoint that stays behind does no harm
  for (const auto& file : written()) std::filesystem::remove(file, ignored);
  std::filesystem::remove(checkpoint_folder(settings), ignored);
}

Training::Training(const Settings& settings, std::string name, cadena::nn::Module& model, cadena::Optimizer& optimizer,
                   std::int64_t steps)
    : name_(std::move(name)),
      model_(model),
      optimizer_(optimizer),
      steps_(steps),
      seed_(settings.seed),
      file_(checkpoint_folder(settings) / (name_ + ".safetensors")) {
  if (!settings.fresh && std::filesystem::exists(file_) && load()) {
    std::printf("%s: continuing from step %zu of %s\n", name_.c_str(), losses_.size(), file_.c_str());
  }
}

bool Training::run(const std::function<double(std::int64_t)>& step) {
  Progress progress(name_, steps_);
  std::string note;
  for (auto i = static_cast<std::int64_t>(losses_.size()); i < steps_; ++i) {
    const double loss = step(i);
    if (!std::isfinite(loss)) cadena::fail<cadena::Error>(name_, ": the loss is ", loss, " in step ", i);
    losses_.push_back(loss);
    char text[32];
    std::snprintf(text, sizeof text, "loss %.4f", loss);
    note = text;
    progress.update(i + 1, note);
    if (interrupted()) {
      save();
      std::printf("\n%s: stopped after step %lld; the next run continues from %s\n", name_.c_str(),
                  static_cast<long long>(i + 1), file_.c_str());
      return false;
    }
  }
  progress.finish(note);
  save();
  return true;
}

void Training::save() const {
  std::map<std::string, Tensor> state;
  for (const auto& [name, value] : model_.state_dict()) state.emplace("model." + name, value);
  for (const auto& [name, value] : optimizer_.state_dict()) state.emplace("optimizer." + name, value);
  state.emplace("losses", cadena::from_values(std::span<const double>(losses_),
                                              {static_cast<cadena::i64>(losses_.size())}, cadena::Dtype::f64));
  std::filesystem::create_directories(file_.parent_path());
  written().push_back(file_);
  cadena::save_safetensors(file_.string(), state, {{"seed", std::to_string(seed_)}, {"steps", std::to_string(steps_)}});
}

bool Training::load() {
  const cadena::Safetensors saved = cadena::load_safetensors(file_.string());
  const auto is = [&](const char* key, const std::string& value) {
    const auto found = saved.metadata.find(key);
    return found != saved.metadata.end() && found->second == value;
  };
  if (!is("seed", std::to_string(seed_)) || !is("steps", std::to_string(steps_))) return false;  // of another run
  std::map<std::string, Tensor> model, optimizer;
  for (const auto& [name, value] : saved.tensors) {
    if (name.rfind("model.", 0) == 0) model.emplace(name.substr(6), value);
    if (name.rfind("optimizer.", 0) == 0) optimizer.emplace(name.substr(10), value);
  }
  model_.load_state_dict(model);
  optimizer_.load_state_dict(optimizer);
  losses_ = saved.tensors.at("losses").to_vector();
  return true;
}

}  // namespace demo
